# What is written for another tool and read back is the same, as far as that format knows it.
"$sample" whole shop.tide
for format in dhat massif; do
    "$tidemark" report --format $format -o shop.$format shop.tide
    "$tidemark" import shop.$format
    status
    "$tidemark" diff --bytes --leaks shop.tide shop.$format.tide | head -n 4
    "$tidemark" report shop.$format.tide | sed 's/recorded   .*,/recorded   WHEN,/'
    "$tidemark" report --total shop.$format.tide | tail -n +13
    status
done
"$tidemark" report --temporary shop.dhat.tide
status
