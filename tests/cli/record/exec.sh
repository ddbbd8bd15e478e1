# A program that replaces itself.
cat > second.c <<'C'
#include <stdlib.h>
int main(void) {
    void *volatile block = malloc(54321);
    return block ? 6 : 0;
}
C
cc -O0 -o second second.c
"$tidemark" record -o a.tide sh -c 'exec ./second' 2>&1 | sed 's/^tidemark: [0-9].*/tidemark: FIGURES/'
echo "[exit ${PIPESTATUS[0]}]"
"$tidemark" report a.tide | sed -n 's/, after .*//; s/^  ended/  ended/p'
echo '--- an exec that fails changes nothing'
"$tidemark" record -o b.tide bash -c 'shopt -s execfail; exec /no/such/program; exit 5' 2>&1 |
    sed 's/^tidemark: [0-9].*/tidemark: FIGURES/'
echo "[exit ${PIPESTATUS[0]}]"
"$tidemark" report b.tide | sed -n 's/, after .*//; s/^  ended/  ended/p'
echo '--- followed'
"$tidemark" record --follow -o c sh -c 'echo $$ > pid; exec ./second'  2> said
status
pid=$(cat pid)
sed "s/$pid/PID/; s/highest peak, [^,]*,/highest peak, PEAK,/" said
ls | sed "s/$pid/PID/"
"$tidemark" report --bytes "c.$pid.2" | grep -E 'second|ended|leaked' | sed 's/, after .*//' | head -3
