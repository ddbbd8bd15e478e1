/* launch/door: the socket where processes ask for their ledger; ledger/hello.h says what is exchanged. Knows nothing of
 * who may have one: it says who asks, and hands over the answer. */
#pragma once
#include "base/err.h"
#include "ledger/hello.h"
#include <sys/types.h>
#include <sys/un.h>

typedef struct tide_door {
    int fd; /* listens; not blocking */
    struct sockaddr_un address;
} tide_door;

/* Listen in a new folder that only this user can enter. What killed tools of his have left beside it is removed. */
int tide_door_open(tide_door *ret, tide_err *err);
void tide_door_close(tide_door *door); /* removes the socket and its folder */

/* A connection somebody made, to be closed by the caller, or a negative errno: -EAGAIN nobody is there. */
int tide_door_accept(const tide_door *door);
/* Who asks, by the kernel's word; also when it is refused. 0 · -EAGAIN nothing said yet · -EPERM another user ·
 * -EPROTO another version of the library, or no library of ours · other negative errno: gone */
int tide_door_hello(int connection, pid_t *ret_pid);
/* Answer: `status` 0 and the ledger's descriptor, or why there is none. Ignores a peer that has gone. */
void tide_door_welcome(int connection, int status, uint32_t options, int ledger_fd);
