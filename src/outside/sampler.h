/* outside/sampler: when to look at a program, and when a look is worth a reading of PSS. Pure arithmetic on times,
 * costs and figures, no clock of its own.
 *
 *   look      RSS and page faults, from /proc/PID/stat   7 us a process    every 1 ms while something moves, or eight
 *                                                                          times what it costs; at rest so slowly that
 *                                                                          looks take 0.25 to 0.5 % of a CPU
 *   reading   PSS, from /proc/PID/smaps_rollup           8 ms a GiB; mmap  when PSS can be higher than ever
 *                                                        waits meanwhile
 *
 * PSS is never above RSS: while the sum of RSS is below the best PSS, no reading can be better. RSS alone does not
 * tell, since copy on write after a fork raises PSS and leaves RSS; page faults show it, one for each page (a huge
 * page is split before it is copied, since Linux 5.8; one that is new shows in RSS). So what PSS can have gained is
 * what RSS is above the best PSS, and no more than RSS or faults have moved since the last reading. A reading is due
 * when that is a share of the best PSS, or when it is anything much and nothing moves any more. A heartbeat comes on
 * top, from what is saved beyond the advance: a sharer outside that ends raises PSS without a fault.
 *
 * What it may cost: 1 % of a CPU, saved up to 200 ms. 100 ms are there in advance, and are paid back at rest. While
 * something moves, what has to be gained for a reading is its cost as a share of the savings, so that they are not used
 * up by the first half of a growth. What has come to rest is read at once, on credit if need be. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct tide_look {
    uint64_t time_ns;                 /* since any moment, growing */
    uint64_t cpu_ns;                  /* what watching has cost so far: CPU time */
    uint64_t rss_bytes, faults_count; /* of all processes watched; faults never fall */
} tide_look;

typedef struct tide_sampler {
    tide_look last;
    int64_t saved_ns;      /* CPU time that may be spent; below 0: a reading was on credit */
    uint64_t look_gap_ns;  /* until the next look */
    uint64_t look_cost_ns; /* of the last look without a reading */
    uint64_t moved_ns;     /* when something moved last */

    bool has_read; /* of the last reading: */
    uint64_t read_ns, read_cost_ns, read_rss_bytes, read_faults_count;
    uint64_t best_pss_bytes;
} tide_sampler;

void tide_sampler_init(tide_sampler *sampler, uint64_t time_ns, uint64_t cpu_ns);
/* True: read PSS now, and call tide_sampler_read. */
bool tide_sampler_look(tide_sampler *sampler, const tide_look *look);
/* What the reading that the last look asked for has found, and what it cost. */
void tide_sampler_read(tide_sampler *sampler, uint64_t pss_bytes, uint64_t cost_ns);
