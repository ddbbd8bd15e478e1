/* track/environment: the two variables that brought the tracker here, and the ledger they lead to. */
#pragma once
#include <stdint.h>

/* Ask the tool named in the environment for a ledger. Returns a descriptor (owned: close it), or -errno: -ENOENT when
 * no tool is named. `*ret_options`: TIDE_OPTION_*. Waits at most TIDE_HELLO_TIMEOUT_MS. See ledger/hello.h. */
int tide_environment_ask_ledger(uint32_t *ret_options);

/* Take both variables out of the environment again, LD_PRELOAD to the letter as it was. Children get what they would
 * have got without Tidemark; also through main's envp, since the same array is edited. */
void tide_environment_restore(void);
