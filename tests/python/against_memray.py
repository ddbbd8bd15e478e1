"""The same program under memray: function by function, what was allocated in all differs by less than 1 %.

Usage: against_memray.py TIDEMARK PROGRAMS [PATTERN]"""
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'acceptance'))
import harness  # noqa: E402
import memray_venv  # noqa: E402
from harness import Skip, case, expect, record, run  # noqa: E402

PROGRAMS = os.path.abspath(sys.argv[2])
VENV = os.path.join(os.path.dirname(os.path.abspath(sys.argv[1])), 'memray')
READ = '''
import collections, json, sys
from memray import AllocatorType, FileReader
own, total = collections.Counter(), collections.Counter()
for record in FileReader(sys.argv[1]).get_allocation_records():
    if record.allocator in (AllocatorType.FREE, AllocatorType.MUNMAP):
        continue
    frames = [f'{name} {file}' for name, file, line in record.stack_trace()]
    if frames:
        own[frames[0]] += record.size
    for frame in set(frames):
        total[frame] += record.size
json.dump([own, total], sys.stdout)
'''


def by_memray(python, script, args, options):
    path = os.path.join(harness.folder, 'memray.bin')
    done = run([python, '-m', 'memray', 'run', '--quiet', *options, '-f', '-o', path, script, *args], None)
    expect(done.returncode == 0, f'memray: {done.stderr.decode()}')
    done = run([python, '-c', READ, path], None)
    expect(done.returncode == 0, f'memray: {done.stderr.decode()}')
    return json.loads(done.stdout)


def by_tidemark(python, script, args, options):
    recorded = record(python, script, *args, options=options)
    expect(recorded.status == 0, recorded.stderr.decode())
    own, total = {}, {}
    for site in recorded.report.sites:
        # memray has the plain names
        frames = [f"{frame['function'].rsplit('.', 1)[-1]} {frame['file']}" for frame in site.frames
                  if frame['address'] is None]
        for sums, names in (own, frames[:1]), (total, set(frames)):
            for name in names:
                sums[name] = sums.get(name, 0) + site.total_bytes
    return own, total


def compare(script, args, memray_options, options, least_bytes):
    python = memray_venv.interpreter(VENV)
    if not python:
        raise Skip('memray cannot be installed from PyPI here')
    path = os.path.join(PROGRAMS, script)
    wanted, got = by_memray(python, path, args, memray_options), by_tidemark(python, path, args, options)
    compared, faults = 0, []
    for what, memray, tidemark in zip(('own', 'total'), wanted, got):
        for name, size in memray.items():
            # What starts the program is memray's under memray; frames of the import system differ with it.
            if size < least_bytes or not name.endswith(path) or name.startswith('<module>'):
                continue
            compared += 1
            if abs(tidemark.get(name, 0) - size) > size / 100:
                faults.append(f'{what} of {name}: memray {size}, tidemark {tidemark.get(name, 0)}')
    expect(compared > 4, f'only {compared} functions were compared')
    expect(not faults, '\n'.join(faults))


@case
def blocks_in_all_ways():
    compare('known.py', [os.path.join(harness.folder, 'truth')], [], [], 100000)


@case
def native_frames_too():
    compare('known.py', [os.path.join(harness.folder, 'truth')], ['--native'], ['--native'], 100000)


# With --trace-python-allocators memray sees the frame objects that its own profile function makes the interpreter
# create, 192 bytes for each call of a Python function. So objects are compared with malloc's (objects.py).
harness.main()
