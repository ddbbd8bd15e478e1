/* live/token: the files that say what can be watched, one for each server, in a folder that only its user can enter.
 * Root may use those of all users.
 *
 *   $XDG_RUNTIME_DIR/tidemark/live-PORT       or, where that is unset or another's, /tmp/tidemark-UID/live-PORT; looked
 *                                             for there, too, and in /run/user/UID/tidemark
 *   ┌──────────┬─────────────────────────┐
 *   │ token    │ HELLO (live/protocol.h) │    0600, and locked (flock) as long as its server lives
 *   └──────────┴─────────────────────────┘ */
#pragma once
#include "base/err.h"
#include "live/protocol.h"
#include <sys/types.h>

typedef struct tide_token {
    uint16_t port;
    uint8_t bytes[TIDE_LIVE_TOKEN_BYTES];
    tide_live_message hello; /* owned (tide_live_message_free) */
} tide_token;

/* Make a token and its file for `port`; the file of a server that has died is replaced. Returns the descriptor that
 * holds the lock, to be given to tide_token_remove. -EACCES: the folder is not ours alone */
int tide_token_make(tide_token *token, tide_err *err);
void tide_token_remove(uint16_t port, int fd);

/* Read the token for `port` into `ret`. -ENOENT: no server lives there · -EACCES: the folder is not ours alone */
int tide_token_read(tide_token *ret, uint16_t port, tide_err *err);
/* Call `each` for every server that lives, in no order; files of those that died are removed. Returns 0, also when
 * there is none, or -EACCES as above. */
int tide_token_list(void (*each)(void *arg, const tide_token *token), void *arg, tide_err *err);
