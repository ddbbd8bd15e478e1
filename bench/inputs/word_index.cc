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
    bool operator<(const place &other) const { return std::tie(line, column) < std::tie(other.line, other.column); }
};

static std::map<std::string, std::set<place>> index_words(std::istream &in) {
    static const std::regex word("([A-Za-z]+)(-[A-Za-z]+)*");
    std::map<std::string, std::set<place>> index;
    std::string text;
    for (std::size_t line = 1; std::getline(in, text); line++)
        for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at)
            index[at->str()].insert({line, static_cast<std::size_t>(at->position())});
    return index;
}

int main() {
    std::unordered_map<std::string, std::function<bool(const std::string &)>> rules = {
        {"long", [](const std::string &word) { return word.size() > 12; }},
        {"shouted", [](const std::string &word) { return std::all_of(word.begin(), word.end(), ::isupper); }},
    };
    auto index = index_words(std::cin);
    std::vector<std::pair<std::string, std::size_t>> counts;
    for (const auto &[word, places] : index)
        counts.emplace_back(word, places.size());
    std::stable_sort(counts.begin(), counts.end(),
                     [](const auto &left, const auto &right) { return left.second > right.second; });
    for (const auto &[word, count] : counts)
        for (const auto &[name, holds] : rules)
            if (holds(word))
                std::cout << std::regex_replace(word, std::regex("e+"), "E") << ' ' << name << ' ' << count << '\n';
}
