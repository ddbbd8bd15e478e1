"$sample" whole old.tide
"$sample" rebuilt new.tide
"$tidemark" diff --format json -o diff.json old.tide new.tide
status
cat diff.json
