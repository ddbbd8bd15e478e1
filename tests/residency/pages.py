"""`record --pages`: residency over time, and who touched what, against programs that say what they do."""
import contextlib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from world import *  # noqa: E402,F403
from harness import TIMEOUT_S, case, main, tidemark  # noqa: E402
import harness  # noqa: E402


def path():
    return f'{harness.folder}/recording.tide'


@contextlib.contextmanager
def recorded(*argv, interval='20ms', **kwargs):
    with running(tidemark(), 'record', '-q', '-f', '-o', path(), f'--pages={interval}', *argv, **kwargs) as tool:
        (tool.tracked,) = children(tool.pid)
        yield tool


def report(*arguments):
    done = subprocess.run([tidemark(), 'report', *arguments, path()], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False, timeout=TIMEOUT_S, text=True)
    expect_equal(done.returncode, 0, done.stderr)
    return done.stdout


def residency():
    return json.loads(report('--format', 'json'))['residency']


def let_it_look(program, until):
    """The file grows with each look: what `until` says of the latest is the event."""
    def latest():
        done = subprocess.run([tidemark(), 'report', '--format', 'json', path()], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, timeout=TIMEOUT_S)
        moments = ((json.loads(done.stdout)['residency'] or {}) if done.stdout else {}).get('moments', [])
        return moments and until(moments[-1]) and moments[-1]
    return wait_until(latest, f'a look at {program.tracked}')


def resident(moment):
    return sum(moment[name + '_bytes'] for name in ('resident', 'overhead', 'trimmable', 'pinned', 'kept'))


@case
def the_heap_rises_first_and_is_resident_when_it_is_written():
    """The first picture of memray's memory overview: allocated, then written; and the second: freed, and kept until
    malloc_trim."""
    with recorded(target('tenant'), 'lazy') as program:
        requested = program.told['requested']
        moment = let_it_look(program, lambda moment: moment['requested_bytes'] >= requested)
        expect(moment['untouched_bytes'] >= requested - PAGE, f'touched before it was written: {moment}')
        expect(resident(moment) < 4 * MIB, f'resident before it was written: {moment}')
        program.say(b'w\n', b'ready')
        moment = let_it_look(program, lambda moment: moment['untouched_bytes'] < PAGE * 4)
        expect_near(moment['resident_bytes'], requested, MIB, 'resident when it was written')
        program.say(b'f\n', b'ready')
        moment = let_it_look(program, lambda moment: moment['requested_bytes'] < MIB)
        expect(moment['resident_bytes'] < MIB, f'the heap has not fallen: {moment}')
        expect_near(moment['trimmable_bytes'], requested, MIB, 'retained after it was freed')
        program.say(b't\n', b'ready')
        moment = let_it_look(program, lambda moment: moment['trimmable_bytes'] < MIB)
        expect(resident(moment) < 4 * MIB, f'resident after malloc_trim: {moment}')
        expect_near(moment['trimmed_bytes'] + moment['lowered_bytes'], requested, MIB, f'given back, of {moment}')
    text = report('--format', 'pages')
    expect('reserve_much' in text and 'given back' in text, text)
    expect_equal(explain(path()).stdout, text, 'explain of the recording')


@case
def numpy_shows_the_same_curves():
    """As in the pictures: numpy.empty, written, deleted. A large array has a mapping of its own, which goes with it."""
    python = installed('python3')
    if subprocess.run([python, '-c', 'import numpy'], stderr=subprocess.DEVNULL, check=False).returncode:
        raise Skip('numpy is not installed')
    program = ('import numpy, sys\n'
               'def step(): print("ready", flush=True); sys.stdin.readline()\n'
               'a = numpy.empty(8 << 20, dtype=numpy.float64); step()\n'
               'a[:] = 1; step()\n'
               'del a; step()\n')
    with recorded(python, '-c', program) as numpy:
        before = let_it_look(numpy, lambda moment: moment['untouched_bytes'] >= 63 * MIB)
        numpy.say(b'\n', b'ready')
        written = let_it_look(numpy, lambda moment: moment['untouched_bytes'] < 2 * MIB and
                              moment['requested_bytes'] > 64 * MIB)
        expect_near(resident(written) - resident(before), 64 * MIB, 2 * MIB, 'resident by writing')
        numpy.say(b'\n', b'ready')
        gone = let_it_look(numpy, lambda moment: moment['requested_bytes'] < written['requested_bytes'] - 63 * MIB)
        expect_near(resident(written) - resident(gone), 64 * MIB, 2 * MIB, 'given back')
        expect(gone['unmapped_bytes'] >= 63 * MIB, f'not by munmap: {gone}')
        numpy.say(b'\n')


@case
def who_touches_and_who_allocates_are_both_told():
    with recorded(target('toucher')) as program:
        moment = let_it_look(program, lambda moment: moment['requested_bytes'] >= 112 * MIB)
        if not moment['touched_bytes']:
            raise Skip('page faults may not be watched here')
        told = program.told
    found = residency()
    last = found['moments'][-1]
    all_told = sum(told.values())
    expect_equal(last['lost_faults'], 0, 'lost page faults')
    rows = {row['touched_by']['function']: row for row in found['touches']
            if row['allocated_by']['function'] == 'allocate_it'}
    for function, told_bytes in told.items():
        expect(function in rows, f'{function} is not named: {found["touches"][:5]}')
        expect_near(rows[function]['touched_bytes'], told_bytes, told_bytes // 100, f'touched by {function}')
    attributed = sum(rows[function]['touched_bytes'] for function in told)
    expect(attributed >= all_told * 99 // 100, f'{attributed} of {all_told} bytes are attributed')


@case
def without_page_faults_growth_is_told_by_who_allocated():
    """A plain user where perf_event_paranoid forbids it, or nobody at all: the sites' resident bytes are there."""
    with recorded(target('toucher')) as program:
        let_it_look(program, lambda moment: moment['resident_bytes'] >= 96 * MIB)
    row = next(row for row in residency()['at_peak'] if row['allocated_by']['function'] == 'allocate_it')
    expect_near(row['resident_bytes'], 96 * MIB, 64 * KIB, 'resident of allocate_it')
    expect_near(row['untouched_bytes'], 16 * MIB, 64 * KIB, 'untouched of allocate_it')


@case
def a_recording_without_pages_says_so():
    with running(tidemark(), 'record', '-q', '-f', '-o', path(), target('tenant'), 'untouched'):
        pass
    expect_equal(residency(), None, 'residency')
    expect('record with --pages' in report('--format', 'pages'), 'it does not say what to do')
    done = explain(path())
    expect_equal((done.returncode, done.stdout), (1, ''), done.stderr)


@case
def an_interval_that_is_none_is_refused():
    for value in ('0', 'x', '-1'):
        done = subprocess.run([tidemark(), 'record', f'--pages={value}', 'true'], stderr=subprocess.PIPE, check=False)
        expect_equal(done.returncode, 2, f'status of --pages={value}')
        expect(b'is no interval' in done.stderr, done.stderr)


main()
