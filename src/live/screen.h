/* live/screen: the live view in a terminal, until it is left.
 *
 *   keyboard ─┐                ┌► ledger read again, once a second
 *   feed      ├► poll ─► model ┤
 *   SIGWINCH ─┘                └► page ─► ncurses */
#pragma once
#include "base/text.h"
#include "live/feed.h"

/* Show `feed` on the terminal that stdin and stdout are. `style.has_colour` false: none is used. Returns 0 when it was
 * left by key or signal (SIGINT, SIGTERM, SIGHUP); -ENOTTY when the terminal cannot do it; what tide_feed_next returns
 * when the server makes no sense. The terminal is as before then. Not reentrant: ncurses has one screen. */
int tide_screen_show(tide_feed *feed, const tide_style *style, tide_err *err);
