/* tests/unit/recording_model: a made-up program's memory that grows step by step, from a seed, and what a recording of
 * it has to say. */
#pragma once
#include "base/buffer.h"
#include "recording/recording.h"

typedef struct model_moment {
    tide_totals totals;
    TIDE_VEC(tide_counts) counts; /* of every site there was */
} model_moment;

typedef struct model {
    uint64_t random;
    tide_info info;
    tide_heap heap;
    tide_symbols symbols;
    tide_end end;
    TIDE_VEC(tide_sample) samples;
    TIDE_VEC(model_moment) moments;
} model;

void model_init(model *program, uint64_t seed);
void model_free(model *program);
uint64_t model_random(model *program, uint64_t below);
/* Time passes: new rows (up to `growth` in each table), counts of some sites change, a thread may end. */
void model_step(model *program, unsigned growth);
/* Steps, samples, symbols and the end, into a file in memory; `ret` is its content, owned (tide_buffer_free). */
void model_record(model *program, unsigned steps, unsigned growth, tide_buffer *ret);

/* Asserts that `recording` says all that `program` did; with moments when it was read with them. */
void model_check(const model *program, const tide_recording *recording);

/* A file in memory and a path to it that a writer can open with force. Close `*ret_fd`. */
void memory_file(int *ret_fd, char ret_path[64]);
void read_back(int fd, tide_buffer *ret);
