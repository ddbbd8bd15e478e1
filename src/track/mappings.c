#include "track/mappings.h"
#include "track/counters.h"
#include <string.h>

void tide_mappings_lock(tide_book *book) {
    tide_spin_lock(&book->header->mappings_lock);
}
void tide_mappings_unlock(tide_book *book) {
    tide_spin_unlock(&book->header->mappings_lock);
}

/* Index of the first interval that ends behind `address`. */
static uint32_t first_behind(const tide_book *book, uint64_t address) {
    uint32_t low = 0, high = book->header->mapping_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (book->mappings[middle].end > address)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void move_tail(tide_book *book, uint32_t from, uint32_t to) {
    uint32_t count = book->header->mapping_count;
    memmove(&book->mappings[to], &book->mappings[from], (count - from) * sizeof *book->mappings);
    book->header->mapping_count = count - from + to;
}

static bool insert(tide_book *book, uint32_t index, tide_mapping_row row) {
    if (!tide_book_reach(&book->mappings_open, (book->header->mapping_count + 1ull) * sizeof row))
        return false;
    move_tail(book, index, index + 1);
    book->mappings[index] = row;
    return true;
}

static void count(tide_thread *thread, uint64_t site_id, uint64_t made_bytes, uint64_t made_blocks,
                  uint64_t gone_bytes, uint64_t gone_blocks) {
    tide_ledger_header *header = thread->book->header;
    tide_site_row *site = &thread->book->sites[site_id];
    tide_site_keep_peak(site, &thread->book->site_notes[site_id], header->epoch, header->epoch, 0, 0);
    site->allocated_bytes += made_bytes;
    site->allocated_blocks += made_blocks;
    site->freed_bytes += gone_bytes;
    site->freed_blocks += gone_blocks;
    site->lifetime_ns += (gone_blocks - made_blocks) * header->clock_ns;
    header->mapped_bytes += made_bytes - gone_bytes;
    if (header->mapped_bytes > header->mapped_peak_bytes)
        header->mapped_peak_bytes = header->mapped_bytes;
}

void tide_mappings_remove(tide_thread *thread, uint64_t start, uint64_t end) {
    tide_book *book = thread->book;
    for (uint32_t i = first_behind(book, start);
         i < book->header->mapping_count && book->mappings[i].start < end;) {
        tide_mapping_row *row = &book->mappings[i];
        uint64_t from = row->start > start ? row->start : start, to = row->end < end ? row->end : end;
        bool keeps_left = row->start<from, keeps_right = row->end> to;
        if (keeps_left && keeps_right) {
            tide_mapping_row right = {.start = to, .end = row->end, .site = row->site};
            row->end = from;
            count(thread, row->site, 0, 1, to - from, 0);
            if (!insert(book, i + 1, right))
                thread->row->lost_events++;
            return;
        }
        count(thread, row->site, 0, 0, to - from, !keeps_left && !keeps_right);
        if (keeps_left)
            row->end = from, i++;
        else if (keeps_right)
            row->start = to, i++;
        else
            move_tail(book, i + 1, i);
    }
}

void tide_mappings_add(tide_thread *thread, uint64_t start, uint64_t end, uint32_t site) {
    tide_mappings_remove(thread, start, end); /* MAP_FIXED replaces what was there */
    tide_mapping_row row = {.start = start, .end = end, .site = site};
    if (insert(thread->book, first_behind(thread->book, start), row))
        count(thread, site, end - start, 1, 0, 0);
    else
        thread->row->lost_events++;
}

uint32_t tide_mappings_site(const tide_book *book, uint64_t address) {
    uint32_t i = first_behind(book, address);
    bool inside = i < book->header->mapping_count && book->mappings[i].start <= address;
    return inside ? (uint32_t)book->mappings[i].site : 0;
}
