#include "python/layout.h"
#include <string.h>

/* FRAME_OWNED_BY_CSTACK */
enum { OWNED_BY_C_STACK = 3 };

static const tide_python_layout known[] = {
    {
        .version = 0x030b,
        .state_cframe = 56,
        .cframe_previous = 16,
        .current_frame = 8,
        .state_thread = 152,
        .frame_code = 32,
        .frame_previous = 48,
        .frame_instruction = 56,
        .frame_locals = 72,
        .frame_boundary = 68,
        .boundary_minimum = true,
        .boundary_is_function = true,
        .code_file = 112,
        .code_name = 128,
        .code_first_line = 72,
        .code_line_table = 136,
        .code_instructions = 184,
        .text_length = 16,
        .text_state = 32,
        .text_ascii = 48,
        .text_other = 72,
        .bytes_length = 16,
        .bytes_data = 32,
    },
    {
        .version = 0x030c,
        .state_cframe = 56,
        .cframe_previous = 8,
        .current_frame = 0,
        .state_thread = 136,
        .frame_code = 0,
        .frame_previous = 8,
        .frame_instruction = 56,
        .frame_locals = 72,
        .frame_boundary = 70,
        .boundary_minimum = OWNED_BY_C_STACK,
        .code_file = 112,
        .code_name = 128,
        .code_first_line = 68,
        .code_line_table = 136,
        .code_instructions = 192,
        .text_length = 16,
        .text_state = 32,
        .text_ascii = 40,
        .text_other = 56,
        .bytes_length = 16,
        .bytes_data = 32,
    },
};

/* _Py_DebugOffsets of 3.13: words, in this order. Later versions have other ones between. */
enum {
    AT_VERSION = 1,
    AT_FREE_THREADED = 2,
    AT_STATE_FRAME = 23,
    AT_STATE_THREAD = 24,
    AT_FRAME_PREVIOUS = 29,
    AT_FRAME_CODE = 30,
    AT_FRAME_INSTRUCTION = 31,
    AT_FRAME_LOCALS = 32,
    AT_FRAME_OWNER = 33,
    AT_CODE_FILE = 35,
    AT_CODE_QUALIFIED_NAME = 37,
    AT_CODE_LINE_TABLE = 38,
    AT_CODE_FIRST_LINE = 39,
    AT_CODE_INSTRUCTIONS = 43,
    AT_BYTES_LENGTH = 65,
    AT_BYTES_DATA = 66,
    AT_TEXT_STATE = 68,
    AT_TEXT_LENGTH = 69,
    AT_TEXT_ASCII = 70,
};

static bool read_published(tide_python_layout *ret, uint64_t version, const uint64_t *words) {
    if (memcmp(words, "xdebugpy", 8) || words[AT_VERSION] != version || words[AT_FREE_THREADED] ||
        version >> 16 != 0x030d)
        return false;
    *ret = (tide_python_layout){
        .version = 0x030d,
        .state_cframe = TIDE_PYTHON_NO_FIELD,
        .current_frame = (uint16_t)words[AT_STATE_FRAME],
        .state_thread = (uint16_t)words[AT_STATE_THREAD],
        .frame_code = (uint16_t)words[AT_FRAME_CODE],
        .frame_previous = (uint16_t)words[AT_FRAME_PREVIOUS],
        .frame_instruction = (uint16_t)words[AT_FRAME_INSTRUCTION],
        .frame_locals = (uint16_t)words[AT_FRAME_LOCALS],
        .frame_boundary = (uint16_t)words[AT_FRAME_OWNER],
        .boundary_minimum = OWNED_BY_C_STACK,
        .code_file = (uint16_t)words[AT_CODE_FILE],
        .code_name = (uint16_t)words[AT_CODE_QUALIFIED_NAME],
        .code_first_line = (uint16_t)words[AT_CODE_FIRST_LINE],
        .code_line_table = (uint16_t)words[AT_CODE_LINE_TABLE],
        .code_instructions = (uint16_t)words[AT_CODE_INSTRUCTIONS],
        .text_length = (uint16_t)words[AT_TEXT_LENGTH],
        .text_state = (uint16_t)words[AT_TEXT_STATE],
        .text_ascii = (uint16_t)words[AT_TEXT_ASCII],
        .text_other = (uint16_t)(words[AT_TEXT_ASCII] + 16), /* PyCompactUnicodeObject: two words more */
        .bytes_length = (uint16_t)words[AT_BYTES_LENGTH],
        .bytes_data = (uint16_t)words[AT_BYTES_DATA],
    };
    return true;
}

bool tide_python_layout_find(tide_python_layout *ret, uint64_t version, const void *runtime) {
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].version != version >> 16)
            continue;
        *ret = known[i];
        return true;
    }
    return runtime && read_published(ret, version, runtime);
}
