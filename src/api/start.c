/* Beginning and ending to record. */
#include "api/api.h"
#include "track/attention.h"

int tide_start(void) {
    tide_thread *thread = tide_api_thread();
    if (!thread) {
        int code = tide_process_start_alone();
        return code ? code : tide_api_thread() ? 0 : -ENOMEM;
    }
    if (thread->process->attention & TIDE_ATTENTION_STOPPED)
        tide_attention_set(thread->process, TIDE_ATTENTION_STOPPED, false);
    return 0;
}

int tide_stop(void) {
    tide_thread *thread = tide_api_thread();
    if (!thread || thread->process->attention & TIDE_ATTENTION_STOPPED)
        return -ECANCELED;
    tide_attention_set(thread->process, TIDE_ATTENTION_STOPPED, true);
    return 0;
}

bool tide_is_tracking(void) {
    const tide_thread *thread = tide_self;
    if (!thread || !thread->process)
        thread = tide_api_thread();
    return thread &&
           !(__atomic_load_n(&thread->process->attention, __ATOMIC_RELAXED) & TIDE_ATTENTION_STOPPED);
}
