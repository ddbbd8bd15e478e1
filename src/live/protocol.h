/* live/protocol: what the server of a live view and its viewers say to each other, over TCP on 127.0.0.1.
 *
 *   viewer → server   the token, 32 bytes, that stands in the server's file (live/token.h). Nothing else, ever.
 *   server → viewer   HELLO, then all that happened since the present program's start, then what happens
 *
 *   0         4         8
 *   ┌─────────┬─────────┬──────────────┐   bytes: of the body. Integers are little-endian; a text is its length
 *   │ bytes   │ kind    │ body         │   as a varint, then its bytes
 *   └─────────┴─────────┴──────────────┘
 *
 *   HELLO     magic u64 · protocol u32 · layout of the ledger u32 · pid of the tool u32 · command text
 *   PROGRAM   descriptor of the ledger in the tool u32 · its inode u64 · start by CLOCK_MONOTONIC u64, by the wall
 *             clock u64 (ns) · pid u32 · page bytes u32 · 1: native frames are shown, too, u32 · command,
 *             program, tool version, host: texts
 *   SAMPLE    time, heap, mapped, RSS, PSS: u64 each (ns, bytes; as tide_sample)
 *   END       enum tide_end_kind u32 · status u32 · quick u32. EXEC: the process goes on, with a program that perhaps
 *             follows as PROGRAM. Anything else is the last message
 *   FULL      instead of HELLO, and the last: there are as many viewers as the server takes
 *
 * Figures of sites do not travel: the viewer opens /proc/TOOL/fd/DESCRIPTOR and reads the ledger itself. */
#pragma once
#include "base/buffer.h"
#include "recording/recording.h"

#define TIDE_LIVE_MAGIC 0x4556494c45444954ull /* "TIDELIVE" */
enum {
    TIDE_LIVE_PROTOCOL = 3,
    TIDE_LIVE_TOKEN_BYTES = 32,
    TIDE_LIVE_HEAD_BYTES = 8,
    TIDE_LIVE_BODY_MAX = 1 << 22, /* a command line is 2 MiB at most (execve(2)) */
};

enum tide_live_kind {
    TIDE_LIVE_HELLO = 1,
    TIDE_LIVE_PROGRAM,
    TIDE_LIVE_SAMPLE,
    TIDE_LIVE_END,
    TIDE_LIVE_FULL
};

typedef struct tide_live_message {
    uint32_t kind;
    uint32_t protocol, layout, tool_pid; /* HELLO */
    uint32_t ledger_fd;                  /* PROGRAM, down to info */
    uint64_t ledger_inode, start_ns;
    tide_info info;     /* HELLO: only the command; owned (tide_live_message_free) */
    tide_sample sample; /* SAMPLE */
    tide_end end;       /* END */
} tide_live_message;

/* Append one message. */
void tide_live_put(tide_buffer *buffer, const tide_live_message *message);
/* Take the first message from `bytes`. Returns how many bytes it had; 0: it is not whole yet; -EBADMSG: no message. */
int tide_live_take(const uint8_t *bytes, size_t count, tide_live_message *ret);
void tide_live_message_free(tide_live_message *message);
