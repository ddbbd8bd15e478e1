#include "python/thread_name.h"
#include "python/text.h"
#include <string.h>

/* Objects, their types and dicts, from 3.11 to 3.13: Include/cpython/object.h, Include/internal/pycore_dict.h. */
enum {
    OBJECT_TYPE = 8,
    OBJECT_DICT = -3, /* words: before the object; 3.12: or its values, with bit 0 set */
    OBJECT_VALUES_3_11 = -4,
    TYPE_OBJECT_BYTES = 32,
    TYPE_FLAGS = 168,
    TYPE_FLAG_INLINE_VALUES = 1 << 2,
    TYPE_CACHED_KEYS_3_11 = 872,
    TYPE_CACHED_KEYS = 880,
    VALUES_VALID_3_13 = 3, /* byte: they are the attributes */
    VALUES_START_3_13 = 8,
    DICT_KEYS = 32,
    DICT_VALUES = 40,
    KEYS_LOG_INDEX_BYTES = 9, /* byte */
    KEYS_KIND = 10,           /* byte; 0: entries have a hash as well */
    KEYS_COUNT = 24,
    KEYS_INDICES = 32,
    ATTRIBUTES_MAX = 64,
};

struct attributes {
    const char *keys;
    const uintptr_t *values; /* NULL: in the entries of `keys` */
};

static struct attributes of_dict(const void *dict) {
    return dict ? (struct attributes){tide_python_pointer(dict, DICT_KEYS),
                                      tide_python_pointer(dict, DICT_VALUES)}
                : (struct attributes){0};
}

static struct attributes attributes_of(const tide_python_layout *layout, const void *object) {
    const void *type = tide_python_pointer(object, OBJECT_TYPE);
    uintptr_t dict = ((const uintptr_t *)object)[OBJECT_DICT];
    if (layout->version == 0x030b) {
        const uintptr_t *values = (const uintptr_t *)((const uintptr_t *)object)[OBJECT_VALUES_3_11];
        if (values)
            return (struct attributes){tide_python_pointer(type, TYPE_CACHED_KEYS_3_11), values};
    } else if (layout->version == 0x030c) {
        if (dict & 1)
            return (struct attributes){tide_python_pointer(type, TYPE_CACHED_KEYS),
                                       (const uintptr_t *)(dict + 1)};
    } else if (tide_python_word(type, TYPE_FLAGS) & TYPE_FLAG_INLINE_VALUES) {
        const char *values = (const char *)object + tide_python_word(type, TYPE_OBJECT_BYTES);
        if (values[VALUES_VALID_3_13])
            return (struct attributes){tide_python_pointer(type, TYPE_CACHED_KEYS),
                                       (const uintptr_t *)(const void *)(values + VALUES_START_3_13)};
    }
    return of_dict((const void *)dict);
}

static bool is_called(const tide_python_layout *layout, const void *key, const char *name) {
    return key && tide_python_word(key, layout->text_length) == strlen(name) &&
           !memcmp((const char *)key + layout->text_ascii, name, strlen(name));
}

static const void *find(const tide_python_layout *layout, struct attributes in, const char *name) {
    if (!in.keys)
        return NULL;
    uint64_t count = tide_python_word(in.keys, KEYS_COUNT), words = in.keys[KEYS_KIND] ? 2 : 3;
    const uintptr_t *entry =
        (const uintptr_t *)(const void *)(in.keys + KEYS_INDICES + (1ull << in.keys[KEYS_LOG_INDEX_BYTES]));
    for (uint64_t i = 0; i < count && i < ATTRIBUTES_MAX; i++, entry += words)
        if (is_called(layout, (const void *)entry[words - 2], name))
            return (const void *)(in.values ? in.values[i] : entry[words - 1]);
    return NULL;
}

const void *tide_python_thread_name(const tide_python *python, const tide_python_stack *stack) {
    const tide_python_layout *layout = &python->layout;
    if (!stack->count || !stack->holds_lock || !python->routines.thread_entry_plus_one)
        return NULL;
    uint32_t outermost = (uint32_t)(stack->words[stack->count - 1] >> 32) & TIDE_ROUTINE_NONE;
    if (outermost + 1 != python->routines.thread_entry_plus_one)
        return NULL;
    const void *self = tide_python_pointer(stack->outermost, layout->frame_locals);
    return self ? find(layout, attributes_of(layout, self), "_name") : NULL;
}
