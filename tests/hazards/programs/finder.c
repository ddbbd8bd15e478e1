/* A library that opens another one by its bare name, found by this library's own RUNPATH and by nobody else's. */
#include <dlfcn.h>
#include <stddef.h>

void *finder_open(const char *name);

void *finder_open(const char *name) {
    return dlopen(name, RTLD_NOW | RTLD_LOCAL);
}
