/* report/given: what a program said of itself: its owners, its sections, its ad-hoc events. */
#pragma once
#include "recording/recording.h"

struct tide_report; /* report/page.h */

/* A table each, after an empty line; nothing when there are none. */
void tide_given_print_owners(const struct tide_report *report);
void tide_given_print_sections(const struct tide_report *report);
void tide_given_print_events(const struct tide_report *report);

/* Ad-hoc events in the place of allocations: a weight of 1 is a byte, an event a block, and all are freed. False: there
 * are none. */
bool tide_given_take_events(tide_recording *recording);
