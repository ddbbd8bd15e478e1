#include "track/modules.h"
#include "track/process.h"
#include <dlfcn.h>
#include <elf.h>
#include <limits.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

enum { BUILD_ID_MAX = 20, PATH_WORDS = PATH_MAX / 8, HEAD_WORDS = 8 };

/* The GNU build-id in the notes of the ELF image at `start`; returns its length, 0 when it has none. */
static uint32_t build_id_of(uint64_t start, uint64_t end, uint64_t bias, uint8_t *ret) {
    const Elf64_Ehdr *elf = (const void *)start;
    if (end - start < sizeof *elf || memcmp(elf->e_ident, ELFMAG, SELFMAG) || elf->e_phoff > end - start)
        return 0;
    const Elf64_Phdr *segment = (const void *)(start + elf->e_phoff);
    for (unsigned i = 0; i < elf->e_phnum; i++, segment++) {
        uint64_t at = bias + segment->p_vaddr, last = at + segment->p_filesz;
        if (segment->p_type != PT_NOTE || at < start || last > end)
            continue;
        while (at + sizeof(Elf64_Nhdr) <= last) {
            const Elf64_Nhdr *note = (const void *)at;
            const char *name = (const char *)(note + 1);
            const uint8_t *description = (const uint8_t *)name + ((note->n_namesz + 3) & ~3u);
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && !memcmp(name, "GNU", 4)) {
                uint32_t bytes = note->n_descsz < BUILD_ID_MAX ? note->n_descsz : BUILD_ID_MAX;
                memcpy(ret, description, bytes);
                return bytes;
            }
            at = (uint64_t)description + ((note->n_descsz + 3) & ~3u);
        }
    }
    return 0;
}

/* The loader calls the program itself "". Paths are made absolute: the program may change its folder. */
static size_t path_of(const struct link_map *map, char *ret, size_t room_bytes) {
    ssize_t length = 0;
    if (!map->l_name[0]) {
        length = readlink("/proc/self/exe", ret, room_bytes - 1);
        return length > 0 ? (size_t)length : 0;
    }
    if (map->l_name[0] != '/' && strchr(map->l_name, '/') && getcwd(ret, room_bytes / 2)) {
        length = (ssize_t)strlen(ret);
        ret[length++] = '/';
    }
    size_t name = strnlen(map->l_name, room_bytes - (size_t)length - 1);
    memcpy(ret + length, map->l_name, name);
    return (size_t)length + name;
}

static void module_add(tide_process *process, const struct dl_find_object *object) {
    /* under the naming lock; a forked child starts from scratch */
    static uint64_t record[HEAD_WORDS + PATH_WORDS];
    tide_modules *modules = &process->modules;
    if (modules->count >= TIDE_MODULES_MAX)
        return;
    uint64_t start = (uint64_t)object->dlfo_map_start, end = (uint64_t)object->dlfo_map_end;
    memset(record, 0, sizeof record);
    record[0] = TIDE_LOG_MODULE | (uint64_t)modules->count << 32;
    record[1] = object->dlfo_link_map->l_addr;
    record[2] = start;
    record[3] = end;
    record[4] = build_id_of(start, end, record[1], (uint8_t *)&record[5]);
    size_t length = path_of(object->dlfo_link_map, (char *)&record[HEAD_WORDS], PATH_WORDS * 8);
    uint64_t log_word = process->book.header->log_words;
    if (!tide_log_append(&process->book, record, HEAD_WORDS + (uint32_t)(length / 8) + 1))
        return;
    modules->at[modules->count++] = (struct tide_loaded){start, end, object->dlfo_link_map, log_word};
    process->book.header->module_count = modules->count;
    if (tide_python_meet(&process->interpreter, object->dlfo_link_map, &process->book, &process->names.lock))
        __atomic_store_n(&process->python, &process->interpreter, __ATOMIC_RELEASE);
}

void tide_modules_meet(tide_process *process, uintptr_t pc) {
    tide_modules *modules = &process->modules;
    const struct tide_loaded *hit = &modules->at[modules->last_hit];
    if (pc - 1 >= hit->start && pc - 1 < hit->end)
        return;
    for (uint32_t i = modules->count; i-- > 0;) {
        if (pc - 1 < modules->at[i].start || pc - 1 >= modules->at[i].end)
            continue;
        modules->last_hit = i;
        return;
    }
    struct dl_find_object object;
    if (pc > TIDE_PAGE && !_dl_find_object((void *)(pc - 1), &object))
        module_add(process, &object);
}

static bool is_gone(const struct tide_loaded *loaded) {
    struct dl_find_object object;
    return _dl_find_object((void *)loaded->start, &object) || object.dlfo_link_map != loaded->link_map ||
           (uint64_t)object.dlfo_map_start != loaded->start || (uint64_t)object.dlfo_map_end != loaded->end;
}

void tide_modules_check(tide_process *process) {
    tide_modules *modules = &process->modules;
    bool any = false;
    tide_spin_lock(&process->names.lock);
    for (uint32_t i = 0; i < modules->count; i++) {
        struct tide_loaded *loaded = &modules->at[i];
        if (!loaded->end || !is_gone(loaded))
            continue;
        uint64_t record = TIDE_LOG_MODULE_GONE | (uint64_t)i << 32;
        tide_names_forget(process, loaded->log_word, loaded->start, loaded->end);
        tide_log_append(&process->book, &record, 1);
        loaded->end = loaded->start = 0;
        any = true;
    }
    tide_spin_unlock(&process->names.lock);
    if (!any && !process->rules.has_guesses)
        return;
    tide_rules_clear(&process->rules);
    tide_generation_raise();
}
