# A program that replaces itself: the recording is that of the last one; what came before were launchers.
cat > second.c <<'C'
#include <stdlib.h>
int main(void) {
    void *volatile block = malloc(54321);
    return block ? 6 : 0;
}
C
cc -O0 -o second second.c
cat > third.c <<'C'
#include <stdio.h>
extern char **environ;
int main(void) {
    for (char **entry = environ; *entry; entry++)
        puts(*entry);
    return 6;
}
C
cc -O0 -static -o static third.c
cc -O0 -fsanitize=address -o sanitized third.c
figures() {
    sed 's/^tidemark: [0-9].*/tidemark: FIGURES/; s/from [a-z]*sh on/from SHELL on/; s/which [a-z]*sh was/which SHELL was/'
}
run() {
    echo "--- $*"
    "$tidemark" record -f -o a.tide "$@" 2>&1 | figures
    echo "[exit ${PIPESTATUS[0]}]"
    "$tidemark" report --bytes a.tide | sed -n '1p; s/, after .*//; s/^  ended/  ended/p; s/^  leaked/  leaked/p'
}
run sh -c 'exec ./second'
run env X=1 ./second
run nice ./second
run sh -c 'exec env X=1 nice ./second'
run env -i ./second
run env LD_PRELOAD= ./second
cat > script << 'SCRIPT'
#!/usr/bin/env bash
exec ./second
SCRIPT
chmod +x script
run ./script
echo '--- the program is found in PATH, as exec finds it'
PATH=/no/such/folder::$PATH "$tidemark" record -q -f -o a.tide sh -c 'exec second'
status
"$tidemark" report --bytes a.tide | head -1
echo '--- an exec that fails changes nothing'
"$tidemark" record -f -o b.tide bash -c 'shopt -s execfail; exec /no/such/program; exit 5' 2>&1 | figures
echo "[exit ${PIPESTATUS[0]}]"
"$tidemark" report b.tide | sed -n 's/, after .*//; s/^  ended/  ended/p'
echo '--- a program that cannot be recorded is left alone, and the launcher stays in the file'
for program in static sanitized; do
    sh -c "exec env -i A=1 LD_PRELOAD= B=2 ./$program" > plain
    "$tidemark" record -f -o b.tide sh -c "exec env -i A=1 LD_PRELOAD= B=2 ./$program" 2> said > tracked
    status
    figures < said
    cmp plain tracked && cat tracked
    "$tidemark" report b.tide | sed -n '1p; s/, after .*//; s/^  ended/  ended/p'
done
echo '--- followed'
"$tidemark" record --follow -o c sh -c 'echo $$ > pid; exec ./second'  2> said
status
pid=$(cat pid)
sed "s/$pid/PID/; s/highest peak, [^,]*,/highest peak, PEAK,/" said
ls c.* | sed "s/$pid/PID/"
"$tidemark" report --bytes "c.$pid.2" | grep -E 'second|ended|leaked' | sed 's/, after .*//' | head -3
echo '--- followed into a program that is given no environment'
"$tidemark" record -q --follow -o d sh -c 'exec env -i ./second'
status
ls d.* | wc -l
