/* track/cfi_bytes: numbers as .eh_frame writes them. Each reader goes on to what follows. */
#pragma once
#include <stdint.h>
#include <string.h>

#define READER(name, type)                        \
    static inline type name(const uint8_t **at) { \
        type value;                               \
        memcpy(&value, *at, sizeof value);        \
        *at += sizeof value;                      \
        return value;                             \
    }
READER(tide_read_u8, uint8_t)
READER(tide_read_u16, uint16_t)
READER(tide_read_u32, uint32_t)
READER(tide_read_u64, uint64_t)
READER(tide_read_i8, int8_t)
READER(tide_read_i16, int16_t)
READER(tide_read_i32, int32_t)
#undef READER

uint64_t tide_read_uleb(const uint8_t **at);
int64_t tide_read_sleb(const uint8_t **at);

/* A pointer in one of the forms of DW_EH_PE_*, which `encoding` is made of. `data_base`: of those relative to data. */
uintptr_t tide_read_encoded(const uint8_t **at, uint8_t encoding, uintptr_t data_base);

/* Passes over a ULEB128 length and so many bytes; returns where the length stands. */
const uint8_t *tide_read_block(const uint8_t **at);
