/* actor/world: what schedulers do together: sleep and wake, come to rest, stand still.
 *
 * Nothing is lost when a scheduler sleeps. An actor becomes ready on a scheduler, which is awake and runs it itself
 * unless it is stolen before; or by a foreign thread, which puts it into the list of ready actors, under the lock
 * under which schedulers look once more before they sleep. To wake another scheduler is a matter of speed only, so
 * the deques need no fence: a scheduler that has more than one actor waiting wakes one that sleeps, if it sees one;
 * and those that sleep while others work look up after 1, 2, 4, then every 8 ms, for an actor that waits alone
 * behind a long handler. Of those that sleep when nobody works, one is told as soon as somebody does.
 *
 * The world is at rest when all schedulers sleep, no actor is in the list and no timer is armed.
 * It stands still when one thread has asked for it, and all schedulers but that thread's sleep or wait between
 * batches. */
#pragma once
#include "actor/scheduler.h"

enum { TIDE_ATTEND_STOP = 1, TIDE_ATTEND_STILL = 2 };

typedef struct tide_world {
    pthread_mutex_t lock;          /* protects all that follows; atomics are looked at without */
    pthread_cond_t rest;           /* the world may have come to rest */
    pthread_cond_t still;          /* a scheduler has come to stand still, or it is over */
    _Atomic unsigned attention;    /* TIDE_ATTEND_…: schedulers come by between two batches */
    _Atomic unsigned asleep_count; /* and not woken yet */
    tide_scheduler *asleep;
    unsigned idle_count;          /* have found nothing: asleep, or just woken */
    unsigned waiting_count;       /* stand still, and are not idle */
    _Atomic unsigned ready_count; /* in the list: foreign threads have woken them */
    tide_cell *first_ready, *last_ready;
    unsigned armed_count; /* timers */
} tide_world;

extern tide_world tide_the_world;

int tide_world_init(void);
void tide_world_fini(void);

/* A foreign thread has woken an actor; or there is no room in a deque. */
void tide_world_ready(tide_cell *cell);
/* The oldest that foreign threads have woken; NULL: none. */
tide_cell *tide_world_take(void);

/* Wake a scheduler, if one sleeps. */
void tide_world_wake(void);
/* There was nothing to do. Returns when there may be something; sooner and sooner not, as `naps` grows. */
void tide_world_sleep(tide_scheduler *scheduler, unsigned *naps);
/* Somebody wants attention. True: the thread shall end. */
bool tide_world_attend(void);
/* Let all threads end. */
void tide_world_stop(void);

/* Until tide_world_go_on, no scheduler runs an actor, and no foreign thread is inside. `here`: the caller's; NULL. */
void tide_world_stand_still(const tide_scheduler *here);
void tide_world_go_on(const tide_scheduler *here);

/* Wait until the world is at rest. */
void tide_world_wait_for_rest(void);
/* Timers: one more is armed, or one fewer. */
void tide_world_arm(int change);
