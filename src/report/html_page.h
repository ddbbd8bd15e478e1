/* report/html_page: the pages of --format html without their data. Made by web/bundle of what is in web/, or
 * html_page_missing.c where the build had nothing to make them with. */
#pragma once
#include <stddef.h>
#include <stdio.h>

typedef struct tide_html_page {
    const char *before, *after; /* the data's base64 goes between them */
} tide_html_page;

extern const tide_html_page tide_html_report, tide_html_diff;
extern const char *const tide_html_missing; /* what the build lacked; NULL: the pages are there */

void tide_html_page_print(FILE *out, const tide_html_page *page, const void *data, size_t count); /* html.c */
