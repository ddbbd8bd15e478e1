# The order can be chosen, rows limited, bytes exact; options may follow the file.
"$sample" whole shop.tide
"$tidemark" report shop.tide --sort total --limit 3 --bytes | tail -n +13
"$tidemark" report shop.tide -s allocations -n 2 | tail -n +13
"$tidemark" report shop.tide -n 0 | tail -n +13
