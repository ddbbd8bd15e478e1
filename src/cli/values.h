/* cli/values: what people write for sizes and times. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* "1.5s" "200ms" "2m" "1h"; a number alone is seconds. False: it is none of these, or beyond 64 bits. */
bool tide_value_time_ns(const char *text, uint64_t *ret_ns);
/* "4096" "64K" "64KiB" "1.5M" "2GiB": powers of 1024, a number alone is bytes. False as above. */
bool tide_value_bytes(const char *text, uint64_t *ret_bytes);
