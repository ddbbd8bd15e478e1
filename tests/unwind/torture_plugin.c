/* FRAME_BYTES: of the function's frame. The code is of the same length for both. */
#include "torture.h"

void torture_plugin_call(void (*callback)(int), int depth);
void torture_plugin_call(void (*callback)(int), int depth) {
    char frame[FRAME_BYTES];
    KEEP(frame);
    callback(depth - 1);
    KEEP(frame);
}
