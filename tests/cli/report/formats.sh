# What other tools open. tests/formats opens them.
"$tidemark" report --list-formats
status
"$sample" phases shop.tide
for format in csv speedscope dhat massif; do
    echo "== $format"
    "$tidemark" report --format $format shop.tide
    status
done
"$tidemark" report --format pprof -o shop.pb.gz shop.tide
status
gzip -t shop.pb.gz && echo good
