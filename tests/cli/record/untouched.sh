# The program finds what a shell gives it: environment, descriptors, signals, process group, terminal, limits.
cat > look.sh <<'LOOK'
env | grep -v '^_=' | sort
ls -l /proc/self/fd | sed -n 's/.* \([0-9]* -> .*\)/\1/p' | grep -v /proc/
grep -E '^(SigBlk|SigIgn|SigCgt|Groups|NoNewPrivs)' /proc/self/status
cut -d' ' -f5-8 /proc/self/stat
ulimit -a
cat
LOOK
look() {
    echo typed | "$@" sh look.sh 7< look.sh | sed 's/pipe:.*/PIPE/'
    echo "[exit ${PIPESTATUS[1]}]"
}
(trap '' HUP PIPE; trap - CHLD; LD_PRELOAD='' look env > out.txt)
mv out.txt plain.txt
(trap '' HUP PIPE; trap - CHLD; LD_PRELOAD='' look "$tidemark" record -q -o a.tide env > out.txt)
mv out.txt tracked.txt
diff plain.txt tracked.txt && echo same
tail -2 tracked.txt
"$tidemark" report a.tide > /dev/null
status
look env > out.txt 2>&1
mv out.txt plain.txt
look "$tidemark" record -q -o b.tide env > out.txt 2>&1
mv out.txt tracked.txt
diff plain.txt tracked.txt && echo same
echo '--- with standard descriptors closed, nothing lands in the recording'
"$tidemark" record -q -o c.tide sh -c 'ls -l /proc/self/fd 2> seen.txt; echo lost; echo lost >&2; exit 4' <&- >&- 2>&-
status
"$tidemark" report c.tide > /dev/null
status
