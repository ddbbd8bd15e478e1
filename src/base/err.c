#include "base/err.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int tide_fail(tide_err *err, int code, const char *format, ...) {
    if (!err)
        return code;
    int saved_errno = errno; /* for %m, and for the caller afterwards */
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    err->offset_bytes = 0;
    errno = saved_errno;
    return code;
}
