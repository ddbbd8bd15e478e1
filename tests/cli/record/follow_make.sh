# What make starts, two recipes at a time, has a file for each process.
for name in small large; do
    bytes=1111
    [ $name = large ] && bytes=22222
    echo "#include <stdlib.h>
int main(void) {
    void *volatile block = malloc($bytes);
    return !block;
}" > $name.c
    cc -O0 -o $name $name.c
done
printf 'all: a b\na:\n\t./small\nb:\n\t./large\n' > Makefile
"$tidemark" record -q --follow -o all make -s -j2
status
for file in all.*; do
    "$tidemark" report --bytes "$file" | sed -n '1p; s/^  peak  *\(.*\), .*/\1/p' | paste -s -d ' '
done | grep -E '^(\./)?(small|large) ' | sort
