/* track/environment: the two variables that brought the tracker here, and the ledger they lead to. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Ask the tool named in the environment for a ledger. Returns a descriptor (owned: close it), or -errno: -ENOENT when
 * no tool is named. `*ret_options`: TIDE_OPTION_*. Waits at most TIDE_HELLO_TIMEOUT_MS. See ledger/hello.h. */
int tide_environment_ask_ledger(uint32_t *ret_options);

/* Remember both variables, for tide_environment_pass. */
void tide_environment_keep(void);

/* Take both variables out of the environment again, LD_PRELOAD to the letter as it was. Children get what they would
 * have got without Tidemark; also through main's envp, since the same array is edited. */
void tide_environment_restore(void);

/* What exec passes on, so that the next program in this process is recorded: `envp` and both variables, unless it has
 * them. Lives in `room`, of so many bytes; `envp` itself when nothing is known to add. Allocates nothing. */
size_t tide_environment_passed_bytes(char *const envp[]);
char *const *tide_environment_pass(void *room, char *const envp[]);
