# Whatever was not measured is said; a report with lost events is a partial answer, in every format: status 3.
"$sample" killed killed.tide
"$tidemark" report killed.tide 2> said > report
status
cat said
head -n 17 report
for format in tree collapsed json stats; do
    "$tidemark" report --format $format killed.tide 2>&1 > /dev/null | cmp said && echo "$format ${PIPESTATUS[0]}"
done
"$sample" empty empty.tide
"$tidemark" report empty.tide
status
for format in tree collapsed json stats; do
    "$tidemark" report --format $format empty.tide > /dev/null || echo "$format failed"
done
