#include "proc/page_faults.h"
#include <asm/perf_regs.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RINGS_BYTES = 8 << 20, RING_BYTES_MIN = 64 << 10, RECORD_BYTES_MAX = 1024 }; /* all rings together */

struct ring {
    int fd;
    struct perf_event_mmap_page *control; /* followed by the data */
    size_t data_bytes;
};

struct tide_proc_faults {
    TIDE_VEC(struct ring) rings;
    uint64_t lost_count;
};

/* ---- opening */

static struct perf_event_attr event(bool excludes_kernel) {
    return (struct perf_event_attr){
        .size = sizeof(struct perf_event_attr),
        .type = PERF_TYPE_SOFTWARE,
        .config = PERF_COUNT_SW_PAGE_FAULTS,
        .sample_period = 1,
        .sample_type =
            PERF_SAMPLE_ADDR | PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
        .sample_regs_user = 1ull << PERF_REG_X86_SP,
        .sample_stack_user = sizeof(uint64_t),
        .sample_max_stack = TIDE_PROC_FAULT_DEPTH,
        .inherit = 1,
        .inherit_thread = 1,
        .exclude_kernel = excludes_kernel,
        .exclude_hv = 1,
        .exclude_callchain_kernel = 1,
    };
}

static int open_on(pid_t pid, int cpu) {
    for (unsigned excludes_kernel = 0; excludes_kernel < 2; excludes_kernel++) {
        struct perf_event_attr attr = event(excludes_kernel);
        long fd = syscall(SYS_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
        if (fd >= 0)
            return (int)fd;
        if (errno != EACCES && errno != EPERM)
            break;
    }
    return -errno;
}

/* As large as the limit on locked memory lets it be (perf_event_mlock_kb); 2^k pages. */
static int map_ring(struct ring *ring, int cpus) {
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE), most_bytes = RINGS_BYTES;
    while (most_bytes > RING_BYTES_MIN && most_bytes * (size_t)cpus > RINGS_BYTES)
        most_bytes /= 2;
    for (size_t bytes = most_bytes; bytes >= RING_BYTES_MIN; bytes /= 2) {
        void *memory = mmap(NULL, page_bytes + bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
        if (memory != MAP_FAILED) {
            ring->control = memory;
            ring->data_bytes = bytes;
            return 0;
        }
    }
    return -errno;
}

/* A CPU that is offline has no events: -ENODEV. */
static int add_ring(tide_proc_faults *faults, pid_t pid, int cpu, int cpus) {
    struct ring ring = {.fd = open_on(pid, cpu)};
    if (ring.fd < 0)
        return ring.fd == -ENODEV ? 0 : ring.fd;
    int failed = map_ring(&ring, cpus);
    if (failed)
        close(ring.fd);
    else
        *tide_vec_push(&faults->rings) = ring;
    return failed;
}

int tide_proc_faults_open(tide_proc_faults **ret, pid_t pid) {
    tide_proc_faults *faults = tide_xcalloc(1, sizeof *faults);
    int failed = 0, cpus = (int)sysconf(_SC_NPROCESSORS_CONF);
    for (int cpu = 0; cpu < cpus && !failed; cpu++)
        failed = add_ring(faults, pid, cpu, cpus);
    if (failed) {
        tide_proc_faults_close(faults);
        return failed;
    }
    *ret = faults;
    return 0;
}

void tide_proc_faults_close(tide_proc_faults *faults) {
    if (!faults)
        return;
    for (size_t i = 0; i < faults->rings.count; i++) {
        struct ring *ring = &faults->rings.at[i];
        munmap(ring->control, (size_t)sysconf(_SC_PAGESIZE) + ring->data_bytes);
        close(ring->fd);
    }
    tide_vec_free(&faults->rings);
    free(faults);
}

/* ---- reading */

/* In the order of perf_event_open(2): address, frames, registers, stack. False: it is cut. */
static bool parse(tide_proc_fault *ret, const uint64_t *word, size_t words) {
    size_t at = 0;
    if (words < 2)
        return false;
    ret->address = word[at++];
    uint64_t count = word[at++];
    if (count > words - at)
        return false;
    for (uint64_t i = 0; i < count; i++) /* marks of whose frames follow are beyond all addresses */
        if (word[at + i] < (uint64_t)PERF_CONTEXT_MAX && ret->depth < TIDE_PROC_FAULT_DEPTH)
            ret->pc[ret->depth++] = word[at + i];
    at += count;
    if (at < words && word[at++] != PERF_SAMPLE_REGS_ABI_NONE)
        at++; /* the stack pointer itself */
    if (at + 1 < words && word[at] >= sizeof(uint64_t))
        ret->top_word = word[at + 1];
    return ret->depth > 0;
}

static void copy_out(const struct ring *ring, uint64_t from, void *to, size_t bytes) {
    const char *data = (const char *)ring->control + sysconf(_SC_PAGESIZE);
    size_t at = from & (ring->data_bytes - 1), first = ring->data_bytes - at;
    memcpy(to, data + at, bytes < first ? bytes : first);
    if (bytes > first)
        memcpy((char *)to + first, data, bytes - first);
}

static void take_record(tide_proc_faults *faults, const struct perf_event_header *header,
                        const uint64_t *body, tide_proc_fault_list *ret) {
    size_t words = (header->size - sizeof *header) / sizeof *body;
    tide_proc_fault fault = {0};
    if (header->type == PERF_RECORD_LOST && words >= 2)
        faults->lost_count += body[1];
    else if (header->type == PERF_RECORD_SAMPLE && parse(&fault, body, words))
        *tide_vec_push(ret) = fault;
}

static void take_ring(tide_proc_faults *faults, const struct ring *ring, tide_proc_fault_list *ret) {
    uint64_t head = __atomic_load_n(&ring->control->data_head, __ATOMIC_ACQUIRE);
    uint64_t tail = ring->control->data_tail;
    while (tail < head) {
        struct perf_event_header header;
        uint64_t body[RECORD_BYTES_MAX / sizeof(uint64_t)];
        copy_out(ring, tail, &header, sizeof header);
        if (header.size < sizeof header)
            break;
        if (header.size - sizeof header <= sizeof body) {
            copy_out(ring, tail + sizeof header, body, header.size - sizeof header);
            take_record(faults, &header, body, ret);
        }
        tail += header.size;
    }
    __atomic_store_n(&ring->control->data_tail, tail, __ATOMIC_RELEASE);
}

void tide_proc_faults_take(tide_proc_faults *faults, tide_proc_fault_list *ret) {
    for (size_t i = 0; i < faults->rings.count; i++)
        take_ring(faults, &faults->rings.at[i], ret);
}

uint64_t tide_proc_faults_lost(const tide_proc_faults *faults) {
    return faults->lost_count;
}
