"$sample" whole shop.tide
for view in --leaks --total --temporary; do
    echo "== $view"
    "$tidemark" report $view shop.tide | tail -n +13
done
