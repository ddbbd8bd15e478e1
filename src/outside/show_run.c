#include "outside/show_run.h"
#include "base/format.h"
#include "base/json.h"
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

enum { BRIEF_ROWS = 20 }; /* of the tree, unless it is verbose */

struct page {
    FILE *out;
    const tide_run_result *result;
    const tide_show_options *options;
};

typedef char figure[TIDE_FORMAT_MAX];

static char *bytes(char out[TIDE_FORMAT_MAX], uint64_t bytes, const struct page *page) {
    if (!page->options->exact_bytes)
        return tide_format_bytes(out, bytes);
    snprintf(out, TIDE_FORMAT_MAX, "%" PRIu64, bytes);
    return out;
}

static void begin(const struct page *page, const char *label) {
    fprintf(page->out, "  %-9s  ", label);
}

/* ---- text */

static void put_peak(const struct page *page) {
    const tide_run_result *result = page->result;
    figure peak, read, risen, at, count;
    begin(page, "peak");
    switch (result->peak_method) {
    case TIDE_PEAK_NONE:
        fputs("not measured: the program ended before it could be looked at\n", page->out);
        return;
    case TIDE_PEAK_RSS:
        fprintf(page->out, "%s RSS, shared pages included; its PSS %s\n",
                bytes(peak, result->peak_bytes, page),
                result->denied_count ? "may not be read" : "was not read in time");
        return;
    case TIDE_PEAK_MARK:
        fprintf(page->out, "%s, estimated: PSS of %s was read, and RSS rose by %s more\n",
                bytes(peak, result->peak_bytes, page), bytes(read, result->peak.total.pss_bytes, page),
                bytes(risen, result->peak_bytes - result->peak.total.pss_bytes, page));
        return;
    case TIDE_PEAK_READ:
        break;
    }
    fprintf(page->out, "%s PSS", bytes(peak, result->peak_bytes, page));
    if (result->peak.measured_count > 1)
        fprintf(page->out, " in %s processes", tide_format_count(count, result->peak.measured_count));
    fprintf(page->out, ", at %s\n", tide_format_duration(at, result->peak.time_ns - result->start_ns));
}

static void put_bounds(const struct page *page) {
    const tide_run_result *result = page->result;
    figure most, one, file;
    if (result->at_most_bytes) {
        begin(page, "at most");
        fprintf(page->out, "%s%s\n", bytes(most, result->at_most_bytes, page),
                result->processes_count > 1 ? ", had all processes had their highest RSS at once"
                                            : ", exact: RSS, by the kernel's own mark");
    }
    if (result->processes_count > 1 && result->highest_process_bytes) {
        begin(page, "largest");
        fprintf(page->out, "%s, exact: RSS of one process, by the kernel's own mark\n",
                bytes(one, result->highest_process_bytes, page));
    }
    if (result->has_cgroup) {
        begin(page, "cgroup");
        fprintf(page->out, "%s, exact: all processes, kernel memory and page cache (%s at the end)\n",
                bytes(most, result->cgroup.peak_bytes, page), bytes(file, result->cgroup.file_bytes, page));
    }
}

static void put_end(const struct page *page) {
    int status = page->result->wait_status;
    figure after;
    tide_format_duration(after, page->result->duration_ns);
    begin(page, "ended");
    const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;
    if (name)
        fprintf(page->out, "killed by SIG%s, after %s\n", name, after);
    else if (WIFSIGNALED(status))
        fprintf(page->out, "killed by signal %d, after %s\n", WTERMSIG(status), after);
    else
        fprintf(page->out, "exit status %d, after %s\n", WEXITSTATUS(status), after);
}

static void put_method(const struct page *page) {
    const tide_run_result *result = page->result;
    figure readings, gap, cost, count;
    begin(page, "measured");
    if (!result->readings_count) {
        fprintf(page->out, "not once: %s\n",
                result->denied_count ? "permission denied" : "it ended too soon");
        return;
    }
    if (result->readings_count == 1)
        fputs("once", page->out);
    else
        fprintf(page->out, "%s times, every %s", tide_format_count(readings, result->readings_count),
                tide_format_duration(gap, result->watched_ns / result->readings_count));
    fprintf(page->out, "; took %s, %.1f %% of a CPU", tide_format_duration(cost, result->cpu_ns),
            100 * (double)result->cpu_ns / (double)(result->watched_ns + 1));
    if (result->processes_count + result->unseen_count > 1)
        fprintf(page->out, "; %s process%s seen", tide_format_count(count, result->processes_count),
                result->processes_count == 1 ? "" : "es");
    if (result->unseen_count)
        fprintf(page->out, ", at most %s too short for it", tide_format_count(count, result->unseen_count));
    putc('\n', page->out);
}

