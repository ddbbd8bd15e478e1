# The program is killed while it runs: the recording is complete up to that moment.
cat > counts.c <<'C'
#include <signal.h>
#include <stdlib.h>
int main(void) {
    for (int i = 0; i < 1000; i++) {
        void *volatile leaked = malloc(100);
        (void)leaked;
    }
    void *volatile block = malloc(50);
    free(block);
    return raise(SIGKILL);
}
C
cc -O0 -o counts counts.c
"$tidemark" record -o a.tide ./counts
status
"$tidemark" report --bytes a.tide | sed -n 's/, after .*//; /^  ended/p; /^  total/p'
