/* python/layout: where the interpreter keeps what is read of it, by version. Offsets in bytes.
 *
 *   thread state ─► (3.11, 3.12: cframe ─►) current frame ─► previous ─► … ─► NULL
 *                                                │
 *                                                ├ code ─► name, file, first line, line table, instructions
 *                                                └ instruction, in the code's instructions
 *
 * One call of _PyEval_EvalFrameDefault runs several frames, when Python calls Python; it keeps a record on the C stack
 * itself, so the address of that record says which native frame it is: the *anchor* of these frames.
 *
 *   3.11          anchor: the cframe; the outermost frame that it runs has is_entry set
 *   3.12, 3.13    anchor: a frame on the C stack, which stands behind the outermost frame that it runs
 *
 * Sources: CPython's Include/internal/pycore_frame.h, Include/cpython/code.h, Include/cpython/unicodeobject.h of each
 * version. From 3.13 on the interpreter publishes the offsets itself: _Py_DebugOffsets, at the start of _PyRuntime. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { TIDE_PYTHON_NO_FIELD = UINT16_MAX };

typedef struct tide_python_layout {
    uint16_t version;         /* 0x030b: 3.11 */
    uint16_t state_cframe;    /* in the thread state; or NO_FIELD: no such thing, */
    uint16_t cframe_previous; /* … its caller's cframe, */
    uint16_t current_frame;   /* and this is in the thread state instead of the cframe */
    uint16_t state_thread;    /* pthread_t */
    uint16_t frame_code, frame_previous, frame_instruction, frame_locals;
    uint16_t frame_boundary;   /* byte: ends what one native frame runs when it is … */
    uint8_t boundary_minimum;  /* … at least this */
    bool boundary_is_function; /* that frame runs a function itself (3.11); else it is only the mark */
    uint16_t code_file, code_name, code_first_line, code_line_table, code_instructions;
    uint16_t text_length, text_state, text_ascii, text_other; /* str: where ASCII, and other texts begin */
    uint16_t bytes_length, bytes_data;
} tide_python_layout;

/* `runtime` is _PyRuntime, `version` what Py_Version holds. False: this version is not known. */
bool tide_python_layout_find(tide_python_layout *ret, uint64_t version, const void *runtime);
