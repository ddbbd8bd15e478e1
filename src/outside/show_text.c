#include "base/format.h"
#include "base/text.h"
#include "outside/show.h"
#include <inttypes.h>
#include <stdlib.h>

enum { INDENT_COLUMNS = 2, FIGURE_COLUMNS = 10, EXACT_COLUMNS = 16 };

static char *show_bytes(char out[TIDE_FORMAT_MAX], uint64_t bytes, const tide_show_options *options) {
    if (!options->exact_bytes)
        return tide_format_bytes(out, bytes);
    snprintf(out, TIDE_FORMAT_MAX, "%" PRIu64, bytes);
    return out;
}

static int figure_columns(const tide_show_options *options) {
    return options->exact_bytes ? EXACT_COLUMNS : FIGURE_COLUMNS;
}

/* ---- the tree */

/* What stands in the place of the PSS. */
static char *what_it_is(const tide_process *process, const tide_show_options *options) {
    char pss[TIDE_FORMAT_MAX];
    switch (process->kind) {
    case TIDE_PROCESS_MEASURED:
        return tide_xstrdup(show_bytes(pss, process->memory.pss_bytes, options));
    case TIDE_PROCESS_SHARES:
        return tide_xasprintf("in the memory of %d", (int)process->shares_with);
    case TIDE_PROCESS_ZOMBIE:
        return tide_xstrdup("zombie");
    case TIDE_PROCESS_KERNEL:
        return tide_xstrdup("kernel thread");
    case TIDE_PROCESS_DENIED:
        return tide_xstrdup("permission denied");
    case TIDE_PROCESS_ENDED:
        return tide_xstrdup("no such process");
    case TIDE_PROCESS_REUSED:
        return tide_xstrdup("ended, its PID is another process's");
    }
    return tide_xstrdup("");
}

/* In a list without levels the figures stand below one another. In a tree they follow the PID. */
typedef struct padding {
    int pid_columns, pss_columns;
} padding;

static padding padding_of(const tide_reading *reading, const tide_show_options *options) {
    pid_t highest_pid = 0;
    for (size_t i = 0; i < reading->processes.count; i++) {
        const tide_process *process = &reading->processes.at[i];
        if (process->depth || reading->processes.count == 1)
            return (padding){0};
        highest_pid = process->pid > highest_pid ? process->pid : highest_pid;
    }
    return (padding){snprintf(NULL, 0, "%d", (int)highest_pid), figure_columns(options) - 2};
}

/* "  [101] 60.1 MiB (worker)". Owned (free). */
static char *left_side(const tide_process *process, padding widths, const tide_show_options *options) {
    char *what = what_it_is(process, options), *comm = tide_text_clean(process->stat.comm);
    char *text =
        tide_xasprintf("%*s[%*d] %*s%s%s%s", (int)process->depth * INDENT_COLUMNS, "", widths.pid_columns,
                       (int)process->pid, process->kind == TIDE_PROCESS_MEASURED ? widths.pss_columns : 0,
                       what, *comm ? " (" : "", comm, *comm ? ")" : "");
    free(what);
    free(comm);
    return text;
}

static void put_figure(FILE *out, uint64_t bytes, const char *mark, const tide_show_options *options) {
    char figure[TIDE_FORMAT_MAX], marked[TIDE_FORMAT_MAX + 1];
    snprintf(marked, sizeof marked, "%s%s", mark, show_bytes(figure, bytes, options));
    fprintf(out, "%*s", figure_columns(options), marked);
}

static void put_row(FILE *out, const char *left, size_t columns, const tide_process *process,
                    const tide_show_options *options) {
    const tide_proc_smaps_rollup *memory = &process->memory;
    fputs(left, out);
    int blanks = (int)(columns - tide_text_columns(left));
    if (process->kind == TIDE_PROCESS_MEASURED) {
        fprintf(out, "%*s", blanks, "");
        put_figure(out, memory->private_bytes, "", options);
        put_figure(out, memory->shared_bytes, "", options);
        put_figure(out, memory->rss_bytes, "", options);
        put_figure(out, memory->swap_bytes, "", options);
    } else if (process->kind == TIDE_PROCESS_DENIED && process->stat.rss_bytes) {
        fprintf(out, "%*s", blanks + 2 * figure_columns(options), "");
        put_figure(out, process->stat.rss_bytes, "~", options);
    }
    putc('\n', out);
}

