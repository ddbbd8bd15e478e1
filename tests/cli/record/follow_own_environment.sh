# Children that are given an environment of their own have a file each when they are followed; else it is left alone.
cat > child.c <<'C'
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
extern char **environ;
int main(void) { /* prints its environment, as lines; a block of 54321 bytes */
    void *volatile block = malloc(54321);
    for (char **entry = environ; entry && *entry; entry++)
        if (write(1, *entry, strlen(*entry)) < 0 || write(1, "\n", 1) < 0)
            return 2;
    return !block;
}
C
cat > parent.c <<'C'
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static int spawn(pid_t *pid, const char *how, char *const argv[], char *const envp[]) {
    if (!strcmp(how, "posix_spawn"))
        return posix_spawn(pid, "./child", NULL, NULL, argv, envp);
    if (!strcmp(how, "posix_spawnp"))
        return posix_spawnp(pid, "child", NULL, NULL, argv, envp);
    if ((*pid = vfork()) == 0) {
        execve("./child", argv, envp);
        _exit(1);
    }
    return *pid < 0;
}
int main(int count, char **args) { /* HOW: one child with two variables, one with none at all */
    char *argv[] = {"child", NULL}, *own[] = {"B=2", "A=1", NULL};
    int status = 0;
    for (int i = 0; i < 2; i++) {
        pid_t pid;
        if (count < 2 || spawn(&pid, args[1], argv, i ? NULL : own) || waitpid(pid, &status, 0) != pid || status)
            return 1;
    }
    return 5;
}
C
cc -O0 -o child child.c
cc -O0 -w -o parent parent.c
cat > parent.py <<'PYTHON'
import os, subprocess
for close_fds in True, False:  # vfork and execve, posix_spawn
    subprocess.run([os.path.abspath('child')], env={}, close_fds=close_fds, check=True)
    subprocess.run(['./child'], env={'B': '2', 'A': '1'}, close_fds=close_fds, check=True)
PYTHON
PATH=$PWD:$PATH
files_with() { # LINE; python3 may start others
    for file in all.*; do "$tidemark" report --bytes "$file" | grep -m 1 "^  $1"; done | wc -l
}
for how in './parent posix_spawn' './parent posix_spawnp' './parent vfork' 'python3 parent.py'; do
    echo "--- $how"
    $how > plain
    "$tidemark" record -q -o one $how > tracked
    status
    cmp plain tracked && cat tracked
    "$tidemark" record -q --follow -o all $how > tracked
    status
    grep -v -e ^TIDEMARK_SOCKET= -e ^LD_PRELOAD= tracked | cmp plain -
    echo "of children: $(files_with 'peak  *54,321 B'), ended with 5: $(files_with 'ended  *exit status 5')"
    rm -f one all.*
done
echo '--- a program that cannot be recorded is left alone'
cc -O0 -static -o child child.c
for how in posix_spawn posix_spawnp vfork; do
    "$tidemark" record -q --follow -o all ./parent $how
    status
    ls all.* | wc -l
    rm all.*
done
