/* Blocks of residency: written after the DEFS that their sites and nodes are in. */
#include "recording/writer.h"
#include <errno.h>
#include <string.h>

void tide_residency_free(tide_residency *residency) {
    tide_vec_free(&residency->moments);
    tide_vec_free(&residency->sites);
    tide_vec_free(&residency->sites_at_peak);
    tide_vec_free(&residency->touches);
    tide_vec_free(&residency->site_epochs);
    *residency = (tide_residency){0};
}

/* ---- writing */

/* A moment that is too long for one block goes on in another one of the same time. */
static int put_sites(tide_writer *writer, const uint64_t *moment, const tide_site_pages *sites, size_t count,
                     tide_err *err) {
    size_t next = 0;
    if (writer->site_pages.count < count)
        (void)tide_vec_extend(&writer->site_pages, count - writer->site_pages.count);
    for (size_t i = 0; i < count; i++) {
        if (!memcmp(&sites[i], &writer->site_pages.at[i], sizeof *sites))
            continue;
        tide_buffer_put_varint(&writer->content, i - next);
        tide_fields_put(&writer->content, (uint64_t *)(void *)&writer->site_pages.at[i],
                        (const uint64_t *)(const void *)&sites[i], TIDE_SITE_PAGES_FIELDS);
        next = i + 1;
        if (writer->content.count < TIDE_BLOCK_FULL_BYTES)
            continue;
        int failed = tide_writer_flush(writer, TIDE_BLOCK_PAGES, err);
        if (failed)
            return failed;
        tide_fields_put(&writer->content, writer->pages, moment, TIDE_PAGES_FIELDS);
        next = 0;
    }
    return tide_writer_flush(writer, TIDE_BLOCK_PAGES, err);
}

static int put_touches(tide_writer *writer, const tide_touch *touches, size_t count, tide_err *err) {
    int failed = 0;
    for (size_t i = 0; i < count && !failed; i++) {
        tide_buffer_put_varint(&writer->content, touches[i].node);
        tide_buffer_put_varint(&writer->content,
                               touches[i].site == TIDE_NONE ? 0 : touches[i].site + UINT64_C(1));
        tide_buffer_put_varint(&writer->content, touches[i].faults_count);
        if (i + 1 == count || writer->content.count >= TIDE_BLOCK_FULL_BYTES)
            failed = tide_writer_flush(writer, TIDE_BLOCK_TOUCHES, err);
    }
    return failed;
}

int tide_writer_pages(tide_writer *writer, const tide_heap *heap, const tide_pages *pages,
                      const tide_site_pages *sites, size_t sites_count, const tide_touch *touches,
                      size_t touches_count, tide_err *err) {
    const uint64_t *moment = (const void *)pages;
    if (pages->time_ns <= writer->pages[0])
        return tide_fail(err, -EINVAL, "moments of a recording go forward in time");
    int failed = tide_writer_defs(writer, heap, err);
    if (failed)
        return failed;
    tide_fields_put(&writer->content, writer->pages, moment, TIDE_PAGES_FIELDS);
    failed = put_sites(writer, moment, sites, sites_count, err);
    return failed ? failed : put_touches(writer, touches, touches_count, err);
}

/* ---- reading */

/* A moment is whole: was it the highest? */
static void settle(tide_residency *residency) {
    if (!residency->moments.count)
        return;
    const tide_pages *last = &residency->moments.at[residency->moments.count - 1];
    if (tide_pages_resident_bytes(last) < residency->peak_bytes)
        return;
    residency->peak_bytes = tide_pages_resident_bytes(last);
    residency->peak_time_ns = last->time_ns;
    residency->peak_epoch++;
}

static void save(tide_residency *residency, size_t site) {
    if (residency->site_epochs.at[site] == residency->peak_epoch)
        return;
    residency->site_epochs.at[site] = residency->peak_epoch;
    residency->sites_at_peak.at[site] = residency->sites.at[site];
}

/* A site that is about to change. */
static uint64_t *site_at(tide_residency *residency, uint64_t site) {
    if (residency->sites.count <= site) {
        size_t more = site + 1 - residency->sites.count;
        (void)tide_vec_extend(&residency->sites, more);
        (void)tide_vec_extend(&residency->sites_at_peak, more);
        (void)tide_vec_extend(&residency->site_epochs, more);
    }
    save(residency, site);
    return (void *)&residency->sites.at[site];
}

void tide_residency_finish(tide_residency *residency) {
    settle(residency);
    for (size_t i = 0; i < residency->sites.count; i++)
        save(residency, i);
}

const char *tide_residency_take_pages(tide_residency *residency, uint64_t *known, const tide_heap *heap,
                                      tide_cursor *block) {
    uint64_t before_ns = known[0], site = 0;
    tide_fields_take(block, known, TIDE_PAGES_FIELDS);
    if (block->failed || known[0] < before_ns)
        return "a moment of residency makes no sense";
    if (known[0] != before_ns || !residency->moments.count) {
        settle(residency);
        memcpy(tide_vec_push(&residency->moments), known, sizeof(tide_pages));
    }
    while (block->at < block->end && !block->failed) {
        site += tide_cursor_varint(block);
        if (site >= heap->sites.count)
            return "residency of a call site that there is not";
        tide_fields_take(block, site_at(residency, site), TIDE_SITE_PAGES_FIELDS);
        site++;
    }
    return block->failed ? "the residency of a call site makes no sense" : NULL;
}

const char *tide_residency_take_touches(tide_residency *residency, const tide_heap *heap,
                                        tide_cursor *block) {
    while (block->at < block->end) {
        uint64_t node = tide_cursor_varint(block), site = tide_cursor_varint(block);
        uint64_t faults_count = tide_cursor_varint(block);
        if (block->failed || node >= heap->nodes.count || site > heap->sites.count)
            return "a page fault makes no sense";
        *tide_vec_push(&residency->touches) = (tide_touch){.node = (uint32_t)node,
                                                           .site = site ? (uint32_t)site - 1 : TIDE_NONE,
                                                           .faults_count = faults_count};
    }
    return NULL;
}
