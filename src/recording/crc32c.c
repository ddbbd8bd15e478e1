#include "recording/crc32c.h"

/* Remainders of the sixteen values of a nibble: two steps per byte are fast enough for what is written here. */
static const uint32_t remainders[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t tide_crc32c(const void *bytes, size_t count) {
    uint32_t crc = UINT32_MAX;
    for (const uint8_t *at = bytes; count; count--, at++) {
        crc = crc >> 4 ^ remainders[(crc ^ *at) & 15];
        crc = crc >> 4 ^ remainders[(crc ^ *at >> 4) & 15];
    }
    return ~crc;
}
