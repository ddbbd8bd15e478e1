/* live/server: lets viewers into a session. Knows of the program what the session tells it, and keeps all of it: one
 * log of messages (live/protocol.h), and for each viewer how much of that it was sent.
 *
 *   session ─► started, sampled, left, ended ─► log  HELLO│PROGRAM│SAMPLE│SAMPLE│…
 *                                                          ▲           ▲
 *   strangers ─ token ─► viewers: where each is            one that came late, one that is up to date
 *
 * Nobody is waited for: sockets do not block, and who does not read is sent the rest when he does. Who has not shown
 * the token within a second, shows a wrong one or says more than that is cut off; so many a second are let in to try.
 * The program knows nothing of all this. */
#pragma once
#include "base/err.h"
#include "launch/session.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct tide_live_server tide_live_server;

/* Listen on 127.0.0.1, and write the token's file. `port` 0: a free one. `waits`: the program is started when the first
 * viewer has come. -EADDRINUSE, -EACCES …: the error says which port. `*ret` is owned (tide_live_server_close). */
int tide_live_server_open(tide_live_server **ret, uint16_t port, bool waits, const char *command,
                          tide_err *err);
/* For tide_session_options; borrowed from the server. `prepared` is called when viewers are welcome. */
tide_onlooker tide_live_server_onlooker(tide_live_server *server, void (*prepared)(void *arg, uint16_t port),
                                        void *arg);
/* Viewers are given a second to take what they have not read. NULL is fine. */
void tide_live_server_close(tide_live_server *server);
