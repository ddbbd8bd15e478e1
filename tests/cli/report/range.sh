# What was allocated in a stretch of time, and is still live at its end: at least, and at most where that is not exact.
"$sample" phases shop.tide
"$tidemark" report --from 1s --to 3s shop.tide
status
"$tidemark" report --from 1.5 --to 2 --total shop.tide | tail -n +12
for format in collapsed csv; do
    "$tidemark" report --from 1s --format $format shop.tide
done
"$tidemark" report --from 1s --format json shop.tide | grep -E 'range|"kind"'
"$tidemark" report --from 1s --format dhat shop.tide | grep '"tb"'
"$tidemark" report --to 1s --format tree shop.tide | tail -n +10
"$tidemark" report --from 3s shop.tide
status
for wrong in '--from soon' '--to -1' '--from 2s --to 1s' '--from 1s --peak'; do
    "$tidemark" report $wrong shop.tide
    status
done
