/* Libraries that come and go.
 * Usage: libraries swap A.so B.so | runpath FINDER.so NAME.so | threads A.so B.so */
#include "tally.h"
#include <dlfcn.h>
#include <pthread.h>

enum { ROUNDS = 40, BLOCKS = 25 };
typedef void *make_function(size_t bytes);
static tally of[2];

static void *library_open(const char *path, make_function **ret_make) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        dprintf(STDERR_FILENO, "%s\n", dlerror());
        _exit(99);
    }
    *(void **)(void *)ret_make = dlsym(library, "plugin_make");
    REQUIRE(*ret_make);
    return library;
}

static void print(void) {
    tally_print("plugin_a_make", &of[0]);
    tally_print("plugin_b_make", &of[1]);
}

/* ---- by turns, each where the other was: the same call stack, by its addresses */
static void *kept[2];

static void run_swap(char **paths) {
    make_function *before = NULL;
    int reused = 0;
    for (int i = 0; i < ROUNDS; i++) {
        make_function *make;
        void *library = library_open(paths[i % 2], &make);
        reused += make == before;
        before = make;
        for (int k = 0; k < BLOCKS; k++) {
            size_t bytes = 100 + (size_t)(i % 2);
            free(kept[i % 2]);
            if (kept[i % 2])
                tally_freed(&of[i % 2], bytes);
            kept[i % 2] = make(bytes);
            tally_made(&of[i % 2], bytes);
        }
        REQUIRE(!dlclose(library));
    }
    print();
    dprintf(STDOUT_FILENO, "reused %d\n", reused);
}

/* ---- while other threads allocate */
static uint32_t stops;
static tally beside;

PLACE static void *beside_make(void *argument) {
    while (!__atomic_load_n(&stops, __ATOMIC_ACQUIRE)) {
        void *volatile block = malloc(64);
        tally_made(&beside, 64);
        tally_freed(&beside, 64);
        free(block);
    }
    return argument;
}

static void run_threads(char **paths) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        REQUIRE(!pthread_create(&threads[i], NULL, beside_make, NULL));
    run_swap(paths);
    __atomic_store_n(&stops, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    tally_print("beside_make", &beside);
}

static void run_runpath(char **paths) {
    void *finder = dlopen(paths[0], RTLD_NOW | RTLD_LOCAL);
    REQUIRE(finder);
    void *(*finder_open)(const char *);
    *(void **)(void *)&finder_open = dlsym(finder, "finder_open");
    REQUIRE(!dlopen(paths[1], RTLD_NOW | RTLD_LOCAL)); /* the program itself does not find it */
    void *found = finder_open(paths[1]);
    REQUIRE(found);
    make_function *make;
    *(void **)(void *)&make = dlsym(found, "plugin_make");
    REQUIRE(make(50));
    tally_made(&of[0], 50);
    tally_print("plugin_a_make", &of[0]);
}

int main(int argc, char **argv) {
    if (argc < 4)
        return 2;
    if (!strcmp(argv[1], "swap"))
        run_swap(argv + 2);
    else if (!strcmp(argv[1], "threads"))
        run_threads(argv + 2);
    else
        run_runpath(argv + 2);
    return 0;
}
