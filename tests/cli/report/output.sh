# A full disk is told; a closed pipe is nobody's fault, and quiet.
"$sample" whole shop.tide
"$tidemark" report shop.tide > /dev/full
status
"$tidemark" --help > /dev/full
status
mkfifo pipe
exec 3<> pipe 4> pipe 3>&- # a pipe that nobody reads
for format in table tree collapsed json stats; do
    "$tidemark" report --format $format shop.tide >&4
    status
done
# Nor is a recording overwritten by a slip.
cp shop.tide other.tide
"$tidemark" report -o other.tide shop.tide
status
"$tidemark" diff -o other.tide shop.tide shop.tide
status
cmp shop.tide other.tide
