#include "report/html_data.h"
#include "report/html_page.h"

/* RFC 4648, in one line. No name can leave it: none of its 65 characters means anything to HTML. */
static void print_base64(FILE *out, const uint8_t *bytes, size_t count) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count && !ferror(out); i += 3) {
        size_t left = count - i;
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= left > 2 ? bytes[i + 2] : 0;
        putc(digits[group >> 18], out);
        putc(digits[group >> 12 & 63], out);
        putc(left > 1 ? digits[group >> 6 & 63] : '=', out);
        putc(left > 2 ? digits[group & 63] : '=', out);
    }
}

void tide_html_page_print(FILE *out, const tide_html_page *page, const void *data, size_t count) {
    fputs(page->before, out);
    print_base64(out, data, count);
    fputs(page->after, out);
}

void tide_format_html_print(const tide_report *report) {
    tide_buffer data = {0};
    tide_html_data_put(&data, report);
    tide_html_page_print(report->out, &tide_html_report, data.at, data.count);
    tide_buffer_free(&data);
}
