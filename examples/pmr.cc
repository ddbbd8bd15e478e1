// C++: operator new through Tidemark by name, a std::pmr resource, and owners as objects. g++ alone:
//
//   g++ -std=c++17 -DTIDE_LINKED examples/pmr.cc $(pkg-config --cflags --libs tidemark)
#include <cstdio>
#include <cstdlib>
#include <memory_resource>
#include <new>
#include <string>
#include <tidemark/tidemark.h>
#include <vector>

void *operator new(std::size_t bytes) {
    if (void *block = tide_malloc(bytes ? bytes : 1))
        return block;
    throw std::bad_alloc();
}
void operator delete(void *block) noexcept {
    tide_free(block);
}
void operator delete(void *block, std::size_t) noexcept {
    tide_free(block);
}

// Whoever takes memory from this resource takes it for an owner.
class owned_resource : public std::pmr::memory_resource {
  public:
    explicit owned_resource(const char *name) : owner(tide_owner_create(name, TIDE_UNOWNED)) {}
    const tide_owner owner;

  private:
    void *do_allocate(std::size_t bytes, std::size_t align) override {
        tide_owner_enter(owner);
        void *block = align <= alignof(std::max_align_t) ? tide_malloc(bytes) : tide_aligned_alloc(align, bytes);
        tide_owner_leave(owner);
        if (!block)
            throw std::bad_alloc();
        return block;
    }
    void do_deallocate(void *block, std::size_t, std::size_t) override { tide_free(block); }
    bool do_is_equal(const memory_resource &other) const noexcept override { return this == &other; }
};

int main() {
    if (tide_start())
        return 1;
    owned_resource names("names");
    tide_usage usage;
    {
        std::pmr::vector<std::pmr::string> list(&names);
        for (int i = 0; i < 100; i++)
            list.emplace_back("a name that is too long to be kept in the string itself");
        tide_owner_usage(names.owner, &usage);
        std::printf("%lld bytes in %lld blocks\n", (long long)usage.current_bytes, (long long)usage.current_blocks);
    }
    tide_owner_usage(names.owner, &usage);
    std::printf("%lld bytes afterwards\n", (long long)usage.current_bytes);
    return usage.current_bytes != 0;
}
