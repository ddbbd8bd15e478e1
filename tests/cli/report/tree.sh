"$sample" whole shop.tide
"$tidemark" report --format tree shop.tide
status
echo "== C locale"
LC_ALL=C "$tidemark" report --format tree --total shop.tide
