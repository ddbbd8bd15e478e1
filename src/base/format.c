#include "base/format.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Three significant digits; the limits are where rounding would show a fourth. */
static void format_scaled(char out[TIDE_FORMAT_MAX], double value, const char *unit) {
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(out, TIDE_FORMAT_MAX, "%.*f %s", decimals, value, unit);
}

char *tide_format_bytes(char out[TIDE_FORMAT_MAX], uint64_t bytes) {
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) {
        snprintf(out, TIDE_FORMAT_MAX, "%" PRIu64 " B", bytes);
        return out;
    }
    double value = (double)bytes / 1024;
    size_t unit = 0;
    for (; value >= 1023.5 && unit + 1 < sizeof units / sizeof *units; unit++)
        value /= 1024;
    format_scaled(out, value, units[unit]);
    return out;
}

char *tide_format_count(char out[TIDE_FORMAT_MAX], uint64_t count) {
    char digits[TIDE_FORMAT_MAX];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *at = out;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return out;
}

static uint64_t round_to(uint64_t value, uint64_t step) {
    return value / step + (value % step >= step / 2);
}

static void format_pair(char out[TIDE_FORMAT_MAX], uint64_t small, uint64_t small_per_big,
                        const char units[2]) {
    snprintf(out, TIDE_FORMAT_MAX, "%" PRIu64 "%c%02" PRIu64 "%c", small / small_per_big, units[0],
             small % small_per_big, units[1]);
}

char *tide_format_duration(char out[TIDE_FORMAT_MAX], uint64_t duration_ns) {
    const uint64_t second_ns = 1000000000u, minute_ns = 60 * second_ns, hour_ns = 60 * minute_ns;
    double value = (double)duration_ns;
    if (duration_ns < 1000)
        snprintf(out, TIDE_FORMAT_MAX, "%" PRIu64 " ns", duration_ns);
    else if (value < 999.5e3)
        format_scaled(out, value / 1e3, "us");
    else if (value < 999.5e6)
        format_scaled(out, value / 1e6, "ms");
    else if (value < 59.95e9)
        format_scaled(out, value / 1e9, "s");
    else if (round_to(duration_ns, second_ns) < 3600)
        format_pair(out, round_to(duration_ns, second_ns), 60, "ms");
    else if (round_to(duration_ns, minute_ns) < 24 * 60)
        format_pair(out, round_to(duration_ns, minute_ns), 60, "hm");
    else
        format_pair(out, round_to(duration_ns, hour_ns), 24, "dh");
    return out;
}
