/* report/selection: which sites are asked for, and what each weighs under the view. */
#pragma once
#include "heap/tree.h"
#include "report/names.h"
#include "report/report.h"

typedef struct tide_selection {
    TIDE_VEC(bool) is_selected;         /* per site: its thread and a frame of its stack are asked for */
    TIDE_VEC(tide_weight) heap, mapped; /* per site; zero when not selected or of the other sort */
    tide_weight heap_sum, mapped_sum;
} tide_selection;

/* -ENOENT: no thread is called or numbered so; `err` lists what there is. -ENODATA: an imported file does not have what
 * the view is of. */
int tide_selection_init(tide_selection *selection, const tide_recording *recording, const tide_names *names,
                        const tide_report_options *options, tide_err *err);
void tide_selection_free(tide_selection *selection);

/* False: who measured (info.source) did not record what the view is of. */
bool tide_selection_knows(const tide_recording *recording, enum tide_view view);

typedef TIDE_VEC(uint32_t) tide_site_list;
/* Every site that is asked for, whatever it weighs: the heaviest first. Owned (tide_vec_free). */
tide_site_list tide_selection_order(const tide_selection *selection);
/* What the sites of the heap that are asked for weigh under another view: one in `ret` for each site. */
void tide_selection_weigh_all(const tide_selection *selection, const tide_heap *heap, enum tide_view view,
                              tide_weight *ret);
tide_weight tide_selection_weigh(enum tide_view view, const tide_counts *counts);
