# For use in tests: 1 when it grew by more than is allowed, and only then.
"$sample" whole old.tide
"$sample" rebuilt new.tide
check() {
    "$tidemark" diff -o /dev/null "$@"
    status
}
check old.tide new.tide --fail-above 5M
check old.tide new.tide --fail-above 6MiB
check old.tide new.tide --fail-above 0 --filter worker_run
check new.tide old.tide --fail-above 0
check old.tide new.tide --fail-above 5351423
check old.tide new.tide --fail-above 5351424
check old.tide new.tide --fail-above 5351423 --bytes
