# Whatever was not measured is said.
"$sample" killed killed.tide
"$tidemark" report killed.tide | head -n 17
"$sample" empty empty.tide
"$tidemark" report empty.tide
status
for format in tree collapsed json stats; do
    "$tidemark" report --format $format empty.tide > /dev/null || echo "$format failed"
done
