#include "heap/line_table.h"
#include <stdbool.h>

enum { CODE_NO_COLUMN = 13, CODE_LONG = 14, CODE_NONE = 15, CODE_ONE_LINE = 10, MORE = 64, UNIT_BYTES = 2 };

struct bytes {
    const uint8_t *at, *end;
};

static uint32_t take_byte(struct bytes *bytes) {
    return bytes->at < bytes->end ? *bytes->at++ : 0;
}

static uint32_t take_number(struct bytes *bytes) {
    uint32_t byte = take_byte(bytes), number = byte & (MORE - 1);
    for (unsigned shift = 6; byte & MORE && shift < 32; shift += 6) {
        byte = take_byte(bytes);
        number |= (byte & (MORE - 1)) << shift;
    }
    return number;
}

static uint32_t take_difference(struct bytes *bytes) {
    uint32_t number = take_number(bytes);
    return number & 1 ? 0 - (number >> 1) : number >> 1;
}

/* What the entry adds to the line. */
static uint32_t take_entry(struct bytes *bytes, uint32_t code) {
    uint32_t difference = 0;
    if (code == CODE_NO_COLUMN) {
        difference = take_difference(bytes);
    } else if (code == CODE_LONG) {
        difference = take_difference(bytes);
        for (int i = 0; i < 3; i++)
            take_number(bytes);
    } else if (code != CODE_NONE) {
        difference = code >= CODE_ONE_LINE ? code - CODE_ONE_LINE : 0;
        take_byte(bytes);
        if (code >= CODE_ONE_LINE)
            take_byte(bytes);
    }
    return difference;
}

uint32_t tide_line_table_find(const uint8_t *table, size_t table_bytes, uint32_t first_line,
                              int32_t offset_bytes) {
    struct bytes bytes = {table, table + table_bytes};
    uint32_t line = first_line;
    if (offset_bytes < 0)
        return first_line;
    for (int64_t end = 0; bytes.at < bytes.end;) {
        uint32_t head = take_byte(&bytes), code = head >> 3 & 15;
        line += take_entry(&bytes, code);
        end += ((head & 7) + 1) * UNIT_BYTES;
        if (offset_bytes < end)
            return code == CODE_NONE ? 0 : line;
    }
    return 0;
}
