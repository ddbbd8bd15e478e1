#include "report/diff.h"
#include "report/page.h"

/* The page's words and figures, for one that has no recording of its own. */
static tide_report page_of(FILE *out, const tide_diff *diff) {
    return (tide_report){.out = out, .options = diff->options, .recording = diff->after.recording};
}

static char *signed_text(char *text, bool is_less, bool is_zero) {
    char *whole = tide_xasprintf("%s%s", is_zero ? "" : is_less ? "-" : "+", text);
    free(text);
    return whole;
}

static char *change_text(const tide_report *page, uint64_t before, uint64_t after) {
    uint64_t amount = after < before ? before - after : after - before;
    return signed_text(tide_page_amount(page, amount), after < before, !amount);
}

static char *count_change(uint64_t before, uint64_t after) {
    uint64_t count = after < before ? before - after : after - before;
    return signed_text(tide_page_count(count), after < before, !count);
}

/* "+12.5%"; "new" and "gone" where there is nothing to compare with. */
static char *percent_text(uint64_t before, uint64_t after) {
    if (!before || !after || before == after)
        return tide_xstrdup(before == after ? "" : before ? "gone" : "new");
    double percent = 100.0 * ((double)after - (double)before) / (double)before;
    return percent > 999 ? tide_xasprintf("x%.0f", (double)after / (double)before)
                         : tide_xasprintf("%+.1f%%", percent);
}

static void print_side(const tide_report *page, const char *which, const tide_diff_side *side) {
    char *path = tide_text_clean(side->path), *command = tide_text_clean(side->recording->info.command),
         *measured = tide_page_measured(side->recording);
    tide_page_line(page, 7, "  %s  %s: %s, measured %s", which, path, command, measured);
    free(path);
    free(command);
    free(measured);
}

static void print_rows(const tide_report *page, const tide_diff_part *part, size_t shown) {
    static const tide_grid_column columns[] = {
        {"change", TIDE_GRID_FIGURE},      {"", TIDE_GRID_FIGURE},
        {"old", TIDE_GRID_FIGURE},         {"new", TIDE_GRID_FIGURE},
        {"allocations", TIDE_GRID_FIGURE}, {"function", TIDE_GRID_FUNCTION},
        {"where", TIDE_GRID_PATH},
    };
    tide_grid grid = {.columns = columns, .column_count = sizeof columns / sizeof *columns};
    for (size_t i = 0; i < shown; i++) {
        const tide_diff_row *row = &part->rows.at[i];
        tide_grid_put(&grid, change_text(page, row->before.amount, row->after.amount));
        tide_grid_put(&grid, percent_text(row->before.amount, row->after.amount));
        tide_grid_put(&grid, tide_page_amount(page, row->before.amount));
        tide_grid_put(&grid, tide_page_amount(page, row->after.amount));
        tide_grid_put(&grid, part->has_blocks ? count_change(row->before.blocks, row->after.blocks)
                                              : tide_xstrdup("?"));
        tide_grid_put(&grid, tide_xstrdup(row->function));
        tide_grid_put(&grid, tide_xstrdup(row->where));
    }
    tide_grid_print(&grid, page->out, page->options->width_columns, &page->options->style);
    tide_grid_free(&grid);
}

/* What the rows add up to: those that grew, those that shrank, and what is not shown of them. */
static void print_sums(const tide_report *page, const tide_diff_part *part, size_t shown, size_t changed) {
    tide_weight hidden_before = {0}, hidden_after = {0};
    uint64_t grown = 0, shrunk = 0;
    for (size_t i = 0; i < changed; i++) {
        const tide_diff_row *row = &part->rows.at[i];
        grown += row->after.amount > row->before.amount ? row->after.amount - row->before.amount : 0;
        shrunk += row->after.amount < row->before.amount ? row->before.amount - row->after.amount : 0;
        if (i >= shown) {
            hidden_before.amount += row->before.amount;
            hidden_after.amount += row->after.amount;
        }
    }
    char *more = tide_page_amount(page, grown), *less = tide_page_amount(page, shrunk),
         *sum = change_text(page, part->before.amount, part->after.amount),
         *hidden = change_text(page, hidden_before.amount, hidden_after.amount),
         *same = tide_page_count(part->rows.count - changed), *rest = tide_page_count(changed - shown);
    if (changed > shown)
        tide_page_line(page, 2, "\n  %s further changed, by %s together (--limit 0)", rest, hidden);
    tide_page_line(page, 2, "\n  together %s: %s more, %s less; %s function%s as before", sum, more, less,
                   same, part->rows.count - changed == 1 ? " is" : "s are");
    free(more);
    free(less);
    free(sum);
    free(hidden);
    free(same);
    free(rest);
}

static void print_part(const tide_report *page, const char *title, const tide_diff_part *part,
                       uint32_t by_default) {
    size_t changed = 0;
    while (changed < part->rows.count &&
           part->rows.at[changed].before.amount != part->rows.at[changed].after.amount)
        changed++;
    uint32_t limit = tide_page_limit(page, by_default);
    size_t shown = changed < limit ? changed : limit;
    char *before = tide_page_amount(page, part->before.amount),
         *after = tide_page_amount(page, part->after.amount),
         *change = change_text(page, part->before.amount, part->after.amount),
         *percent = percent_text(part->before.amount, part->after.amount);
    tide_page_line(page, 2, "\n%s: from %s to %s, %s%s%s%s", title, before, after,
                   part->before.amount == part->after.amount ? "as before" : change, *percent ? " (" : "",
                   percent, *percent ? ")" : "");
    if (shown) {
        putc('\n', page->out);
        print_rows(page, part, shown);
    }
    if (changed)
        print_sums(page, part, shown, changed);
    free(before);
    free(after);
    free(change);
    free(percent);
}

void tide_diff_table_print(FILE *out, const tide_diff *diff) {
    tide_report page = page_of(out, diff);
    print_side(&page, "old", &diff->before);
    print_side(&page, "new", &diff->after);
    print_part(&page, tide_page_view_title(diff->options->view), &diff->heap, 20);
    if (diff->mapped.before.amount || diff->mapped.after.amount)
        print_part(&page, "Mapped by the program itself, beside the heap", &diff->mapped, 5);
}
