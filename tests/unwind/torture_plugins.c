/* Two libraries with the same functions at the same places, of which the frames differ. */
#include "torture.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

typedef void plugin_call(void (*callback)(int), int depth);

/* One thread at a time: while dlclose is returning, another thread may find the old library's rules for a new one at
 * the same place. The tracker cannot see that moment, since it has no hook on dlopen. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *load(const char *path) {
    torture_in_allocator = 1;
    pthread_mutex_lock(&lock);
    void *plugin = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    pthread_mutex_unlock(&lock);
    torture_in_allocator = 0;
    if (!plugin) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return plugin;
}

static void unload(void *plugin) {
    torture_in_allocator = 1;
    pthread_mutex_lock(&lock);
    dlclose(plugin);
    pthread_mutex_unlock(&lock);
    torture_in_allocator = 0;
}

int torture_plugins(const char *const paths[2], int depth) {
    static uintptr_t places[2];
    int did_coincide = 0;
    for (int i = 0; i < 4; i++) {
        void *plugin = load(paths[i & 1]);
        plugin_call *call = (plugin_call *)(uintptr_t)dlsym(plugin, "torture_plugin_call");
        places[i & 1] = (uintptr_t)call;
        did_coincide |= places[0] == places[1];
        torture_touch();
        call(torture_walk, depth);
        unload(plugin);
        torture_touch();
    }
    return did_coincide;
}
