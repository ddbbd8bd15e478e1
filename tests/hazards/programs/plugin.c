/* One of two libraries of the same layout, whose functions differ in name only. NAME is one letter. */
#include <stdlib.h>

#define JOIN_(a, b, c) a##b##c
#define JOIN(a, b, c) JOIN_(a, b, c)
#define MAKE JOIN(plugin_, NAME, _make)

void *MAKE(size_t bytes);
void *plugin_make(size_t bytes);

__attribute__((noinline)) void *MAKE(size_t bytes) {
    return malloc(bytes);
}
void *plugin_make(size_t bytes) {
    return MAKE(bytes);
}
