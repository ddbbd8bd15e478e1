/* Ad-hoc events: sites whose counters are weights and events instead of bytes and blocks. */
#include "api/api.h"
#include "track/attention.h"

static int count_event(tide_thread *thread, const void *frame, uint32_t index, uint64_t weight) {
    uint32_t site_id = tide_events_site(thread, frame, TIDE_KIND_EVENT + index);
    if (!site_id)
        return -ENOMEM;
    tide_site_row *site = &thread->book->sites[site_id]; /* this thread is its only writer */
    site->allocated_bytes += weight;
    site->allocated_blocks++;
    return 0;
}

int tide_event(const char *name, uint64_t weight) {
    tide_thread *thread = tide_api_thread();
    if (!name)
        return -EINVAL;
    if (!thread || tide_attention_leaves_out(thread))
        return TIDE_API_NO_THREAD;
    tide_events_settle(thread);
    uint32_t gate = tide_work_begin(thread);
    uint32_t number = tide_given_event(thread->process, name);
    int code = number ? count_event(thread, TIDE_FRAME(), number - 1, weight) : -ENOMEM;
    tide_work_end(thread, gate);
    return code;
}
