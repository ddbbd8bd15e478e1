/* report/frame_texts: frames as Valgrind's tools write them, each distinct text once.
 *
 *   code +0x12ff of shop ─► "0x12FE: parse (/src/parse.c:80)"
 *   without line              "0x12FE: parse (in shop)"
 *   without name              "0x12FE: ??? (in shop)"           addresses are those of the call, as in the file */
#pragma once
#include "report/names.h"

typedef struct tide_frame_texts {
    tide_strings strings;        /* [0] is none */
    TIDE_VEC(uint32_t) of_frame; /* per names->frames, into strings */
    TIDE_VEC(bool) is_wrapper;   /* per string */
} tide_frame_texts;

void tide_frame_texts_init(tide_frame_texts *texts, const tide_names *names, const tide_heap *heap);
void tide_frame_texts_free(tide_frame_texts *texts);
/* The codes' frames as items of a tree: strings. Borrowed from `texts` and `names`. */
tide_items tide_frame_texts_items(const tide_frame_texts *texts, const tide_names *names);
