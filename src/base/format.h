/* base/format: how figures look to people. Powers of 1024, the unit written. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { TIDE_FORMAT_MAX = 32 };

/* "0 B" "1023 B" "1.00 KiB" "98.7 MiB" "1.23 GiB": three significant digits from KiB on. Returns `out`. */
char *tide_format_bytes(char out[TIDE_FORMAT_MAX], uint64_t bytes);
/* "1,234,567". Returns `out`. */
char *tide_format_count(char out[TIDE_FORMAT_MAX], uint64_t count);
/* "812 ns" "1.20 ms" "3.45 s" "2m05s" "3h02m" "4d03h". Returns `out`. */
char *tide_format_duration(char out[TIDE_FORMAT_MAX], uint64_t duration_ns);
