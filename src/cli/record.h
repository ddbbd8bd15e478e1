/* cli/record: a session as all commands run it that start a program with the tracker in it. */
#pragma once
#include "launch/session.h"

/* Run it and tell on stderr what came of it, unless `quiet`; the words for the user (say, progress, tool_version) are
 * filled in here. Returns the exit status: the program's own, or TIDE_EXIT_OK when the start was called off. */
int tide_record_session(tide_session_options options, bool quiet);
