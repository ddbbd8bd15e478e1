#include "base/alloc.h"
#include "symbols/symbols.h"
#include <libiberty/demangle.h>

char *tide_symbols_demangle(const char *linkage_name) {
    char *readable = cplus_demangle(linkage_name, DMGL_PARAMS | DMGL_ANSI | DMGL_AUTO);
    return readable ? readable : tide_xstrdup(linkage_name);
}
