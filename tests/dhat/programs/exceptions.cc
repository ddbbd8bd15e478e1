// Exceptions through many frames, with destructors that allocate on the way, nested, rethrown and kept for later.
#include <cstdio>
#include <exception>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Trace { // allocates while the stack is unwound
    static std::vector<std::string> left;
    int level;
    ~Trace() {
        left.push_back("left the level with the number " + std::to_string(level));
    }
};
std::vector<std::string> Trace::left;

[[gnu::noinline]] int descend(int level, int bottom) {
    Trace trace{level};
    if (level == bottom) {
        std::ostringstream text;
        text << "reached the bottom at level " << level;
        throw std::runtime_error(text.str());
    }
    return descend(level + 1, bottom) + 1;
}

[[gnu::noinline]] void wrap(int bottom) {
    try {
        descend(0, bottom);
    } catch (...) {
        std::throw_with_nested(std::logic_error("wrapped, with a message that is not short"));
    }
}

[[gnu::noinline]] std::string unwrap(const std::exception &error) {
    std::string text = error.what();
    try {
        std::rethrow_if_nested(error);
    } catch (const std::exception &inner) {
        text += "; " + unwrap(inner);
    }
    return text;
}

} // namespace

int main() {
    std::vector<std::exception_ptr> kept;
    size_t length = 0;
    for (int bottom = 1; bottom < 40; bottom++) {
        try {
            wrap(bottom);
        } catch (const std::exception &error) {
            length += unwrap(error).size();
            if (bottom % 5 == 0)
                kept.push_back(std::current_exception());
        }
    }
    std::regex pattern("([a-z]+)@([a-z]+)\\.(com|org|net)");
    std::smatch match;
    std::string line = "write to somebody@example.org about it";
    bool found = std::regex_search(line, match, pattern);
    try {
        std::regex broken("(unbalanced");
    } catch (const std::regex_error &error) {
        length += std::string(error.what()).size();
    }
    std::printf("%zu %zu %zu %d %s\n", length, kept.size(), Trace::left.size(), found, match.str(2).c_str());
    return 0;
}
