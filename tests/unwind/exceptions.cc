// C++ exceptions: thrown through frames that clean up by allocating, caught, thrown on, and thrown while another is
// caught.
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

unsigned long long seed = 1;
unsigned random_number() {
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<unsigned>(seed >> 33);
}

struct Cleanup {
    std::string text;
    explicit Cleanup(int depth) : text(20 + static_cast<size_t>(depth), 'x') {}
    Cleanup(const Cleanup &) = delete;
    Cleanup &operator=(const Cleanup &) = delete;
    ~Cleanup() {
        std::vector<std::string> copies(2, text);
    }
};

void walk(int depth);

void throw_through(int depth) {
    Cleanup cleanup(depth);
    if (depth <= 0)
        throw std::runtime_error("thrown through " + cleanup.text);
    throw_through(depth - 1);
}

void catch_it(int depth) {
    try {
        throw_through(depth);
    } catch (const std::exception &error) {
        std::string copy = error.what();
        walk(depth - 1);
    }
}

void throw_on(int depth) {
    try {
        try {
            throw_through(3);
        } catch (...) {
            auto kept = std::make_unique<Cleanup>(depth);
            throw;
        }
    } catch (const std::runtime_error &error) {
        try {
            throw std::logic_error(std::string(error.what()) + ", and once more");
        } catch (const std::logic_error &) {
            walk(depth - 2);
        }
    }
}

void through_libraries(int depth) {
    std::map<std::string, std::function<void(int)>> functions;
    functions["walk"] = [&functions](int inner) { walk(inner - static_cast<int>(functions.size())); };
    functions.at("walk")(depth);
    try {
        std::vector<int>().at(7);
    } catch (const std::out_of_range &) {
        walk(depth - 2);
    }
}

void walk(int depth) {
    Cleanup cleanup(depth);
    if (depth <= 0)
        return;
    switch (random_number() % 4) {
    case 0:
        catch_it(depth);
        break;
    case 1:
        throw_on(depth);
        break;
    case 2:
        through_libraries(depth);
        break;
    default:
        walk(depth - 1);
        walk(depth - 1);
        break;
    }
}

} // namespace

int main(int argc, char **argv) {
    for (int walks = argc > 1 ? atoi(argv[1]) : 100; walks > 0; walks--)
        walk(8);
}
