# Programs that libtidemark.so cannot see into are told before they start.
cat > plain.c <<'C'
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    void *volatile block = malloc(10);
    puts(block ? "STARTED" : "");
    return 0;
}
C
cat > pool.c <<'C'
#include <stdlib.h>
#include <string.h>
static char pool[1 << 16];
static size_t used;
LINKAGE void *malloc(size_t size) {
    used += (size + 15) & ~15ul;
    return pool + used;
}
LINKAGE void free(void *block) { (void)block; }
LINKAGE void *calloc(size_t count, size_t size) { return memset(malloc(count * size), 0, count * size); }
LINKAGE void *realloc(void *old, size_t size) { return old ? memcpy(malloc(size), old, size) : malloc(size); }
void *(*pool_malloc)(size_t) = malloc;
C
patch() { # FILE OFFSET BYTES: of its ELF header
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
cc -O0 -o plain plain.c
cc -O0 -static -o static plain.c
cc -O0 -static-pie -o static_pie plain.c
cc -O0 -DLINKAGE= -o own_malloc plain.c pool.c
cc -O0 -DLINKAGE='__attribute__((visibility("hidden")))' -fvisibility=hidden -c -o hidden.o pool.c
objcopy --redefine-sym malloc=pool_own_malloc --redefine-sym free=pool_own_free --redefine-sym calloc=pool_own_calloc \
    --redefine-sym realloc=pool_own_realloc hidden.o
cc -O0 -o renamed_malloc plain.c hidden.o
cc -O0 -fsanitize=address -o sanitized plain.c
cc -O0 -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1 -o musl plain.c
objcopy --add-section .go.buildinfo=plain.c static go
objcopy --add-section .go.buildinfo=plain.c plain cgo
cp plain other_machine && patch other_machine 18 '\267\0' # e_machine: AArch64
printf '#!%s/static\n' "$PWD" > script
chmod +x script
if [ "$(id -u)" = 0 ]; then # setuid to the same user makes no difference
    cp plain setuid && chown 65534 setuid && chmod u+s setuid
else
    ln -s "$(command -v su)" setuid
fi
for program in static static_pie own_malloc sanitized musl go other_machine script setuid; do
    echo "--- $program"
    "$tidemark" record -o a.tide "./$program" 2>&1 | sed "s|$PWD|HERE|"
    echo "[exit ${PIPESTATUS[0]}]"
done
ls a.tide 2> /dev/null
for program in plain renamed_malloc cgo; do
    echo "--- $program"
    "$tidemark" record -f -o a.tide "./$program" 2>&1 | sed 's/^tidemark: [0-9].*/tidemark: FIGURES/'
    echo "[exit ${PIPESTATUS[0]}]"
done
