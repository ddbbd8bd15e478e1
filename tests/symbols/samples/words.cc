// samples/words: counts words with the standard library's templates: some thousand functions, deep inlining.
#include <algorithm>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace text {
struct Count {
    std::string word;
    int times;
};

std::map<std::string, int> count_words(const std::string &line) {
    static const std::regex word("[A-Za-z]+(-[a-z]+)?");
    std::map<std::string, int> counts;
    for (std::sregex_iterator match(line.begin(), line.end(), word), end; match != end; ++match)
        counts[match->str()]++;
    return counts;
}

std::vector<Count> by_frequency(const std::map<std::string, int> &counts) {
    std::vector<Count> sorted;
    for (const auto &entry : counts)
        sorted.push_back({entry.first, entry.second});
    std::sort(sorted.begin(), sorted.end(), [](const Count &a, const Count &b) { return a.times > b.times; });
    return sorted;
}
}

int main() {
    std::string line;
    while (std::getline(std::cin, line))
        for (const auto &count : text::by_frequency(text::count_words(line)))
            std::cout << count.times << ' ' << count.word << '\n';
}
