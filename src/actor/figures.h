/* actor/figures: what one actor, one scheduler or all of it weighs, asked by any thread. */
#pragma once
#include "actor/scheduler.h"

/* Of the actor that has the cell now, whichever it is. Returns 0 or -ESTALE: there is none. */
int tide_cell_figures(const tide_cell *cell, tide_actor_figures *ret_figures);

/* `scheduler` is in range. */
tide_sched_figures tide_scheduler_figures(const tide_scheduler *scheduler);

TIDE_HOT void tide_figures_add(tide_figures *sum, tide_figures more) {
    sum->used_bytes += more.used_bytes;
    sum->allocated_bytes += more.allocated_bytes;
}
