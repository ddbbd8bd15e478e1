/* A program in C that opens a plugin in C++: operator new comes with it.
 *
 * Usage: c_host PLUGIN */
#include "truth.h"
#include <dlfcn.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    void *plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    int (*run)(void) = plugin ? (int (*)(void))dlsym(plugin, "run_cxx_plugin") : NULL;
    if (!run)
        return 3;
    int status = run();
    truth("in_cxx_plugin", "malloc", 2 * (24 + 320 + 1000), 24, 24 + 320 + 1000, 12);
    return status;
}
