/* report/html_page: the page of --format html without its data. Made by web/bundle of what is in web/, or
 * html_page_missing.c where the build had nothing to make it with. */
#pragma once

extern const char tide_html_before[], tide_html_after[]; /* the data's base64 goes between them */
extern const char *const tide_html_missing;              /* what the build lacked; NULL: the page is there */
