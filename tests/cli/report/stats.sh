"$sample" whole shop.tide
"$tidemark" report --format stats shop.tide
status
"$tidemark" report --format stats --thread worker --total shop.tide
