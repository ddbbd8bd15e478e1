/* Static memory by program headers, and the calling thread's stack. */
#include "api/api.h"
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <unistd.h>

/* ---- static memory */
typedef struct visit {
    void (*call)(const tide_static *object, void *arg);
    void *arg;
} visit;

static void add_segment(tide_static *to, const ElfW(Phdr) * segment) {
    if (segment->p_type == PT_TLS)
        to->tls_bytes += segment->p_memsz;
    else if (segment->p_type == PT_GNU_RELRO)
        to->relro_bytes += segment->p_memsz;
    else if (segment->p_type != PT_LOAD)
        return;
    else if (segment->p_flags & PF_X)
        to->code_bytes += segment->p_memsz;
    else if (!(segment->p_flags & PF_W))
        to->read_only_bytes += segment->p_memsz;
    else {
        to->data_bytes += segment->p_filesz;
        to->zero_bytes += segment->p_memsz - segment->p_filesz;
    }
}

static int visit_object(struct dl_phdr_info *object, size_t info_bytes, void *arg) {
    (void)info_bytes;
    const visit *of = arg;
    tide_static found = {.path = object->dlpi_name};
    for (unsigned i = 0; i < object->dlpi_phnum; i++)
        add_segment(&found, &object->dlpi_phdr[i]);
    of->call(&found, of->arg);
    return 0;
}

int tide_static_each(void (*call)(const tide_static *object, void *arg), void *arg) {
    if (!call)
        return -EINVAL;
    dl_iterate_phdr(visit_object, &(visit){call, arg});
    return 0;
}

/* ---- the stack */
enum { PAGES_AT_ONCE = 512 };

/* How many pages from `low` on are in RAM or swap, and which is the lowest. Source: Documentation/admin-guide/mm/
 * pagemap.rst, bits 63 and 62. */
static int look_at_pages(uintptr_t low, uintptr_t high, uint64_t page_bytes, tide_stack *ret) {
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -EIO;
    uint64_t words[PAGES_AT_ONCE];
    uintptr_t lowest = high;
    ret->resident_bytes = 0;
    for (uintptr_t at = low; at < high;) {
        size_t count = (high - at) / page_bytes;
        if (count > PAGES_AT_ONCE)
            count = PAGES_AT_ONCE;
        ssize_t got = pread(fd, words, count * sizeof *words, (off_t)(at / page_bytes * sizeof *words));
        if (got < (ssize_t)sizeof *words)
            break;
        for (size_t i = 0; i < (size_t)got / sizeof *words; i++, at += page_bytes)
            if (words[i] >> 62) {
                ret->resident_bytes += page_bytes;
                lowest = at < lowest ? at : lowest;
            }
    }
    close(fd);
    ret->high_water_bytes = lowest;
    return lowest < high ? 0 : -EIO;
}

/* Where the thread's stack begins: below its TLS, which glibc puts into the same mapping. */
static uintptr_t top_of(uintptr_t mapping_high) {
    uintptr_t thread_pointer = (uintptr_t)__builtin_thread_pointer();
    return thread_pointer < mapping_high && mapping_high - thread_pointer < 1 << 20 ? thread_pointer
                                                                                    : mapping_high;
}

static int read_stack(tide_stack *ret) {
    pthread_attr_t attributes;
    void *low;
    size_t bytes, guard_bytes;
    int code = -pthread_getattr_np(pthread_self(), &attributes);
    if (code)
        return code;
    pthread_attr_getguardsize(&attributes, &guard_bytes);
    pthread_attr_getstack(&attributes, &low, &bytes);
    pthread_attr_destroy(&attributes);
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    uintptr_t high = (uintptr_t)low + bytes, top = top_of(high);
    *ret = (tide_stack){.limit_bytes = bytes,
                        .guard_bytes = guard_bytes,
                        .current_bytes = top - (uintptr_t)__builtin_frame_address(0)};
    /* of the main thread's, what the kernel has not mapped yet is not there to be looked at */
    code =
        look_at_pages(((uintptr_t)low + page_bytes - 1) & -page_bytes, high & -page_bytes, page_bytes, ret);
    if (!code)
        ret->high_water_bytes = top - ret->high_water_bytes;
    return code;
}

int tide_stack_of_thread(tide_stack *ret) {
    if (!ret)
        return -EINVAL;
    tide_thread *thread = tide_thread_step_aside(); /* pthread_getattr_np allocates */
    int code = read_stack(ret);
    tide_thread_come_back(thread);
    return code;
}
