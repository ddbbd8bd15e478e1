#include "base/format.h"
#include "base/json.h"
#include "base/plot.h"
#include "cli/command.h"
#include "cli/get.h"
#include "cli/terminal.h"
#include "launch/signals.h"
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    BUDGET = 100,
    SPARE_DESCRIPTORS = 8,
    PLOT_ROWS = 6,
    TREE_ROWS_MIN = 4
}; /* BUDGET: a hundredth of a CPU. SPARE: for reading */

enum ending { GOES_ON, ENDED, REUSED, STOPPED };

struct watch {
    tide_get *get;
    tide_output *output;
    tide_signals signals;
    TIDE_VEC(struct pollfd) ends; /* of signals, then of the living roots that have one, by pidfd_open(2) */
    size_t unended_count;         /* roots that have not told their end; those without a pidfd never do */

    tide_plot plot;
    tide_reading peak;
    uint64_t start_ns, gap_ns; /* gap: until the next reading */
    uint64_t spent_ns;         /* CPU time of the tool, until the last reading */
    uint64_t samples_count, lost_count;
    uint32_t denied_count; /* the most in one reading */
    size_t screen_lines;   /* of the last frame */
    bool is_live;          /* on a terminal, in place */
};

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static const char *when(char out[TIDE_FORMAT_MAX], const struct watch *watch, const tide_reading *reading) {
    uint64_t time_ns = reading->time_ns - watch->start_ns;
    return time_ns ? tide_format_duration(out, time_ns) : "the start";
}

/* ---- on a terminal: the last reading in place of the one before */

static void put_frame(FILE *out, struct watch *watch, const tide_reading *reading,
                      const tide_terminal *terminal) {
    char time[TIDE_FORMAT_MAX], gap[TIDE_FORMAT_MAX], count[TIDE_FORMAT_MAX];
    uint32_t others = PLOT_ROWS + 7; /* plot and axis, heading and sum, remarks */
    watch->get->show.rows_max =
        terminal->rows > others + TREE_ROWS_MIN ? terminal->rows - others : TREE_ROWS_MIN;
    fprintf(out, "%s, %s reading%s, the next in %s; Ctrl-C ends\n",
            tide_format_duration(time, reading->time_ns - watch->start_ns),
            tide_format_count(count, watch->samples_count), watch->samples_count == 1 ? "" : "s",
            tide_format_duration(gap, watch->gap_ns));
    tide_get_print_text(out, watch->get, "Total", reading);
    tide_plot_print(out, &watch->plot, terminal->columns, PLOT_ROWS, &terminal->style);
}

static void show_frame(struct watch *watch, const tide_reading *reading) {
    tide_terminal terminal = tide_terminal_of(watch->output->fd);
    char *frame = NULL;
    size_t size;
    FILE *stream = open_memstream(&frame, &size);
    if (!stream)
        return;
    put_frame(stream, watch, reading, &terminal);
    fclose(stream);
    tide_terminal_replace(&terminal, watch->output->stream, frame, &watch->screen_lines);
    free(frame);
}

/* ---- each reading */

static void show(struct watch *watch, const tide_reading *reading) {
    FILE *out = watch->output->stream;
    char time[TIDE_FORMAT_MAX], label[TIDE_FORMAT_MAX + 8];
    snprintf(label, sizeof label, "at %s", when(time, watch, reading));
    if (watch->get->form == TIDE_GET_JSON)
        tide_show_json_sample(out, reading, watch->start_ns, watch->samples_count == 1);
    else if (watch->get->form == TIDE_GET_CSV)
        tide_show_csv(out, reading, watch->start_ns, watch->get->verbose);
    else if (watch->is_live)
        show_frame(watch, reading);
    else
        tide_get_print_text(out, watch->get, label, reading);
    fflush(out);
}

static void begin(struct watch *watch, const tide_reading *first) {
    watch->start_ns = first->time_ns;
    if (watch->get->form == TIDE_GET_JSON)
        tide_show_json_begin(watch->output->stream, "get", watch->get->recursive);
    if (watch->get->form == TIDE_GET_CSV)
        tide_show_csv_heading(watch->output->stream, watch->get->verbose);
}

static bool is_higher(const tide_reading *reading, const tide_reading *than) {
    return reading->measured_count &&
           (!than->measured_count || reading->total.pss_bytes > than->total.pss_bytes);
}