static void put_rest(FILE *out, const tide_reading *reading, size_t first, const tide_show_options *options) {
    char pss[TIDE_FORMAT_MAX], count[TIDE_FORMAT_MAX];
    uint64_t pss_bytes = 0, denied_count = 0;
    for (size_t i = first; i < reading->processes.count; i++) {
        pss_bytes += reading->processes.at[i].memory.pss_bytes;
        denied_count += reading->processes.at[i].kind == TIDE_PROCESS_DENIED;
    }
    tide_format_count(count, reading->processes.count - first);
    fprintf(out, "%s %s more: %s", options->is_unicode ? "…" : "...", count,
            show_bytes(pss, pss_bytes, options));
    if (denied_count)
        fprintf(out, ", and permission denied to %s", tide_format_count(count, denied_count));
    putc('\n', out);
}

void tide_show_tree(FILE *out, const tide_reading *reading, const tide_show_options *options) {
    static const char heading[] = "PSS by process";
    size_t count = reading->processes.count, columns = sizeof heading - 1;
    size_t shown = options->rows_max && options->rows_max < count ? options->rows_max : count;
    padding widths = padding_of(reading, options);
    char **lefts = tide_xcalloc(shown + 1, sizeof *lefts);
    for (size_t i = 0; i < shown; i++) {
        lefts[i] = left_side(&reading->processes.at[i], widths, options);
        size_t needed = tide_text_columns(lefts[i]);
        columns = needed > columns ? needed : columns;
    }
    int figure = figure_columns(options);
    fprintf(out, "%-*s%*s%*s%*s%*s\n", (int)columns, heading, figure, "private", figure, "shared", figure,
            "RSS", figure, "swap");
    for (size_t i = 0; i < shown; i++) {
        put_row(out, lefts[i], columns, &reading->processes.at[i], options);
        free(lefts[i]);
    }
    free(lefts);
    if (shown < count)
        put_rest(out, reading, shown, options);
}

/* ---- the sum */

/* What shared pages would count several times in is left out of a sum of several processes. */
void tide_show_total(FILE *out, const char *label, const tide_reading *reading,
                     const tide_show_options *options) {
    const tide_proc_smaps_rollup *total = &reading->total;
    char pss[TIDE_FORMAT_MAX], private[TIDE_FORMAT_MAX], shared[TIDE_FORMAT_MAX], rss[TIDE_FORMAT_MAX];
    char swap[TIDE_FORMAT_MAX], count[TIDE_FORMAT_MAX];
    if (!reading->measured_count)
        return;
    fprintf(out, "%s: %s PSS", label, show_bytes(pss, total->pss_bytes, options));
    if (reading->measured_count == 1)
        fprintf(out, " (private %s, shared %s, RSS %s, swap %s)\n",
                show_bytes(private, total->private_bytes, options),
                show_bytes(shared, total->shared_bytes, options), show_bytes(rss, total->rss_bytes, options),
                show_bytes(swap, total->swap_pss_bytes, options));
    else
        fprintf(out, " in %s processes (private %s, swap %s)\n",
                tide_format_count(count, reading->measured_count),
                show_bytes(private, total->private_bytes, options),
                show_bytes(swap, total->swap_pss_bytes, options));
}

void tide_show_remarks(FILE *out, const tide_reading *reading) {
    char bytes[TIDE_FORMAT_MAX];
    if (reading->ended_count)
        fprintf(out, "%u process%s ended while measuring, and %s not in the total\n", reading->ended_count,
                reading->ended_count == 1 ? "" : "es", reading->ended_count == 1 ? "is" : "are");
    if (reading->total.hugetlb_bytes)
        fprintf(out, "%s in explicit huge pages, which PSS leaves out\n",
                tide_format_bytes(bytes, reading->total.hugetlb_bytes));
    if (reading->guessed_count)
        fprintf(
            out,
            "%u process%s in the memory of a parent that waits in vfork, by the look of it: kcmp is refused\n",
            reading->guessed_count, reading->guessed_count == 1 ? " is" : "es are");
}
