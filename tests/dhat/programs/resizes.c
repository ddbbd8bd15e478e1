/* Blocks that are resized, in every way that realloc knows; calls through pointers, from recursion and from qsort. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list {
    struct list *next;
    char text[];
};

/* 100 → 200 → 50 → 50: four blocks and 400 bytes of the malloc, whoever resizes. */
__attribute__((noinline)) static void *made_here(void) {
    return malloc(100);
}
__attribute__((noinline)) static void *grown(void *block) {
    return realloc(block, 200);
}
__attribute__((noinline)) static void *shrunk(void *block) {
    return realloc(block, 50);
}

__attribute__((noinline)) static void chain(void) {
    char *block = shrunk(shrunk(grown(made_here())));
    block[49] = 1;
    free(block);
}

__attribute__((noinline)) static size_t doubling(size_t up_to_bytes) {
    char *text = NULL; /* realloc(NULL, n) makes the block */
    size_t room = 0, sum = 0;
    for (size_t i = 0; i < up_to_bytes; i++) {
        if (i == room)
            text = realloc(text, room = room ? room * 2 : 8);
        text[i] = (char)i;
    }
    for (size_t i = 0; i < up_to_bytes; i++)
        sum += (unsigned char)text[i];
    free(text);
    return sum;
}

__attribute__((noinline)) static void freed_by_realloc(void) {
    for (unsigned i = 0; i < 17; i++) {
        char *volatile block = malloc(33 + i);
        block = realloc(block, 0);
        if (block)
            puts("realloc of 0 bytes gave a block");
    }
}

__attribute__((noinline)) static void *left_alone(volatile size_t huge) {
    char *volatile block = malloc(77);
    block[76] = 5;
    if (realloc(block, huge) || reallocarray(block, huge, huge) || calloc(huge, huge))
        puts("more memory than there is");
    return block; /* still there, still 77 bytes */
}

__attribute__((noinline)) static struct list *deeper(unsigned levels, struct list *tail) {
    struct list *item = malloc(sizeof *item + levels + 1);
    memset(item->text, 'x', levels);
    item->text[levels] = 0;
    item->next = tail;
    return levels ? deeper(levels - 1, item) : item;
}

static int by_copy(const void *left, const void *right) {
    char *a = strdup(*(char *const *)left), *b = strdup(*(char *const *)right);
    int order = strcmp(a, b);
    free(a);
    free(b);
    return order;
}

__attribute__((noinline)) static void sort_words(unsigned count) {
    char **words = reallocarray(NULL, count, sizeof *words);
    for (unsigned i = 0; i < count; i++)
        if (asprintf(&words[i], "word %u", i * 7919 % 1009) < 0)
            abort();
    qsort(words, count, sizeof *words, by_copy);
    for (unsigned i = 0; i < count; i += 2)
        free(words[i]);
    words = reallocarray(words, count / 2, sizeof *words);
    printf("%s\n", words[1]);
    free(words); /* every second word leaks */
}

int main(void) {
    static void (*const steps[])(void) = {chain, freed_by_realloc, chain};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        steps[i]();
    printf("%zu\n", doubling(100000));
    void *kept = left_alone(SIZE_MAX / 2 + 2);
    struct list *all = deeper(60, NULL);
    for (struct list *next; all && all->next; all = next) {
        next = all->next->next;
        free(all->next);
        free(all);
    }
    sort_words(300);
    printf("%d\n", ((char *)kept)[76]);
    return 0;
}
