# One clear line each.
"$sample" whole shop.tide
wrong() { "$tidemark" diff "$@"; status; }
wrong
wrong shop.tide
wrong shop.tide shop.tide shop.tide
wrong --format dhat shop.tide shop.tide
wrong --fail-above much shop.tide shop.tide
wrong --fail-above -1 shop.tide shop.tide
wrong --fail-above 1 --temporary shop.tide shop.tide
wrong shop.tide nothing.tide
wrong --thread nobody shop.tide shop.tide
wrong -o nowhere/file shop.tide shop.tide
