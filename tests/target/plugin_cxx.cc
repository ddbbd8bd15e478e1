// A plugin in C++, for a program in C: the C++ runtime comes with it, for its eyes only.
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

[[gnu::noipa]] static std::vector<std::string> *in_cxx_plugin(int count) {
    auto *all = new std::vector<std::string>;
    all->reserve(static_cast<size_t>(count));
    for (int i = 0; i < count; i++)
        all->push_back(std::string(99, 'x'));
    return all;
}

[[gnu::noipa]] static void fails(int depth) {
    if (depth == 0)
        throw std::runtime_error("from the plugin");
    fails(depth - 1);
    asm volatile("");
}

// Returns 0 when all went as it should.
extern "C" int run_cxx_plugin() {
    auto *all = in_cxx_plugin(10);
    delete all;
    in_cxx_plugin(10);
    try {
        fails(20);
    } catch (const std::runtime_error &error) {
        return error.what() != std::string("from the plugin");
    }
    return 1;
}
