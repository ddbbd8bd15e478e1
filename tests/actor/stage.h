/* tests/actor/stage: what the tests of actors have in common: a runtime to act in, actors that do as they are told,
 * and what has to hold of all figures at all times. */
#pragma once
#include "check.h"
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <tidemark/actor.h>

/* cmocka's assertions jump to where the test began, which a handler on another thread cannot do. These end the
 * program. */
#undef assert_true
#undef assert_int_equal
#undef assert_int_not_equal
#undef assert_ptr_equal
#undef assert_memory_equal
#define assert_int_equal(a, b) stage_equal((uint64_t)(a), (uint64_t)(b), #a " == " #b, __FILE__, __LINE__)
#define assert_true(condition) stage_equal((condition), true, #condition, __FILE__, __LINE__)
#define assert_int_not_equal(a, b) assert_true((a) != (b))
#define assert_ptr_equal(a, b) assert_true((a) == (b))
#define assert_memory_equal(a, b, bytes) assert_true(!memcmp(a, b, bytes))
void stage_equal(uint64_t a, uint64_t b, const char *what, const char *file, int line);

/* What an actor is asked to do, on its thread; `message` is the one that asks. */
typedef void (*stage_act)(void *argument, const tide_message *message);

/* Does what it is asked; leaves alone all other messages. */
extern const tide_actor_type stage_hand;

void stage_begin(unsigned scheduler_count);
void stage_end(void); /* after everything has come to rest */

tide_actor stage_create(const tide_actor_type *type);
void stage_ask(tide_actor hand, stage_act act, void *argument, sem_t *done);
/* The same; returns when it is done, and the world at rest. */
void stage_do(tide_actor hand, stage_act act, void *argument);
/* Have an actor wait, in its handler, until stage_release; one at a time. Returns when it does. */
void stage_hold(tide_actor hand);
void stage_release(void);

tide_actor_figures stage_figures(tide_actor actor);
/* An exact snapshot that adds up: owned (tide_snapshot_free). */
tide_snapshot *stage_snapshot(void);
