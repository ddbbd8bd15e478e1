# By thread, by its number as well; stacks by a function, by a file; nothing that matches is no error.
"$sample" whole shop.tide
"$tidemark" report --total --thread worker shop.tide | tail -n +13
"$tidemark" report --total -t 4322 -F collapsed shop.tide
"$tidemark" report --filter '^parse ' -F collapsed shop.tide
"$tidemark" report --filter 'cache[.]h$' -F collapsed shop.tide
"$tidemark" report --filter nowhere shop.tide | tail -n +13
status
"$tidemark" report --thread nobody shop.tide
status