/* What the last turn cost, with showing it, is a hundredth of the next one's time; and so is the time that the reading
 * took, since processes may have waited for it. */
static uint64_t next_gap_ns(struct watch *watch, const tide_reading *reading) {
    uint64_t now_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID), cost_ns = now_ns - watch->spent_ns;
    watch->spent_ns = now_ns;
    if (cost_ns < reading->duration_ns)
        cost_ns = reading->duration_ns;
    return BUDGET * cost_ns > watch->get->gap_ns ? BUDGET * cost_ns : watch->get->gap_ns;
}

/* May keep the rows of `reading` as the peak's; it then has those of an older one. */
static void note(struct watch *watch, tide_reading *reading) {
    watch->samples_count++;
    watch->lost_count += reading->ended_count;
    if (reading->denied_count > watch->denied_count)
        watch->denied_count = reading->denied_count;
    watch->gap_ns = next_gap_ns(watch, reading);
    if (reading->measured_count)
        tide_plot_add(&watch->plot, reading->time_ns, reading->total.pss_bytes);
    show(watch, reading);
    if (watch->samples_count == 1 || is_higher(reading, &watch->peak)) {
        tide_reading older = watch->peak;
        watch->peak = *reading;
        *reading = older;
    }
}

static bool is_alive(const tide_process *process) {
    return process->kind == TIDE_PROCESS_MEASURED || process->kind == TIDE_PROCESS_SHARES ||
           process->kind == TIDE_PROCESS_DENIED;
}

static bool has_living_root(const tide_reading *reading) {
    for (size_t i = 0; i < reading->processes.count; i++)
        if (reading->processes.at[i].depth == 0 && is_alive(&reading->processes.at[i]))
            return true;
    return false;
}

static bool has_reused_root(const tide_reading *reading) {
    for (size_t i = 0; i < reading->processes.count; i++)
        if (reading->processes.at[i].kind == TIDE_PROCESS_REUSED)
            return true;
    return false;
}

/* ---- waiting */

static const tide_process *find(const tide_reading *reading, pid_t pid) {
    for (size_t i = 0; i < reading->processes.count; i++)
        if (reading->processes.at[i].pid == pid)
            return &reading->processes.at[i];
    return NULL;
}

/* A descriptor that tells when the process ends; -1: there is none (before Linux 5.3), or none to spare. */
static int open_end(pid_t pid) {
    struct rlimit most;
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd >= 0 && getrlimit(RLIMIT_NOFILE, &most) == 0 && (rlim_t)fd + SPARE_DESCRIPTORS >= most.rlim_cur) {
        close(fd);
        return -1;
    }
    return fd;
}

/* From now on a root is this very process, and those that were not there are none. The kernel tells when one ends;
 * where it does not, the next reading does. */
static void recognize_roots(struct watch *watch, const tide_reading *first) {
    tide_get *get = watch->get;
    size_t kept = 0;
    *tide_vec_push(&watch->ends) = (struct pollfd){.fd = watch->signals.fd, .events = POLLIN};
    for (size_t i = 0; i < get->roots.count; i++) {
        const tide_process *process = find(first, get->roots.at[i].pid);
        if (!process || !is_alive(process))
            continue;
        int fd = open_end(process->pid);
        if (fd >= 0)
            *tide_vec_push(&watch->ends) = (struct pollfd){.fd = fd, .events = POLLIN};
        get->roots.at[kept++] = (tide_root){process->pid, process->stat.start_ticks};
    }
    get->roots.count = watch->unended_count = kept;
}

static enum ending check_ends(struct watch *watch) {
    if (watch->ends.at[0].revents) {
        while (tide_signals_next(&watch->signals, &(bool){false}))
            ; /* one that is left would kill us when signals are as they were */
        return STOPPED;
    }
    for (size_t i = watch->ends.count; --i > 0;)
        if (watch->ends.at[i].revents) {
            close(watch->ends.at[i].fd);
            watch->ends.at[i] =
                watch->ends.at[--watch->ends.count]; /* ppoll takes no more than may be open */
            watch->unended_count--;
        }
    return watch->unended_count ? GOES_ON : ENDED;
}

