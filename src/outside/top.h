/* outside/top: all processes of the system, or of this PID namespace, by the memory that each has. */
#pragma once
#include "outside/tree.h"

/* As tide_tree_read, with the processes that have memory of their own and may be read by PSS, the others by the RSS
 * that bounds it, largest first. Zombies, kernel threads and sharers of another's address space have no row. */
int tide_top_read(tide_reading *ret);
