/* recording/crc32c: the checksum of blocks (Castagnoli's polynomial, as in iSCSI, RFC 3720 appendix B.4). */
#pragma once
#include <stddef.h>
#include <stdint.h>

uint32_t tide_crc32c(const void *bytes, size_t count);