static void put_remarks(const struct page *page) {
    const tide_run_result *result = page->result;
    if (result->has_unwatched_children) {
        begin(page, "not seen");
        fputs("the processes that it started; -r measures them, too\n", page->out);
    }
    if (result->ended_count) {
        begin(page, "not read");
        fprintf(page->out, "%" PRIu64 " process%s ended while being read\n", result->ended_count,
                result->ended_count == 1 ? "" : "es");
    }
    if (result->denied_count) {
        begin(page, "denied");
        fprintf(page->out, "%u process%s may not be read: another user's, or setuid\n", result->denied_count,
                result->denied_count == 1 ? "" : "es");
    }
    if (result->still_running.measured_count + result->still_running.denied_count) {
        begin(page, "remaining");
        fputs("not all that it started has ended with it:\n", page->out);
        tide_show_tree(page->out, &result->still_running, page->options);
    }
}

void tide_show_run(FILE *out, const tide_run_result *result, bool is_verbose,
                   const tide_show_options *options) {
    const struct page page = {out, result, options};
    tide_show_options tree = *options;
    if (!is_verbose)
        tree.rows_max = BRIEF_ROWS;
    if (result->peak.processes.count > (is_verbose ? 0 : 1)) {
        tide_show_tree(out, &result->peak, &tree);
        tide_show_remarks(out, &result->peak);
    }
    put_peak(&page);
    put_bounds(&page);
    if (is_verbose)
        put_end(&page);
    put_method(&page);
    put_remarks(&page);
}

/* ---- JSON */

static void put_known(FILE *out, const char *key, uint64_t bytes) { /* 0: not known */
    if (bytes)
        tide_json_number(out, key, bytes);
    else
        tide_json_text(out, key, NULL);
}

static void put_cgroup_json(FILE *out, const tide_run_result *result) {
    fputs("\"cgroup\": ", out);
    if (!result->has_cgroup) {
        fputs("null,\n", out);
        return;
    }
    putc('{', out);
    tide_json_text(out, "method", result->cgroup.is_v2 ? "cgroup-v2-peak" : "cgroup-v1-max");
    tide_json_number(out, "peak_bytes", result->cgroup.peak_bytes);
    tide_json_last(out, "file_bytes", result->cgroup.file_bytes);
    fputs("},\n", out);
}

void tide_show_run_json(FILE *out, const tide_run_result *result) {
    static const char *const methods[] = {
        [TIDE_PEAK_READ] = "rollup", [TIDE_PEAK_MARK] = "rollup+maxrss", [TIDE_PEAK_RSS] = "maxrss"};
    int status = result->wait_status;
    tide_show_json_end_samples(out, result->readings_count, result->ended_count);
    put_known(out, "peak_bytes", result->peak_bytes);
    tide_json_text(out, "peak_method", methods[result->peak_method]);
    put_known(out, "at_most_bytes", result->at_most_bytes);
    put_known(out, "highest_process_rss_bytes", result->highest_process_bytes);
    put_known(out, "all_marks_bytes", result->all_marks_bytes);
    put_cgroup_json(out, result);
    tide_json_number(out, "processes_count", result->processes_count);
    tide_json_number(out, "unseen_at_most_count", result->unseen_count);
    tide_json_number(out, "looks_count", result->looks_count);
    tide_json_number(out, "cpu_ns", result->cpu_ns);
    tide_json_number(out, "duration_ns", result->duration_ns);
    tide_json_flag(out, "has_unwatched_children", result->has_unwatched_children);
    tide_json_text(out, "end", WIFSIGNALED(status) ? "signaled" : "exited");
    tide_json_number(out, "end_status",
                     (uint64_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
    putc('\n', out);
    bool has_peak = result->peak.measured_count;
    tide_show_json_reading(out, "peak", has_peak ? &result->peak : NULL, result->start_ns);
    fputs(",\n", out);
    bool has_rest = result->still_running.measured_count + result->still_running.denied_count;
    tide_show_json_reading(out, "still_running", has_rest ? &result->still_running : NULL, result->start_ns);
    fputs("}\n", out);
}
