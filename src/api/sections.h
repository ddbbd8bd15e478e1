/* api/sections: open sections, and the peaks of process and threads, which are sections that never end.
 *
 * A tally knows its peak since some moment (track/tally.h). Each time that a section begins or ends, the peak so far is
 * put into all sections that are open on this tally, and the tally's starts anew. So each section has its own, exactly,
 * whatever the order in which they end, and an event costs the same with none and with ten. */
#pragma once
#include "api/api.h"

/* peak_* since tide_peak_reset. */
void tide_api_peak_of_process(tide_thread *thread, tide_usage *ret);
void tide_api_peak_of_thread(tide_thread *thread, tide_usage *ret);
/* What other threads have on its way (track/events.h), for an owner with all below it, or for all. */
void tide_api_add_waiting(tide_usage *ret, const tide_thread *thread, uint32_t owner, bool is_all);
/* The sites of an owner, or of all, added up. */
void tide_api_sum_sites(tide_usage *ret, const tide_thread *thread, uint32_t owner, bool is_all);
