"""Code objects that come and go: no allocation is given another one's function. What is freed is overwritten here.

Usage: churn.py TIDEMARK PROGRAMS [PATTERN]; TIDEMARK_CHURN=200000 for a soak of some ten minutes"""
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'acceptance'))
import harness  # noqa: E402
from harness import case, expect, expect_equal, record  # noqa: E402
from interpreters import interpreters  # noqa: E402

CHURN = os.path.join(os.path.abspath(sys.argv[2]), 'churn.py')
BASE = 1 << 20
FUNCTIONS = int(os.environ.get('TIDEMARK_CHURN', 1500))
harness.TIMEOUT_S = max(harness.TIMEOUT_S, FUNCTIONS / 100)


def wanted(number):
    thread, k = number & 15, number >> 4
    return f'f_{thread}_{k}', f'churn_{thread}', k % 50 + 2


def check(interpreter, allocator):
    # MALLOC_PERTURB_: glibc overwrites what is freed, so that who reads it reads no name
    recorded = record(interpreter, CHURN, str(FUNCTIONS), env={'PYTHONMALLOC': allocator, 'MALLOC_PERTURB_': '165'})
    expect_equal((recorded.status, recorded.stderr), (0, b''), 'the program')
    functions, seen = 4 * FUNCTIONS, {}
    for site in recorded.report.sites:
        size = site.total_bytes // max(site.total_blocks, 1) - BASE
        if site.kind == 'mmap' or size < 0: # arenas; what the interpreter needs itself
            continue
        frame = site.frames[0]
        got = frame['function'], frame['file'], frame['line']
        expect_equal(got, wanted(size), f'a block of {size + BASE} bytes is of')
        expect(re.fullmatch('churn', site.frames[1]['function']), f'it is called by {site.frames[1]}')
        seen[size] = seen.get(size, 0) + site.total_blocks
    expect_equal(len(seen), functions, 'functions found')
    expect_equal(set(seen.values()), {3}, 'blocks of each')


for version, path in interpreters().items():
    for allocator in 'pymalloc', 'malloc':
        def one(path=path, allocator=allocator):
            check(path, allocator)
        one.__name__ = f'python_{version}_with_{allocator}_has_no_wrong_name'
        case(one)
harness.main()
