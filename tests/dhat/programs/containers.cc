// Containers that grow, strings, closures and smart pointers: templates that allocate on their own.
#include <algorithm>
#include <cstdio>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct alignas(128) Wide {
    unsigned char bytes[384];
};

template <typename Key, typename Value> struct Store {
    std::map<Key, std::vector<Value>> ordered;
    std::unordered_map<Key, Value> latest;

    void add(const Key &key, const Value &value) {
        ordered[key].push_back(value);
        latest[key] = value;
    }
};

struct Shape {
    virtual ~Shape() = default;
    virtual std::unique_ptr<Shape> split(int depth) const = 0;
    virtual int count() const = 0;
};

struct Circle : Shape {
    std::string name = std::string(40, 'o');
    std::unique_ptr<Shape> split(int depth) const override;
    int count() const override {
        return 1;
    }
};

struct Group : Shape {
    std::list<std::unique_ptr<Shape>> members;
    std::unique_ptr<Shape> split(int depth) const override {
        auto group = std::make_unique<Group>();
        for (const auto &member : members)
            group->members.push_back(member->split(depth));
        return group;
    }
    int count() const override {
        return std::accumulate(members.begin(), members.end(), 0,
                               [](int sum, const auto &member) { return sum + member->count(); });
    }
};

std::unique_ptr<Shape> Circle::split(int depth) const {
    if (depth == 0)
        return std::make_unique<Circle>();
    auto group = std::make_unique<Group>();
    for (int i = 0; i < 3; i++)
        group->members.push_back(split(depth - 1));
    return group;
}

std::vector<std::function<int(int)>> closures(int count) {
    std::vector<std::function<int(int)>> all;
    for (int i = 0; i < count; i++) {
        std::string captured = "closure number " + std::to_string(i) + " with a long name";
        all.emplace_back([captured](int x) { return x + static_cast<int>(captured.size()); });
    }
    return all;
}

} // namespace

int main() {
    Store<std::string, int> words;
    for (int i = 0; i < 2000; i++)
        words.add("a word that is not short " + std::to_string(i * 7919 % 211), i);

    std::vector<std::string> sorted;
    for (const auto &[key, values] : words.ordered)
        sorted.push_back(key + ":" + std::to_string(values.size()));
    std::stable_sort(sorted.begin(), sorted.end(), std::greater<>()); // takes a temporary buffer

    auto shapes = Circle().split(4);
    auto copy = shapes->split(1);
    int sum = 0;
    for (auto &closure : closures(50))
        sum = closure(sum);

    std::vector<std::unique_ptr<Wide>> wide; // aligned operator new
    for (int i = 0; i < 20; i++)
        wide.push_back(std::make_unique<Wide>());
    auto *leaked = new std::deque<std::shared_ptr<Wide>>;
    for (int i = 0; i < 30; i++)
        leaked->push_back(std::make_shared<Wide>());
    delete[] new (std::nothrow) int[77];

    std::printf("%s %d %d\n", sorted.front().c_str(), copy->count(), sum);
    return 0;
}
