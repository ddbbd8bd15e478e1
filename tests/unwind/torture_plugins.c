/* Two libraries with the same functions at the same places, of which the frames differ. */
#include "torture.h"
#include <dlfcn.h>
#include <stdio.h>

typedef void plugin_call(void (*callback)(int), int depth);

int torture_plugins(const char *const paths[2], int depth) {
    static uintptr_t places[2];
    int did_coincide = 0;
    for (int i = 0; i < 4; i++) {
        torture_in_allocator = 1;
        void *plugin = dlopen(paths[i & 1], RTLD_LAZY | RTLD_LOCAL);
        torture_in_allocator = 0;
        if (!plugin) {
            fprintf(stderr, "%s\n", dlerror());
            exit(1);
        }
        plugin_call *call = (plugin_call *)(uintptr_t)dlsym(plugin, "torture_plugin_call");
        places[i & 1] = (uintptr_t)call;
        did_coincide |= places[0] == places[1];
        torture_touch();
        call(torture_walk, depth);
        torture_in_allocator = 1;
        dlclose(plugin);
        torture_in_allocator = 0;
        torture_touch();
    }
    return did_coincide;
}
