/* report/names: what every code of a recording is called, for people.
 *
 *   code ──► places, innermost first ──► function ──► name "parse(char const*)", module "libfoo.so.1"
 *            place = function, file, line
 *
 * Functions are the same when name and module are; without a name, a function is its address ("libfoo.so.1+0x1234").
 * All texts are fit for a terminal: no control characters, valid UTF-8. */
#pragma once
#include "heap/tree.h"
#include "recording/recording.h"

typedef struct tide_function {
    uint32_t name;   /* in names.strings */
    uint32_t module; /* in names.strings, the file's name without folders; 0: none */
    bool has_name;   /* else `name` is its address, or what there is instead of one */
    bool is_wrapper; /* only passes allocations on: operator new, std::allocator, … */
} tide_function;

typedef struct tide_place {
    uint32_t function;
    uint32_t file, line; /* file in names.strings; 0: not known */
} tide_place;

typedef TIDE_VEC(uint32_t) tide_names_seen;

typedef struct tide_names {
    tide_strings strings;
    TIDE_VEC(tide_function) functions;
    TIDE_VEC(tide_place) places;
    TIDE_VEC(uint32_t) frames;         /* place of each frame of each code, innermost first */
    TIDE_VEC(tide_item_range) of_code; /* of `frames`; at least one each */
    TIDE_VEC(uint32_t) function_of;    /* place -> function, as heap/tree wants it */
    TIDE_VEC(bool) is_wrapper;         /* place -> its function's */

    /* What was seen before, by the recording's own indices; TIDE_NONE: not yet. Private to names.c. */
    tide_names_seen demangled, file_of; /* symbols.strings -> strings */
    tide_names_seen module_of;          /* heap.strings -> strings */
    tide_map by_function;               /* name, module -> function */
    tide_map by_place;                  /* function, file and line by way of `by_spot` -> place */
    tide_map by_spot;                   /* file, line -> small integer */
} tide_names;

/* Cost: one demangling for each distinct name. `recording` is only needed for the call. */
void tide_names_init(tide_names *names, const tide_recording *recording);
/* Name the codes from `first_code` on, those of earlier calls for the same, grown recording anew. Functions and places
 * keep their indices. */
void tide_names_update(tide_names *names, const tide_recording *recording, uint32_t first_code);
void tide_names_free(tide_names *names);
/* The codes' frames as items of a tree: places. Borrowed from `names`. */
tide_items tide_names_items(const tide_names *names);

const char *tide_names_function(const tide_names *names, uint32_t function);
/* The place that allocates on the stack of `node`: its innermost frame that is no wrapper. TIDE_NONE: no stack. */
uint32_t tide_names_own_place(const tide_names *names, const tide_heap *heap, uint32_t node);
/* "file.c:12", "file.c", "libfoo.so.1" when only that is known, or "" when the name says that already. Owned (free). */
char *tide_names_where(const tide_names *names, uint32_t place);
