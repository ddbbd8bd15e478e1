# Names are written last: where a recording is cut before them, they are looked up when it is read.
"$tidemark" record -q -o whole.tide ls / > /dev/null
head -c -100 whole.tide > cut.tide
for file in whole cut; do
    "$tidemark" report --total --format collapsed $file.tide 2> missing | grep -c '__libc_start_main' > named
    [ -s missing ] && echo "$file: something is missing"
    [ "$(cat named)" -gt 0 ] && echo "$file: there are names"
done
