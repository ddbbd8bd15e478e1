// What clang compiles in the benchmark: little of its own, much of the C++ library's templates.
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>
#ifndef SMALL_INPUT
#include <regex>
#endif

struct place {
    std::size_t line, column;
    bool operator<(const place &other) const {
        return std::tie(line, column) < std::tie(other.line, other.column);
    }
};

using word_index = std::map<std::string, std::set<place>>;

static void index_line(word_index &index, const std::string &text, std::size_t line) {
#ifdef SMALL_INPUT
    index[text].insert({line, 0});
#else
    static const std::regex word("([A-Za-z]+)(-[A-Za-z]+)*");
    for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at)
        index[at->str()].insert({line, static_cast<std::size_t>(at->position())});
#endif
}

int main() {
    std::unordered_map<std::string, std::function<bool(const std::string &)>> rules = {
        {"long", [](const std::string &word) { return word.size() > 12; }},
        {"shouted", [](const std::string &word) { return std::all_of(word.begin(), word.end(), ::isupper); }},
    };
    word_index index;
    std::string text;
    for (std::size_t line = 1; std::getline(std::cin, text); line++)
        index_line(index, text, line);
    std::vector<std::pair<std::string, std::size_t>> counts;
    for (const auto &[word, places] : index)
        counts.emplace_back(word, places.size());
    std::stable_sort(counts.begin(), counts.end(),
                     [](const auto &left, const auto &right) { return left.second > right.second; });
    for (const auto &[word, count] : counts)
        for (const auto &[name, holds] : rules)
            if (holds(word))
                std::cout << word << ' ' << name << ' ' << count << '\n';
}
