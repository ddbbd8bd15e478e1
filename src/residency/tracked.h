/* residency/tracked: the ledger of a process that runs under Tidemark.
 *
 *   process 100   maps /memfd:tidemark-ledger, inode 815
 *   tool 99       has a descriptor of inode 815: its parent as a rule, or who else may be looked at
 *                 /proc/99/fd/7 is opened, read-only; nobody is asked, and nobody notices */
#pragma once
#include "heap/ledger_reader.h"
#include "residency/account.h"

/* `*ret` is owned (tide_ledger_free). -ENOENT: it is not tracked. Else a negative errno, and in `err` why its ledger
 * cannot be opened. Cost: 20 us for each process that has to be searched. */
int tide_tracked_open(tide_ledger **ret, const tide_account *account, tide_err *err);
