# A million nodes of the call tree, with a site at each: seconds, not minutes.
"$sample" large large.tide
for format in table tree stats; do
    timeout 60 "$tidemark" report --format $format large.tide > report.txt
    status
    head -n 1 report.txt
done
