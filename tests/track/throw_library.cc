// Throws an exception through a number of frames, each of which has something to clean up.
#include <stdexcept>

extern "C" int throw_and_catch(int frames);

namespace {

volatile int cleaned;

struct Cleanup {
    ~Cleanup() {
        cleaned = cleaned + 1;
    }
};

__attribute__((noinline)) void go_down(int frames) {
    Cleanup cleanup;
    if (frames <= 1)
        throw std::runtime_error("from the innermost frame");
    go_down(frames - 1);
    cleaned = cleaned + 1; // so that it is no tail call
}

} // namespace

int throw_and_catch(int frames) {
    try {
        go_down(frames);
    } catch (const std::runtime_error &) {
        return 1;
    }
    return 0;
}
