/* outside/family: the processes of a run while they come and go: the program, and all that it started. Cheap to look at
 * a thousand times a second, where outside/tree makes one full reading.
 *
 *   look 1    sh 100                            last PID 100
 *   look 2    sh 100 ─ cc 101 ─ as 102          last PID 102: 101 and 102 are new, and their parents are members
 *   look 3    sh 100 ─ as 102 (our child now)   last PID 102: nobody can be new; 101 has ended
 *
 * Who is new is found by number, not by lists of children: PIDs are given out in turn (proc/last_pid). Who loses its
 * parent becomes a child of the tool, the reaper of orphans (PR_SET_CHILD_SUBREAPER), so a member stays a member. A
 * process that is born and ends between two looks is not seen. */
#pragma once
#include "base/vec.h"
#include "outside/tree.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct tide_family {
    bool recursive; /* false: the program alone */
    TIDE_VEC(tide_root) members;
    pid_t last_pid; /* at the last look */
    pid_t
        settled_pid; /* at the one before: a process that is just being made has a number and is not there yet */
    size_t seen_count;     /* members that ever were */
    uint64_t rss_bytes;    /* of all members, at the last look */
    uint64_t faults_count; /* of all that ever were: never falls */
    uint64_t gone_faults_count;
    TIDE_VEC(uint64_t) member_faults_count; /* one for each member, at the last look */
} tide_family;

void tide_family_init(tide_family *family, pid_t program, bool recursive);
/* Cost: 7 us for each member and for each process or thread that the machine has started since the last look. */
void tide_family_look(tide_family *family);
/* Members that only a full reading found. */
void tide_family_learn(tide_family *family, const tide_reading *reading);
void tide_family_fini(tide_family *family);
