#include "base/text.h"
#include "outside/show.h"
#include <inttypes.h>
#include <stdlib.h>

void tide_show_csv_heading(FILE *out, bool by_process) {
    fputs(by_process
              ? "time_s,pid,ppid,comm,kind,method,pss_bytes,private_bytes,shared_bytes,rss_bytes,swap_bytes,"
                "swap_pss_bytes,hugetlb_bytes\n"
              : "time_s,measured_count,denied_count,ended_count,pss_bytes,private_bytes,swap_pss_bytes,"
                "hugetlb_bytes\n",
          out);
}

static void put_time(FILE *out, const tide_reading *reading, uint64_t start_ns) {
    uint64_t time_ns = reading->time_ns - start_ns;
    fprintf(out, "%" PRIu64 ".%06" PRIu64, time_ns / 1000000000, time_ns % 1000000000 / 1000);
}

static void put_quoted(FILE *out, const char *raw) {
    char *text = tide_text_clean(raw);
    fputs(",\"", out);
    for (const char *at = text; *at; at++) {
        if (*at == '"')
            putc('"', out);
        putc(*at, out);
    }
    putc('"', out);
    free(text);
}

static void put_numbers(FILE *out, const uint64_t *numbers, size_t count) {
    for (size_t i = 0; i < count; i++)
        fprintf(out, ",%" PRIu64, numbers[i]);
}

static void put_process(FILE *out, const tide_process *process) {
    const tide_proc_smaps_rollup *memory = &process->memory;
    fprintf(out, ",%d,%d", (int)process->pid, (int)process->stat.ppid);
    put_quoted(out, process->stat.comm);
    fprintf(out, ",%s", tide_process_kind_name(process->kind));
    if (process->kind == TIDE_PROCESS_MEASURED) {
        fprintf(out, ",%s", tide_method_name(process->method));
        put_numbers(out,
                    (const uint64_t[]){memory->pss_bytes, memory->private_bytes, memory->shared_bytes,
                                       memory->rss_bytes, memory->swap_bytes, memory->swap_pss_bytes,
                                       memory->hugetlb_bytes},
                    7);
    } else if (process->kind == TIDE_PROCESS_DENIED && process->stat.rss_bytes)
        fprintf(out, ",stat,,,,%" PRIu64 ",,,", process->stat.rss_bytes);
    else
        fputs(",,,,,,,,", out);
    putc('\n', out);
}

static void put_sum(FILE *out, const tide_reading *reading) {
    const tide_proc_smaps_rollup *total = &reading->total;
    fprintf(out, ",%u,%u,%u", reading->measured_count, reading->denied_count, reading->ended_count);
    if (reading->measured_count)
        put_numbers(out,
                    (const uint64_t[]){total->pss_bytes, total->private_bytes, total->swap_pss_bytes,
                                       total->hugetlb_bytes},
                    4);
    else
        fputs(",,,,", out);
    putc('\n', out);
}

void tide_show_csv(FILE *out, const tide_reading *reading, uint64_t start_ns, bool by_process) {
    if (!by_process) {
        put_time(out, reading, start_ns);
        put_sum(out, reading);
        return;
    }
    for (size_t i = 0; i < reading->processes.count; i++) {
        put_time(out, reading, start_ns);
        put_process(out, &reading->processes.at[i]);
    }
}
