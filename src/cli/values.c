#include "cli/values.h"
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct unit {
    const char *name; /* NULL ends a list */
    double factor;
} unit;

static bool parse(const char *text, const unit *units, uint64_t *ret) {
    char *end;
    if (!isdigit((unsigned char)*text))
        return false; /* strtod would take a sign, "inf", "nan" */
    double number = strtod(text, &end);
    while (units->name && strcasecmp(units->name, end) != 0)
        units++;
    double value = number * units->factor;
    if (!units->name || !(value < 0x1p63))
        return false;
    *ret = (uint64_t)(value + 0.5);
    return true;
}

bool tide_value_time_ns(const char *text, uint64_t *ret_ns) {
    static const unit units[] = {{"", 1e9}, {"s", 1e9},  {"ms", 1e6},   {"us", 1e3},
                                 {"ns", 1}, {"m", 60e9}, {"h", 3600e9}, {NULL, 0}};
    return parse(text, units, ret_ns);
}

bool tide_value_bytes(const char *text, uint64_t *ret_bytes) {
    static const unit units[] = {{"", 1},         {"B", 1},        {"K", 0x1p10},
                                 {"KiB", 0x1p10}, {"M", 0x1p20},   {"MiB", 0x1p20},
                                 {"G", 0x1p30},   {"GiB", 0x1p30}, {NULL, 0}};
    return parse(text, units, ret_bytes);
}
