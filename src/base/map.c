#include "base/map.h"
#include "base/alloc.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOT_COUNT = 16 };

/* The finaliser of MurmurHash3 (Austin Appleby, public domain): every key bit reaches every bit of the result, so
 * that addresses and small integers spread alike. */
static uint64_t mix(uint64_t key) {
    key ^= key >> 33;
    key *= 0xff51afd7ed558ccdu;
    key ^= key >> 33;
    key *= 0xc4ceb9fe1a85ec53u;
    return key ^ (key >> 33);
}

/* The slot that holds `key`, or the free one where it would go. There is always a free slot. */
static tide_map_slot *find_slot(const tide_map *map, uint64_t key) {
    size_t mask = map->slot_count - 1;
    size_t index = mix(key) & mask;
    while (map->slots[index].value_plus_one && map->slots[index].key != key)
        index = (index + 1) & mask;
    return &map->slots[index];
}

static void grow(tide_map *map) {
    tide_map bigger = {.slot_count = map->slot_count ? map->slot_count * 2 : FIRST_SLOT_COUNT,
                       .count = map->count};
    bigger.slots = tide_xcalloc(bigger.slot_count, sizeof *bigger.slots);
    for (size_t i = 0; i < map->slot_count; i++)
        if (map->slots[i].value_plus_one)
            *find_slot(&bigger, map->slots[i].key) = map->slots[i];
    free(map->slots);
    *map = bigger;
}

bool tide_map_get(const tide_map *map, uint64_t key, uint32_t *ret_value) {
    if (!map->count)
        return false;
    const tide_map_slot *slot = find_slot(map, key);
    if (!slot->value_plus_one)
        return false;
    *ret_value = slot->value_plus_one - 1;
    return true;
}

uint32_t tide_map_put(tide_map *map, uint64_t key, uint32_t fresh, bool *ret_is_new) {
    if (map->count * 2 >= map->slot_count)
        grow(map);
    tide_map_slot *slot = find_slot(map, key);
    *ret_is_new = !slot->value_plus_one;
    if (*ret_is_new) {
        *slot = (tide_map_slot){.key = key, .value_plus_one = fresh + 1};
        map->count++;
    }
    return slot->value_plus_one - 1;
}

void tide_map_set(tide_map *map, uint64_t key, uint32_t value) {
    bool is_new;
    tide_map_put(map, key, value, &is_new);
    if (!is_new)
        find_slot(map, key)->value_plus_one = value + 1;
}

void tide_map_free(tide_map *map) {
    free(map->slots);
    memset(map, 0, sizeof *map);
}
