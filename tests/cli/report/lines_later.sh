# Lines of installed debug files are read by the report, unless servers were to be asked as well: both look the same.
unset DEBUGINFOD_URLS
"$tidemark" record -q -o later.tide ls / > /dev/null
"$tidemark" record -q --debuginfod -o at-once.tide ls / > /dev/null
for format in collapsed tree; do
    for when in later at-once; do
        "$tidemark" report --total --format $format $when.tide | sed '/^  \(command\|ended\|resident\)/d' > $when
    done
    cmp later at-once && [ "$(grep -c __libc_start later)" -gt 0 ] && echo "$format: the same"
done
