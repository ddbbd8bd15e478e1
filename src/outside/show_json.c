#include "base/json.h"
#include "outside/show.h"
#include <inttypes.h>

/* The schema is in docs/outside.md. */

void tide_show_json_begin(FILE *out, const char *command, bool recursive) {
    fputs("{\"format\": \"tidemark-outside\", \"version\": 1,\n", out);
    tide_json_text(out, "command", command);
    tide_json_flag(out, "recursive", recursive);
    fputs("\n\"timeline\": [", out);
}

/* null where nothing was measured. */
static void put_measured(FILE *out, const char *key, bool is_measured, uint64_t bytes) {
    if (is_measured)
        tide_json_number(out, key, bytes);
    else
        tide_json_text(out, key, NULL);
}

static void put_sum(FILE *out, const tide_reading *reading, uint64_t start_ns) {
    const tide_proc_smaps_rollup *total = &reading->total;
    bool is_measured = reading->measured_count > 0;
    tide_json_number(out, "time_ns", reading->time_ns - start_ns);
    put_measured(out, "pss_bytes", is_measured, total->pss_bytes);
    put_measured(out, "private_bytes", is_measured, total->private_bytes);
    put_measured(out, "swap_pss_bytes", is_measured, total->swap_pss_bytes);
    put_measured(out, "hugetlb_bytes", is_measured, total->hugetlb_bytes);
    tide_json_number(out, "measured_count", reading->measured_count);
    tide_json_number(out, "denied_count", reading->denied_count);
    tide_json_number(out, "ended_count", reading->ended_count);
    tide_json_last(out, "duration_ns", reading->duration_ns);
}

void tide_show_json_sample(FILE *out, const tide_reading *reading, uint64_t start_ns, bool is_first) {
    fputs(is_first ? "\n {" : ",\n {", out);
    put_sum(out, reading, start_ns);
    putc('}', out);
}

void tide_show_json_end_samples(FILE *out, uint64_t samples_count, uint64_t lost_count) {
    fputs("],\n", out);
    tide_json_number(out, "samples_count", samples_count);
    tide_json_number(out, "lost_count", lost_count);
    putc('\n', out);
}

static const char *method_of(const tide_process *process) {
    if (process->kind == TIDE_PROCESS_MEASURED)
        return tide_method_name(process->method);
    return process->kind == TIDE_PROCESS_DENIED && process->stat.rss_bytes ? "stat" : NULL;
}

static void put_process(FILE *out, const tide_process *process) {
    const tide_proc_smaps_rollup *memory = &process->memory;
    const char *method = method_of(process);
    bool is_measured = process->kind == TIDE_PROCESS_MEASURED;
    tide_json_number(out, "pid", (uint64_t)process->pid);
    tide_json_number(out, "ppid", (uint64_t)process->stat.ppid);
    tide_json_number(out, "start_ticks", process->stat.start_ticks);
    tide_json_text(out, "comm", process->stat.comm);
    tide_json_text(out, "kind", tide_process_kind_name(process->kind));
    put_measured(out, "shares_with", process->kind == TIDE_PROCESS_SHARES, (uint64_t)process->shares_with);
    tide_json_text(out, "method", method);
    put_measured(out, "pss_bytes", is_measured, memory->pss_bytes);
    put_measured(out, "private_bytes", is_measured, memory->private_bytes);
    put_measured(out, "shared_bytes", is_measured, memory->shared_bytes);
    put_measured(out, "rss_bytes", method, is_measured ? memory->rss_bytes : process->stat.rss_bytes);
    put_measured(out, "swap_bytes", is_measured, memory->swap_bytes);
    put_measured(out, "swap_pss_bytes", is_measured, memory->swap_pss_bytes);
    put_measured(out, "hugetlb_bytes", is_measured, memory->hugetlb_bytes);
    tide_json_last(out, "depth", process->depth);
}

void tide_show_json_reading(FILE *out, const char *key, const tide_reading *reading, uint64_t start_ns) {
    fprintf(out, "\"%s\": ", key);
    if (!reading) {
        fputs("null", out);
        return;
    }
    putc('{', out);
    put_sum(out, reading, start_ns);
    fputs(", ", out);
    tide_json_text(out, "children_found_by", reading->by_parent ? "ppid" : "children");
    tide_json_text(out, "sharers_found_by", reading->is_kcmp_refused ? "vfork" : "kcmp");
    fputs("\"processes\": [", out);
    for (size_t i = 0; i < reading->processes.count; i++) {
        fputs(i ? ",\n {" : "\n {", out);
        put_process(out, &reading->processes.at[i]);
        putc('}', out);
    }
    fputs("]}", out);
}