/* Until the next reading is due. */
static enum ending wait(struct watch *watch) {
    uint64_t due_ns = clock_ns(CLOCK_MONOTONIC) + watch->gap_ns;
    for (uint64_t now; (now = clock_ns(CLOCK_MONOTONIC)) < due_ns;) {
        struct timespec left = {.tv_sec = (time_t)((due_ns - now) / 1000000000),
                                .tv_nsec = (long)((due_ns - now) % 1000000000)};
        if (ppoll(watch->ends.at, watch->ends.count, &left, NULL) > 0) {
            enum ending ending = check_ends(watch);
            if (ending != GOES_ON)
                return ending;
        }
    }
    return watch->output->failed_errno ? STOPPED : GOES_ON;
}

static enum ending watch_on(struct watch *watch, tide_reading *reading) {
    for (;;) {
        note(watch, reading);
        enum ending ending = wait(watch);
        if (ending != GOES_ON)
            return ending;
        if (!tide_get_read(watch->get, reading))
            return STOPPED;
        if (!has_living_root(reading))
            return has_reused_root(reading) ? REUSED : ENDED;
    }
}

/* ---- the end */

static void put_ending(FILE *out, const char *prefix, const struct watch *watch, enum ending ending) {
    if (ending == STOPPED)
        return;
    for (size_t i = 0; i < watch->get->roots.count; i++)
        fprintf(out, "%sprocess ended: %d%s\n", prefix, (int)watch->get->roots.at[i].pid,
                ending == REUSED ? "; a PID is another process's now" : "");
}

static void put_peak_text(FILE *out, struct watch *watch, enum ending ending) {
    uint64_t duration_ns = clock_ns(CLOCK_MONOTONIC) - watch->start_ns;
    double cpu = (double)clock_ns(CLOCK_PROCESS_CPUTIME_ID) / (double)duration_ns;
    char time[TIDE_FORMAT_MAX], gap[TIDE_FORMAT_MAX], count[TIDE_FORMAT_MAX], label[TIDE_FORMAT_MAX + 16];
    snprintf(label, sizeof label, "Peak, at %s", when(time, watch, &watch->peak));
    fputs(watch->is_live ? "\r\033[K" : "", out); /* "^C" */
    tide_get_print_text(out, watch->get, label, &watch->peak);
    fprintf(out, "%s reading%s in %s, the last every %s, at %.2f %% of a CPU\n",
            tide_format_count(count, watch->samples_count), watch->samples_count == 1 ? "" : "s",
            tide_format_duration(time, duration_ns), tide_format_duration(gap, watch->gap_ns), 100 * cpu);
    put_ending(out, "", watch, ending);
}

/* On stderr: the table stays a table. */
static void say_peak(struct watch *watch, enum ending ending) {
    char time[TIDE_FORMAT_MAX], label[TIDE_FORMAT_MAX + 32];
    snprintf(label, sizeof label, "tidemark: peak, at %s", when(time, watch, &watch->peak));
    tide_show_total(stderr, label, &watch->peak, &watch->get->show);
    put_ending(stderr, "tidemark: ", watch, ending);
}

static void put_peak_json(FILE *out, const struct watch *watch, enum ending ending) {
    tide_show_json_end_samples(out, watch->samples_count, watch->lost_count);
    tide_json_number(out, "gap_ns", watch->gap_ns);
    tide_json_text(out, "end", ending == STOPPED ? "stopped" : "ended");
    tide_show_json_reading(out, "peak", &watch->peak, watch->start_ns);
    fputs("}\n", out);
}

static void tell_end(struct watch *watch, enum ending ending) {
    watch->get->show.rows_max = 0;
    if (watch->get->form == TIDE_GET_JSON)
        put_peak_json(watch->output->stream, watch, ending);
    else if (watch->get->form == TIDE_GET_TEXT)
        put_peak_text(watch->output->stream, watch, ending);
    else
        say_peak(watch, ending);
}

uint32_t tide_get_watch(tide_get *get, tide_output *output, tide_reading *reading) {
    struct watch watch = {.get = get, .output = output, .is_live = tide_terminal_of(output->fd).has_cursor};
    tide_signals_init(&watch.signals);
    recognize_roots(&watch, reading);
    begin(&watch, reading);
    tell_end(&watch, watch_on(&watch, reading));
    tide_signals_fini(&watch.signals);
    tide_vec_free(&watch.ends);
    tide_plot_free(&watch.plot);
    tide_reading_free(&watch.peak);
    return watch.denied_count;
}
