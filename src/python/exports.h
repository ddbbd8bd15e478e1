/* python/exports: symbols that a loaded library offers, found by plain reads of its tables in memory. dlsym would take
 * the loader's lock, which may be held by a thread that waits for this one. */
#pragma once
#include <link.h>

/* The address of `symbol` in that library itself, not in those it needs; NULL: it does not define it (or has no GNU
 * hash table, which all linkers have written since 2006). Any thread, while the library stays loaded. */
void *tide_exports_find(const struct link_map *library, const char *symbol);
