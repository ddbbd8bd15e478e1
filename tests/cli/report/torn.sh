# A cut tail: the report comes, stderr says what is missing, and the status is 3.
"$sample" whole whole.tide
"$sample" endless endless.tide
"$tidemark" report endless.tide -n 3 2> missing | tail -n +2
echo "[exit ${PIPESTATUS[0]}]"
cat missing
head -c -10 whole.tide > cut.tide
"$tidemark" report cut.tide -n 1 > report
status
grep torn report
