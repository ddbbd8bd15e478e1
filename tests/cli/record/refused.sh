# Who asks for a ledger and gets none is told, once; a recording of all processes is incomplete then.
cat > stranger.c <<'C'
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
int main(void) { /* asks as a libtidemark.so of another version would, twice */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, getenv("TIDEMARK_SOCKET"));
    for (int i = 0; i < 2; i++) {
        uint32_t hello[2] = {0x4f4c4548, 0xffff}, welcome[4];
        int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) || send(fd, hello, sizeof hello, 0) < 0 ||
            recv(fd, welcome, sizeof welcome, 0) != sizeof welcome || !welcome[1])
            return 1;
        close(fd);
    }
    return 0;
}
C
cc -O0 -o stranger stranger.c
"$tidemark" record -q --follow -o a ./stranger 2>&1 | sed 's/process [0-9]*/process PID/'
echo "[exit ${PIPESTATUS[0]}]"
ls a.* | wc -l
