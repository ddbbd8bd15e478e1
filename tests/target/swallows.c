/* A library that frees what it is given; opened with RTLD_DEEPBIND it calls libc's free, past everybody. */
#include <stdlib.h>

void swallow(void *block) {
    free(block);
}
