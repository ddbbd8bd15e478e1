/* base/map: uint64 key -> uint32 value, open addressing, backward-shift delete not needed: nothing is removed.
 * Any key is allowed, 0 included. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tide_map_slot {
    uint64_t key;
    uint32_t value_plus_one; /* 0: free slot */
} tide_map_slot;

typedef struct tide_map {
    tide_map_slot *slots; /* owned; 2^k of them, at most half in use */
    size_t slot_count, count;
} tide_map;

bool tide_map_get(const tide_map *map, uint64_t key, uint32_t *ret_value);
/* The value's place for `key`; when the key is new the place holds `fresh`. Valid until the next put. */
uint32_t tide_map_put(tide_map *map, uint64_t key, uint32_t fresh, bool *ret_is_new);
void tide_map_set(tide_map *map, uint64_t key, uint32_t value);
void tide_map_free(tide_map *map);
