/* Sections and owners by annotations alone: builds with `cc -Iinclude examples/sections.c`, links nothing, and runs as
 * ever. Under `tidemark record` the report has its rows: tidemark report --format stats FILE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tidemark/tidemark.h>

static char **words;
static size_t word_count;

static void read_words(const char *text) {
    TIDE_SECTION("read");
    char *copy = strdup(text);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        words = realloc(words, (word_count + 1) * sizeof *words);
        words[word_count++] = strdup(word);
        tide_event("word", strlen(word));
    }
    free(copy);
}

/* How long each word is; to be freed. */
static size_t *index_words(void) {
    TIDE_SECTION("index");
    size_t *lengths = calloc(word_count, sizeof *lengths);
    for (size_t i = 0; i < word_count; i++)
        lengths[i] = strlen(words[i]);
    return lengths;
}

int main(void) {
    tide_owner app = tide_owner_create("app", TIDE_UNOWNED), text = tide_owner_create("text", app),
               index = tide_owner_create("index", app);
    tide_owner_enter(text);
    read_words("the line that high water leaves");
    tide_owner_leave(text);
    tide_owner_enter(index);
    size_t *lengths = index_words(), letters = 0;
    tide_owner_leave(index);
    for (size_t i = 0; i < word_count; i++) {
        letters += lengths[i];
        free(words[i]);
    }
    printf("%zu letters in %zu words\n", letters, word_count);
    free(lengths);
    free(words);
    return 0;
}
