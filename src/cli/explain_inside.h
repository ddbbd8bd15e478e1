/* cli/explain_inside: what `explain` adds of a tracked program: its ledger read, joined with its pages, and named. */
#pragma once
#include "report/names.h"
#include "residency/inside.h"
#include "residency/show.h"

typedef struct tide_explain_row { /* of all sites that allocate in one place of the source */
    uint32_t place;               /* of names; TIDE_NONE: a stack that is not known */
    bool is_mapping;
    tide_inside_site sum;
} tide_explain_row;

typedef struct tide_explain_inside {
    tide_recording recording; /* heap and symbols only */
    tide_names names;
    tide_inside inside;
    TIDE_VEC(tide_explain_row) rows; /* most resident first */
} tide_explain_inside;

/* Fills `*ret`, zeroed; freed with tide_explain_inside_free. -ENOENT: it is not tracked. */
int tide_explain_inside_read(tide_explain_inside *ret, const tide_account *account, tide_err *err);
void tide_explain_inside_free(tide_explain_inside *inside);

void tide_explain_inside_show(FILE *out, const tide_explain_inside *inside,
                              const tide_explain_options *options);
void tide_explain_inside_show_json(FILE *out, const tide_explain_inside *inside); /* ,\n"inside": {…} */
