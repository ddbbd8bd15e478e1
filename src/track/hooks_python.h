/* track/hooks_python: see each object of a Python interpreter (--python-allocators). */
#pragma once
#include "python/interpreter.h"

/* Once the interpreter runs; the calling thread holds the GIL. */
void tide_python_hook_allocators(const tide_python *python);
