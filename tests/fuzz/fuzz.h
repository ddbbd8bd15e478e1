/* tests/fuzz: what the readers make of bytes that nobody wrote for them.
 *
 *   recording.c, ledger.c       one target each: LLVMFuzzerTestOneInput, which aborts when a promise is broken
 *   *_seeds.c                   inputs that make sense, for a start
 *   corpus/                     inputs that were found by fuzzing, and every one that ever failed
 *   replay.c                    all of these, whole, cut and with wrong bits: a test for every compiler
 *
 * To look for more, with clang: `ninja -C build-clang tests/fuzz/fuzz_recording`, then that program with the folders
 * tests/fuzz/corpus/recording and one for seeds, from `tests/fuzz/replay_recording --write FOLDER`. */
#pragma once
#include "base/buffer.h"
#include "heap/heap.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); /* NOLINT(readability-identifier-naming) */

/* Seed number `index`; owned (tide_buffer_free). False: there are no more. */
bool fuzz_seed(unsigned index, tide_buffer *ret);

/* Follow every index in the tables; abort when one leads nowhere. */
void fuzz_check_heap(const tide_heap *heap);
