/* base/alloc: memory for the tool's side. Out of memory ends the tool with one line and status 1: there is
 * nothing better it could do. Nothing that runs inside the target may include this. */
#pragma once
#include <stddef.h>

void *tide_xcalloc(size_t count, size_t item_bytes);             /* zeroed; owned (free) */
void *tide_xrealloc(void *old, size_t count, size_t item_bytes); /* checks the product; owned (free) */
char *tide_xstrdup(const char *text);                            /* owned (free) */
__attribute__((format(printf, 1, 2))) char *tide_xasprintf(const char *format, ...); /* owned (free) */
