/* Holds 12,345 bytes in a section and for an owner, until a line comes. */
#include <stdio.h>
#include <stdlib.h>
#include <tidemark/tidemark.h>

int main(void) {
    TIDE_SECTION("work");
    char line[16];
    tide_owner owner = tide_owner_create("component", TIDE_UNOWNED);
    tide_owner_enter(owner);
    void *volatile block = malloc(12345);
    tide_owner_leave(owner);
    puts("ready");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin))
        return 1;
    free(block);
    return 0;
}
