"""With --python-allocators the objects of a program are all there: as many, as large and at the same lines as when the
interpreter is told to take each from malloc.

Usage: objects.py TIDEMARK PROGRAMS [PATTERN]"""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'acceptance'))
from harness import case, expect, record  # noqa: E402
from interpreters import interpreters  # noqa: E402

OBJECTS = os.path.join(os.path.abspath(sys.argv[2]), 'objects.py')


def by_line(recorded):
    sums = {}
    for site in recorded.report.sites:
        frames = [(frame['function'], frame['line']) for frame in site.frames if frame['file'] == OBJECTS]
        if frames and site.kind != 'mmap':
            row = sums.setdefault(frames[0], [0, 0, 0])
            for index, name in enumerate(('total_bytes', 'total_blocks', 'freed_blocks')):
                row[index] += getattr(site, name)
    return sums


def check(interpreter):
    # the hash seed decides how often sets and dicts grow
    env = {'PYTHONHASHSEED': '1', 'PYTHONMALLOC': 'malloc'}
    wanted = record(interpreter, OBJECTS, '5000', env=env)
    got = record(interpreter, OBJECTS, '5000', env={**env, 'PYTHONMALLOC': 'pymalloc'}, options=['--python-allocators'])
    expect(wanted.status == 0 and got.stdout == wanted.stdout, got.stderr.decode())
    lines, faults = by_line(wanted), []
    expect(len(lines) > 20 and sum(row[1] for row in lines.values()) > 50000, f'too little to compare: {lines}')
    found = by_line(got)
    for line, row in lines.items():
        if found.get(line) != row:
            faults.append(f'{line}: expected bytes, blocks, freed {row}, got {found.get(line)}')
    expect(not faults, '\n'.join(faults))
    foreign = got.report.totals['foreign_frees']
    expect(foreign < 10, f'{foreign} blocks were freed that had not been seen')


for version, path in interpreters().items():
    def one(path=path):
        check(path)
    one.__name__ = f'python_{version}_each_object_is_at_its_line'
    case(one)
from harness import main  # noqa: E402
main()
