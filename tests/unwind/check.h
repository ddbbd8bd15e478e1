/* tests/unwind/check: libtidemark.so with a second opinion on every stack. The same sources as the tracker's,
 * compiled with TIDE_CHECK_UNWIND, and this file, which track/events.h then calls for each site. It compares
 *
 *   believed   the stack that the ledger's log holds for the site that the event was given: remembered (track/memo),
 *              or put together from the frames kept from the thread's last stack and those just found
 *   whole      the tracker's own unwinder from scratch, without anything kept
 *
 * with libunwind's unw_step (another reader of .eh_frame, another cache) and unw_backtrace (a third way to walk).
 *
 * What is compared: all return addresses from the caller of malloc to the outermost frame. Ours are one more than
 * libunwind's where a signal interrupted a function (that is no return address). Where frames are left out by design,
 * those that are not. Code without .eh_frame (made at run time) has no truth to compare with, and libunwind's guess
 * there reads what it likes: after such a frame libunwind starts again in the caller that the tracker found, so that
 * this one step is taken on trust, and all frames on either side of it are compared.
 *
 * The result is the file TIDE_CHECK_FILE, shared by all processes of a run: counters, then what differed, as text.
 * TIDE_CHECK_EVERY=n compares every n-th stack. */
#pragma once
#include <stdint.h>

enum { TIDE_CHECK_TEXT_BYTES = 60 << 10 };

typedef struct tide_check_result {
    uint64_t compared, differing;
    uint64_t remembered;  /* compared, and found among the memos */
    uint64_t reused;      /* walked, and some of its frames were kept from the stack before */
    uint64_t signals;     /* with a signal frame */
    uint64_t undescribed; /* with a function that has no .eh_frame */
    uint64_t elided;      /* with the middle left out */
    uint64_t foreign;     /* not on the thread's own stack */
    uint64_t traced;      /* unw_backtrace's, too */
    uint64_t text_bytes;
    char text[TIDE_CHECK_TEXT_BYTES];
} tide_check_result;
