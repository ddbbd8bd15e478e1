"""Every block of a Python program stands at the function and the line that made it, below those that called these.

Usage: known.py TIDEMARK PROGRAMS [PATTERN]"""
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'acceptance'))
import harness  # noqa: E402
from harness import case, expect, record  # noqa: E402
from interpreters import interpreters  # noqa: E402

KNOWN = os.path.join(os.path.abspath(sys.argv[2]), 'known.py')


SMALLEST = 100000  # of the program's blocks; what else a line allocates is smaller


def python_frames(site):
    return tuple((frame['function'], frame['file'], frame['line']) for frame in site.frames if frame['address'] is None)


def truth_by_stack(path):
    """Thread, stack → what was made there: bytes, blocks, ways."""
    made = {}
    with open(path, encoding='utf-8') as file:
        for row in map(json.loads, file):
            thread = None if row['thread'] == 'MainThread' else row['thread'] # that is called as the program
            sums = made.setdefault((thread, tuple(tuple(frame) for frame in row['frames'])), [0, 0, set()])
            sums[0] += row['bytes']
            sums[1] += 1
            sums[2].add(row['way'])
    return made


def natives_are_where_they_belong(site, native):
    frames = [frame for frame in site.frames if not frame['inlined']]
    is_python = [frame['address'] is None for frame in frames]
    if not native:
        return all(is_python)
    entries = [index for index, frame in enumerate(frames) if frame['function'] == '_PyEval_EvalFrameDefault']
    return not is_python[0] and not is_python[-1] and entries and all(is_python[index - 1] for index in entries)


def check(interpreter, native):
    truth_path = os.path.join(harness.folder, 'truth')
    recorded = record(interpreter, KNOWN, truth_path, options=['--native'] if native else [])
    expect(recorded.status == 0, f'status {recorded.status}: {recorded.stderr.decode()}')
    made, faults = truth_by_stack(truth_path), []
    expect(len(made) > 25, 'the program has said too little about itself')
    for (thread, stack), (total_bytes, total_blocks, ways) in made.items():
        sites = [site for site in recorded.report.sites if python_frames(site) == stack and site.total_blocks and
                 (site.thread == thread or (not thread and site.thread.startswith('python'))) and
                 site.total_bytes / site.total_blocks >= SMALLEST]
        got = harness.total(sites, 'total_bytes'), harness.total(sites, 'total_blocks')
        if got != (total_bytes, total_blocks):
            faults.append(f'{ways}: expected {total_bytes} B in {total_blocks} blocks, got {got} at {stack[0]}')
        elif not all(natives_are_where_they_belong(site, native) for site in sites):
            faults.append(f'{ways}: native frames: {[frame["function"] for frame in sites[0].frames]}')
    expect(not faults, '\n'.join(faults))


def add_cases():
    for version, path in interpreters().items():
        for native in False, True:
            def one(path=path, native=native):
                check(path, native)
            frames = 'among_native_frames' if native else 'with_no_native_frames'
            one.__name__ = f'python_{version}_every_block_is_at_its_line_{frames}'
            case(one)


add_cases()
harness.main()
