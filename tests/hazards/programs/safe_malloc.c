/* An allocator that signal handlers may use, whatever they have interrupted: slots of one size, each taken with an
 * atomic exchange. What does not fit comes from a store that takes nothing back. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SLOTS = 1 << 16, SLOT_BYTES = 128, STORE_BYTES = 64 << 20 };
static _Alignas(64) char slots[SLOTS][SLOT_BYTES], store[STORE_BYTES];
static uint8_t is_taken[SLOTS];
static size_t next_slot, store_used;

void *malloc(size_t bytes);
void free(void *block);
void *calloc(size_t count, size_t bytes);
void *realloc(void *old, size_t bytes);

static void *take(size_t bytes) {
    for (int tries = 0; bytes <= SLOT_BYTES && tries < SLOTS; tries++) {
        size_t slot = __atomic_fetch_add(&next_slot, 1, __ATOMIC_RELAXED) % 512; /* few: soon used again */
        if (tries > 512)
            slot = (size_t)tries;
        if (!__atomic_exchange_n(&is_taken[slot], 1, __ATOMIC_ACQ_REL))
            return slots[slot];
    }
    size_t start = __atomic_fetch_add(&store_used, (bytes + 63) & ~(size_t)63, __ATOMIC_RELAXED);
    return start + bytes <= STORE_BYTES ? store + start : NULL;
}

static void give_back(void *block) {
    size_t slot = ((uintptr_t)block - (uintptr_t)slots) / SLOT_BYTES;
    if (slot < SLOTS)
        __atomic_store_n(&is_taken[slot], 0, __ATOMIC_RELEASE);
}

void *malloc(size_t bytes) {
    return take(bytes);
}

void free(void *block) {
    give_back(block);
}

void *calloc(size_t count, size_t bytes) {
    void *block = take(count * bytes);
    return block ? memset(block, 0, count * bytes) : NULL;
}

void *realloc(void *old, size_t bytes) {
    void *block = take(bytes);
    if (!old || !block)
        return block;
    bool in_store = (char *)old >= store && (char *)old < store + STORE_BYTES;
    size_t room = in_store ? (size_t)(store + STORE_BYTES - (char *)old) : SLOT_BYTES;
    memmove(block, old, room < bytes ? room : bytes);
    give_back(old);
    return block;
}
