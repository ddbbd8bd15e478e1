/* Leaves a file behind when it runs. Usage: marker FILE */
#include <fcntl.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    void *volatile block = malloc(10);
    return argc < 2 || !block || open(argv[1], O_CREAT | O_WRONLY, 0644) < 0;
}
