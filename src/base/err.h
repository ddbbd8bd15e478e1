/* base/err: how a library layer says what went wrong; only cli/ prints it.
 *
 * A function that can fail returns 0 or a negative errno (-EBADMSG for malformed input) and fills `*err`. */
#pragma once
#include <stdint.h>

typedef struct tide_err {
    char text[512];        /* one line, no newline, says what to do where that is known */
    uint64_t offset_bytes; /* where in a file, for -EBADMSG; else 0 */
} tide_err;

/* Fill `err` (may be NULL) and return `code`, a negative errno, so that callers write
 * `return tide_fail(err, -EBADMSG, "…")`. "%m" stands for errno's text as in printf. Sets offset_bytes to 0: a reader
 * that knows where fills it in afterwards. */
__attribute__((format(printf, 3, 4))) int tide_fail(tide_err *err, int code, const char *format, ...);
