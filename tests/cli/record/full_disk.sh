# The disk is full when the program has run: it is told, the program's status counts, the rest of the file is whole.
# full_disk.so lets the first bytes of a file pass, then write says ENOSPC.
for end in 0 3; do
    TIDE_TEST_FULL_AFTER_BYTES=300 LD_PRELOAD=$full_disk "$tidemark" record -q -f -o a.tide sh -c "exit $end"
    status
    "$tidemark" report a.tide | sed -n 's/^  ended/  ended/p'
done
