/* track/mappings: what the program has mapped itself, as intervals that never overlap; counted apart from the heap.
 *
 *   mmap 8 pages     [0────────8) site 3
 *   munmap 2 of them [0──3) [5──8)          two intervals now: one more "block" of site 3
 *   mmap MAP_FIXED   [0──3) [5─6)[6─9) site 4   what it covers is gone from site 3
 *
 * All of it under mappings_lock, held around the system call as well, so that a range that another thread is given at
 * once cannot be taken for the old one. mmap costs microseconds; one lock does not show. */
#pragma once
#include "track/events.h"

void tide_mappings_lock(tide_book *book);
void tide_mappings_unlock(tide_book *book);

/* Lock held for all of these; addresses and lengths in whole pages. */
void tide_mappings_add(tide_thread *thread, uint64_t start, uint64_t end, uint32_t site);
void tide_mappings_remove(tide_thread *thread, uint64_t start, uint64_t end);
/* The site of the interval that holds `address`; 0: none. */
uint32_t tide_mappings_site(const tide_book *book, uint64_t address);
