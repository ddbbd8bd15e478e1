/* import/building: stacks given as texts, put into a recording's tables. Private to this folder. */
#pragma once
#include "import/import.h"

typedef struct tide_building {
    tide_recording *out;
    tide_strings texts;   /* of frames; number k is code k - 1 */
    tide_strings modules; /* paths; number k is module k - 1 */
    tide_map nodes;       /* parent, code -> node */
    tide_map sites;       /* node -> site */
} tide_building;

/* An empty recording with one thread, whose name is not known. */
void tide_building_init(tide_building *building, tide_recording *out, uint32_t source);
void tide_building_free(tide_building *building);

/* The code of a frame as Valgrind's tools write it: "0x4011B6: parse (parse.c:80)", "0x77A9: ??? (in libz.so.1)". */
uint32_t tide_building_code(tide_building *building, const char *text);
/* The node of `code` when `parent` calls it. */
uint32_t tide_building_node(tide_building *building, uint32_t parent, uint32_t code);
/* The counts of what is allocated at `node`; zero at first. Valid until the next call. */
tide_counts *tide_building_site(tide_building *building, uint32_t node);

int tide_import_dhat(tide_building *into, const char *path, tide_err *err);   /* dhat.c */
int tide_import_massif(tide_building *into, const char *path, tide_err *err); /* massif.c */
