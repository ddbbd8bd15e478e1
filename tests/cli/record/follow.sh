# Every process that is started gets a file of its own.
cat > child.c <<'C'
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) { /* a parent with 3 blocks, and three forks with 1 more each: no exec */
    void *volatile blocks[3] = {malloc(10), malloc(10), malloc(10)};
    for (int i = 0; i < 3; i++)
        if (fork() == 0) {
            blocks[0] = malloc(1000);
            _exit(blocks[0] == NULL);
        }
    while (wait(NULL) > 0)
        ;
    return 0;
}
C
cc -O0 -o child child.c
"$tidemark" record -q --follow -o forks ./child
status
ls forks.* | wc -l
for file in forks.*; do "$tidemark" report --bytes "$file" | grep '^  total  '; done | sort | uniq -c
echo '--- a hundred short programs'
"$tidemark" record --follow -o many sh -c 'i=0; while [ $i -lt 100 ]; do ./child; i=$((i + 1)); done; exit 3' 2>&1 | sed 's/; the highest.*//' |
    head -1
echo "[exit ${PIPESTATUS[0]}]"
ls many.* | wc -l
echo '--- what goes on after the program has ended is recorded to its end'
mkfifo go
"$tidemark" record -q --follow -o late sh -c '(read line < go; ./child; echo ran > late.txt) > /dev/null 2>&1 & exit 2' &
echo > go
wait $!
status
cat late.txt
ls late.[0-9]* | wc -l
