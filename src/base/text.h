/* base/text: names as they fit on a screen. Columns are code points: one column each. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef struct tide_style {
    bool is_unicode; /* the locale's: "├─" and "…", else "|-" and "..." */
    bool has_colour;
} tide_style;

/* `raw` without anything that could steer a terminal: control characters and malformed UTF-8 become "?". Owned
 * (free). */
char *tide_text_clean(const char *raw);
size_t tide_text_columns(const char *text);

/* A function's name in at most `columns`: first without parameters, then without
 * template arguments and result type, then without outer namespaces, then cut.
 * 0 columns: as it is. Owned (free). */
char *tide_text_fit_function(const char *name, size_t columns, const tide_style *style);
/* A path in at most `columns`: its end, from a folder's start on where that fits. 0 columns: as it is. Owned (free). */
char *tide_text_fit_path(const char *path, size_t columns, const tide_style *style);
/* The start of any text in at most `columns`; 0: as it is. Owned (free). */
char *tide_text_fit(const char *text, size_t columns, const tide_style *style);
