/* outside/family: the processes of a run while they come and go: the program, and all that it started. Cheap to look at
 * a thousand times a second, where outside/tree makes one full reading.
 *
 *   look 1    sh 100                            last PID 100
 *   look 2    sh 100 ─ cc 101 ─ as 102          last PID 102: 101 and 102 are new, and their parents are members
 *   look 3    sh 100 ─ as 102 (our child now)   last PID 102: nobody can be new; 101 has ended
 *
 * Who is new is found by number, not by lists of children: PIDs are given out in turn (proc/last_pid). Who loses its
 * parent becomes a child of the tool, the reaper of orphans (PR_SET_CHILD_SUBREAPER), so a member stays a member. A
 * process that is born and ends between two looks is not seen, but its number is: nobody has it, and nobody knows whose
 * it was, a member's, another process's on this machine, or a thread's. */
#pragma once
#include "base/vec.h"
#include "outside/tree.h"
#include "proc/listing.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct tide_family {
    bool recursive; /* false: the program alone */
    TIDE_VEC(tide_root) members;
    pid_t last_pid;    /* at the last look */
    tide_pids unmet;   /* numbers new at the last look that nobody had: it has ended, or is just being made */
    size_t seen_count; /* members that ever were */
    size_t unseen_count;   /* numbers that nobody had in two looks: as many members at most were not seen */
    uint64_t rss_bytes;    /* of all members, at the last look */
    uint64_t faults_count; /* of all that ever were: never falls */
    uint64_t gone_faults_count;
    TIDE_VEC(uint64_t) member_faults_count; /* one for each member, at the last look */
    TIDE_VEC(uint64_t) member_pss_bytes;    /* one for each member, when it was read last; 0: it was not */
} tide_family;

void tide_family_init(tide_family *family, pid_t program, bool recursive);
/* Cost: 7 us for each member and for each process or thread that the machine has started since the last look. */
void tide_family_look(tide_family *family);
/* What a reading says of members, and members that only a reading found. */
void tide_family_learn(tide_family *family, const tide_reading *reading);
/* Of all members, as they were read last. */
uint64_t tide_family_pss_bytes(const tide_family *family);
/* It is about to end: its memory counts no more. It is a member until a look misses it. */
void tide_family_release(tide_family *family, pid_t pid);
void tide_family_fini(tide_family *family);
