/* ledger/hello: how a process gets its ledger.
 *
 *   tool                                  target (libtidemark.so, at its first allocation)
 *   listens on a socket in a 0700 folder
 *   starts the program with               LD_PRELOAD=…/libtidemark.so[:what it was]
 *                                         TIDEMARK_SOCKET=path
 *                            ◄─ connect ─
 *                            ◄─ tide_hello ─
 *   makes a memfd            ─ tide_welcome + the memfd (SCM_RIGHTS) ─►
 *                                         maps it, closes both descriptors, and unless TIDE_OPTION_FOLLOW is set
 *                                         takes both variables out of its environment again
 *                                         at exec, puts them back for the next program, which asks like the first
 *
 * The socket is AF_UNIX, SOCK_SEQPACKET: one message is one packet, whole or not at all.
 * The kernel says who the peer is (SO_PEERCRED): a pid that it claims itself is not believed. A target that gets no
 * answer within TIDE_HELLO_TIMEOUT_MS, or a refusal, goes on untracked. */
#pragma once
#include <stdint.h>

#define TIDE_SOCKET_VARIABLE "TIDEMARK_SOCKET"
#define TIDE_HELLO_MAGIC 0x4f4c4548u       /* "HELO" */
#define TIDE_LEDGER_NAME "tidemark-ledger" /* of the memfd: the target's maps show /memfd:tidemark-ledger */
enum { TIDE_HELLO_TIMEOUT_MS = 5000 };

/* target → tool */
typedef struct tide_hello {
    uint32_t magic, layout_version; /* TIDE_LAYOUT_VERSION of ledger/layout.h */
} tide_hello;

/* tool → target, with the memfd when status is 0 */
typedef struct tide_welcome {
    uint32_t magic, status; /* 0, or a positive errno: go on untracked */
    uint32_t options;       /* TIDE_OPTION_* */
    uint32_t reserved;
} tide_welcome;

enum {
    TIDE_OPTION_FOLLOW = 1u << 0,            /* children and programs started by exec ask for a ledger too */
    TIDE_OPTION_PYTHON_ALLOCATORS = 1u << 1, /* record each object of a Python interpreter */
};
