/* Two threads that hold what their functions say, and a third function that takes more when it is told to: for each
 * line on standard input, which is answered with "grown". At its end the program exits with status 3. */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

static sem_t has_allocated;
static void *volatile last_block; /* so that no allocation is optimized away */

__attribute__((noinline)) static void hold(int blocks, size_t bytes) {
    for (int i = 0; i < blocks; i++)
        last_block = malloc(bytes);
}

__attribute__((noinline)) static void by_main(void) {
    hold(3, 300);
    __asm__ volatile(""); /* no tail call: it stays on the stack */
}

__attribute__((noinline)) static void by_worker(void) {
    hold(5, 100);
    __asm__ volatile("");
}

__attribute__((noinline)) static void by_command(void) {
    hold(1, 700000);
    __asm__ volatile("");
}

static void *worker(void *arg) {
    pthread_setname_np(pthread_self(), "worker");
    by_worker();
    sem_post(&has_allocated);
    pause();
    return arg;
}

int main(void) {
    pthread_t thread;
    char line[64];
    sem_init(&has_allocated, 0, 0);
    if (pthread_create(&thread, NULL, worker, NULL))
        return 1;
    sem_wait(&has_allocated);
    by_main();
    while (read(STDIN_FILENO, line, sizeof line) > 0) {
        by_command();
        if (write(STDOUT_FILENO, "grown\n", 6) != 6)
            return 1;
    }
    return 3;
}
