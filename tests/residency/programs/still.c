/* Static memory of each kind, of known sizes, and functions of known frames: for `tidemark static`. */
#include <stdio.h>

char zeroed_large[1 << 20];
int initial_data[5000] = {1};
const int constant_table[7000] = {1};
static __thread char for_each_thread[3000];
const char *const relocated_names[300] = {"a", "b"};

__attribute__((noinline)) static int large_frame(int n) {
    volatile char room[20000];
    for (unsigned i = 0; i < sizeof room; i++)
        room[i] = (char)n;
    return room[n];
}

__attribute__((noinline)) static int frame_of_unknown_size(int n) {
    volatile char *room = __builtin_alloca((size_t)n + 1);
    room[n] = 1;
    return room[n];
}

int main(int argc, char **argv) {
    (void)argv;
    for_each_thread[argc] = 1;
    puts("ready");
    fflush(stdout);
    if (getchar() != EOF)
        return 1;
    return large_frame(argc) + frame_of_unknown_size(argc) + zeroed_large[argc] + initial_data[argc] +
               constant_table[argc] + for_each_thread[argc] + (relocated_names[argc] != NULL) >
           1000;
}
