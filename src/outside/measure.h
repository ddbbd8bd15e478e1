/* outside/measure: the memory of the processes that tree.c found. */
#pragma once
#include "outside/tree.h"

/* Fill in kind, method and memory of each row whose kind is MEASURED so far, drop the rows of processes that have ended
 * since they were found, and make the sums. */
void tide_measure(tide_reading *reading);
