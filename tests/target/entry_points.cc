// Every entry point of the C allocator and of operator new: two blocks of sizes of its own each, of which the first is
// freed again, by all functions that free, in turn.
//
// Usage: entry_points LIBRARY-OF-MALLOC ENTRY-POINT-TO-LEAVE-OUT
//        entry_points --libraries     which library each of them comes from
#include "truth.h"
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <malloc.h>
#include <new>

namespace {

const char *left_out = "";
void *volatile nothing = nullptr; // not known to the compiler, which would call malloc instead of realloc

bool wanted(const char *entry_point) {
    return strcmp(entry_point, left_out) != 0;
}

// ---- one function for each way to get a block

PLACE void *by_malloc(size_t n) {
    return malloc(n);
}
PLACE void *by_calloc(size_t n) {
    return calloc(n, 1);
}
PLACE void *by_calloc_product(size_t n) {
    return calloc(n / 3, 3);
}
PLACE void *by_realloc(size_t n) {
    return realloc(nothing, n);
}
PLACE void *by_reallocarray(size_t n) {
    return reallocarray(nothing, n / 3, 3);
}
PLACE void *by_memalign(size_t n) {
    return memalign(64, n);
}
PLACE void *by_posix_memalign(size_t n) {
    void *block;
    return posix_memalign(&block, 128, n) ? nullptr : block;
}
PLACE void *by_aligned_alloc(size_t n) {
    return aligned_alloc(32, n);
}
PLACE void *by_valloc(size_t n) {
    return valloc(n);
}
PLACE void *by_pvalloc(size_t n) {
    return pvalloc(n);
}
PLACE void *by_new(size_t n) {
    return ::operator new(n);
}
PLACE void *by_new_sized(size_t n) {
    return ::operator new(n);
}
PLACE void *by_new_array(size_t n) {
    return ::operator new[](n);
}
PLACE void *by_new_nothrow(size_t n) {
    return ::operator new(n, std::nothrow);
}
PLACE void *by_new_array_nothrow(size_t n) {
    return ::operator new[](n, std::nothrow);
}
PLACE void *by_new_aligned(size_t n) {
    return ::operator new (n, std::align_val_t{64});
}
PLACE void *by_new_array_aligned(size_t n) {
    return ::operator new[](n, std::align_val_t{64});
}
PLACE void *by_new_aligned_nothrow(size_t n) {
    return ::operator new (n, std::align_val_t{64}, std::nothrow);
}
PLACE void *by_new_array_aligned_nothrow(size_t n) {
    return ::operator new[](n, std::align_val_t{64}, std::nothrow);
}
PLACE void *by_new_expression(size_t) {
    return new char[1501];
}
PLACE void *by_strdup(size_t n) {
    static char text[4096];
    memset(text, 'a', n - 1);
    text[n - 1] = 0;
    return strdup(text);
}
PLACE void *by_asprintf(size_t n) {
    char *text;
    return asprintf(&text, "%*d", static_cast<int>(n - 1), 7) < 0 ? nullptr : text;
}
PLACE void *by_getline(size_t) {
    char line[] = "one line\n", *text = nullptr;
    size_t room = 0;
    FILE *file = fmemopen(line, strlen(line), "r");
    if (!file || getline(&text, &room, file) < 0)
        abort();
    fclose(file);
    return text;
}

// ---- ways to give it back

using sized_free = void (*)(void *, size_t);
using aligned_sized_free = void (*)(void *, size_t, size_t);

// C23's; a libc that has none does not declare them either.
template <typename Function> Function found(const char *name) {
    return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

PLACE void by_free_sized(void *block, size_t n) {
    auto function = found<sized_free>("free_sized");
    function ? function(block, n) : free(block);
}
PLACE void by_free_aligned_sized(void *block, size_t n, size_t align) {
    auto function = found<aligned_sized_free>("free_aligned_sized");
    function ? function(block, align, n) : free(block);
}
PLACE void by_cfree(void *block, size_t) {
    auto function = found<void (*)(void *)>("cfree");
    function ? function(block) : free(block);
}
PLACE void by_free(void *block, size_t) {
    free(block);
}
PLACE void freed_by_realloc() { // glibc's frees; others give a block of 0 bytes instead
    free(realloc(keep(malloc(9)), 0));
}

constexpr auto align = std::align_val_t{64};

struct EntryPoint {
    const char *function, *kind; // kinds in <> depend on whose operator new it is
    void *(*get)(size_t);
    void (*give)(void *, size_t);
    size_t small, large;
};

const EntryPoint entry_points[] = {
    {"by_malloc", "malloc", by_malloc, by_free, 1011, 1013},
    {"by_calloc", "calloc", by_calloc, by_cfree, 1021, 1023},
    {"by_calloc_product", "calloc", by_calloc_product, by_free, 1029, 1035},
    {"by_realloc", "realloc", by_realloc, by_free_sized, 1041, 1043},
    {"by_reallocarray", "reallocarray", by_reallocarray, by_free, 1053, 1059},
    {"by_memalign", "memalign", by_memalign, by_free, 1061, 1063},
    {"by_posix_memalign", "posix_memalign", by_posix_memalign, by_free, 1071, 1073},
    {"by_aligned_alloc", "aligned_alloc", by_aligned_alloc,
     [](void *block, size_t n) { by_free_aligned_sized(block, n, 32); }, 1088, 1120},
    {"by_valloc", "valloc", by_valloc, by_free, 1091, 1093},
    {"by_pvalloc", "pvalloc", by_pvalloc, by_free, 1101, 1103},
    {"by_new", "<new>", by_new, [](void *block, size_t) { ::operator delete(block); }, 1111, 1113},
    {"by_new_array", "<new[]>", by_new_array, [](void *block, size_t) { ::operator delete[](block); }, 1121,
     1123},
    {"by_new_nothrow", "<new>", by_new_nothrow,
     [](void *block, size_t) { ::operator delete(block, std::nothrow); }, 1131, 1133},
    {"by_new_array_nothrow", "<new[]>", by_new_array_nothrow,
     [](void *block, size_t) { ::operator delete[](block, std::nothrow); }, 1141, 1143},
    {"by_new_aligned", "<aligned new>", by_new_aligned,
     [](void *block, size_t) { ::operator delete(block, align); }, 1152, 1216},
    {"by_new_array_aligned", "<aligned new[]>", by_new_array_aligned,
     [](void *block, size_t) { ::operator delete[](block, align); }, 1280, 1344},
    {"by_new_aligned_nothrow", "<aligned new>", by_new_aligned_nothrow,
     [](void *block, size_t) { ::operator delete(block, align, std::nothrow); }, 1408, 1472},
    {"by_new_array_aligned_nothrow", "<aligned new[]>", by_new_array_aligned_nothrow,
     [](void *block, size_t n) { ::operator delete[](block, n, align); }, 1536, 1600},
    {"by_new_expression", "<new[]>", by_new_expression,
     [](void *block, size_t) { delete[] static_cast<char *>(block); }, 1501, 1501},
    {"by_new_sized", "<new>", by_new_sized, [](void *block, size_t n) { ::operator delete(block, n); }, 1161,
     1163},
};

void run(const EntryPoint &entry) {
    void *freed = keep(entry.get(entry.small)), *kept = keep(entry.get(entry.large));
    if (!freed || !kept)
        abort();
    memset(freed, 1, entry.small);
    memset(kept, 1, entry.large);
    entry.give(freed, entry.small);
    truth(entry.function, entry.kind, entry.small + entry.large, 2, entry.large, 1);
}

// What libc allocates on behalf of its callers: how, is its own affair.
void run_libc() {
    struct {
        const char *function;
        void *(*get)(size_t);
        size_t bytes;
    } const callers[] = {{"by_strdup", by_strdup, 1701}, {"by_asprintf", by_asprintf, 1711}};
    for (const auto &caller : callers) {
        free(keep(caller.get(caller.bytes - 40)));
        keep(caller.get(caller.bytes));
        truth_at_end(caller.function, "-", caller.bytes, 1);
    }
    free(keep(by_getline(0)));
    truth_at_end("by_getline", "-", 0, 0);
}

void print_libraries() {
    const char *const names[] = {
        "malloc", "calloc",  "realloc", "memalign", "posix_memalign",       "aligned_alloc",
        "valloc", "pvalloc", "_Znwm",   "_Znam",    "_ZnwmSt11align_val_t", "_ZnamSt11align_val_t"};
    for (const char *name : names) {
        Dl_info info;
        if (dladdr(dlsym(RTLD_DEFAULT, name), &info))
            tell("%s %s\n", name, info.dli_fname);
    }
}

// As the program sees it, and as the allocator itself does.
void print_usable_sizes(const char *path) {
    void *allocator = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    auto real =
        allocator ? reinterpret_cast<size_t (*)(void *)>(dlsym(allocator, "malloc_usable_size")) : nullptr;
    if (!real)
        abort();
    const size_t sizes[] = {0, 1, 24, 25, 100, 4096, 200000};
    for (size_t bytes : sizes) {
        void *block = keep(malloc(bytes));
        tell("usable\t%zu\t%zu\t%zu\n", bytes, malloc_usable_size(block), real(block));
    }
}

} // namespace

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--libraries") == 0)
        return print_libraries(), 0;
    if (argc != 3)
        return 2;
    left_out = argv[2];
    for (const EntryPoint &entry : entry_points)
        if (wanted(entry.kind))
            run(entry);
    run_libc();
    freed_by_realloc();
    truth_at_end("freed_by_realloc", "-", 0, 0);
    print_usable_sizes(argv[1]);
    return 0;
}
