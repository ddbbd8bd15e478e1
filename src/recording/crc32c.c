#include "recording/crc32c.h"
#include <nmmintrin.h>
#include <string.h>

/* Remainders of the sixteen values of a nibble. */
static const uint32_t remainders[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static uint32_t by_nibbles(uint32_t crc, const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        crc = crc >> 4 ^ remainders[(crc ^ bytes[i]) & 15];
        crc = crc >> 4 ^ remainders[(crc ^ bytes[i] >> 4) & 15];
    }
    return crc;
}

__attribute__((target("sse4.2"))) static uint32_t by_words(uint32_t crc, const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, bytes + i * sizeof word, sizeof word);
        crc = (uint32_t)_mm_crc32_u64(crc, word);
    }
    return crc;
}

uint32_t tide_crc32c(const void *bytes, size_t count) {
    if (!count)
        return 0; /* what is empty may have no address */
    size_t words = __builtin_cpu_supports("sse4.2") ? count / sizeof(uint64_t) : 0;
    size_t done = words * sizeof(uint64_t);
    return ~by_nibbles(by_words(UINT32_MAX, bytes, words), (const uint8_t *)bytes + done, count - done);
}
