#include "import/building.h"
#include "recording/recording.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct kind {
    const char *start; /* of the file */
    int (*read)(tide_building *into, const char *path, tide_err *err);
    const char *refusal; /* what to say instead; NULL: it is read */
    uint32_t source;
} kind;

static const kind kinds[] = {
    {"{", tide_import_dhat, NULL, TIDE_SOURCE_DHAT},
    {"desc: ", tide_import_massif, NULL, TIDE_SOURCE_MASSIF},
    {"TIDEMARK", NULL, "is a recording of Tidemark already: see it with 'tidemark report'", 0},
    {"memray", NULL, "is a recording of memray, which cannot be read: only DHAT's and Massif's files are", 0},
    {"v ", NULL, "is a recording of heaptrack, which cannot be read: only DHAT's and Massif's files are", 0},
    {"\x1f\x8b", NULL,
     "is compressed, as heaptrack's recordings are: only DHAT's and Massif's files are read", 0},
    {"\x28\xb5\x2f\xfd", NULL,
     "is compressed, as heaptrack's recordings are: only DHAT's and Massif's files are read", 0},
};

static const kind *kind_of(const char *start, size_t count) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i].start) <= count && !memcmp(start, kinds[i].start, strlen(kinds[i].start)))
            return &kinds[i];
    return NULL;
}

int tide_import_read(tide_recording *ret, const char *path, tide_err *err) {
    char start[16];
    struct stat status = {0};
    *ret = (tide_recording){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t count = fd < 0 ? -1 : read(fd, start, sizeof start);
    int failed = count < 0 ? tide_fail(err, -errno, "cannot read %s: %m", path) : 0;
    if (fd >= 0 && (fstat(fd, &status), close(fd)) < 0 && !failed)
        failed = -errno;
    if (failed)
        return failed;
    const kind *found = kind_of(start, (size_t)count);
    if (!found || found->refusal)
        return tide_fail(err, -EBADMSG, "%s %s", path,
                         found ? found->refusal : "is neither a file of DHAT nor of Massif");
    tide_building building;
    tide_building_init(&building, ret, found->source);
    ret->info.start_unix_ns =
        (uint64_t)status.st_mtim.tv_sec * 1000000000u; /* it was written at the end: near enough */
    failed = found->read(&building, path, err);
    tide_building_free(&building);
    return failed;
}

int tide_import_write(const tide_recording *recording, const char *path, bool force, tide_err *err) {
    tide_writer *writer;
    int failed = tide_writer_open(&writer, path, force, &recording->info, err);
    if (failed)
        return failed;
    failed = tide_writer_samples(writer, recording->samples.at, recording->samples.count, err);
    if (!failed)
        failed = tide_writer_heap(writer, &recording->heap, err);
    if (!failed)
        failed = tide_writer_symbols(writer, &recording->symbols, err);
    int closed = tide_writer_close(writer, failed ? NULL : &recording->end, failed ? NULL : err);
    return failed ? failed : closed;
}
