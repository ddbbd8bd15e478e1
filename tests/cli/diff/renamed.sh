# Functions are found again by name, in a build that moved them all and has another name; the figures add up.
"$sample" whole old.tide
"$sample" rebuilt new.tide
"$tidemark" diff old.tide new.tide
status
"$tidemark" diff --total --bytes --limit 1 new.tide old.tide
"$tidemark" diff --temporary old.tide new.tide
"$tidemark" diff --filter parse.c --thread shop old.tide new.tide
"$sample" killed killed.tide
"$tidemark" diff old.tide killed.tide
status
