"$sample" whole shop.tide
"$tidemark" report --format json shop.tide
status
