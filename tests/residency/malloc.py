"""`tidemark malloc PID` against what malloc says of itself (mallinfo2)."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from world import *  # noqa: E402,F403
from harness import TIMEOUT_S, case, main, tidemark  # noqa: E402
import harness  # noqa: E402


def malloc(*arguments, status=0):
    done = subprocess.run([tidemark(), 'malloc', *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False, timeout=TIMEOUT_S, text=True)
    expect_equal(done.returncode, status, done.stderr)
    return done


def chunks(pid):
    found = json.loads(malloc('--json', pid).stdout)
    expect_equal((found['format'], found['version']), ('tidemark-malloc', 1), 'schema')
    for heap in found['heaps']:
        expect(heap['is_whole'], f'not all of it was walked: {heap}')
    return found


@case
def used_and_free_are_what_mallinfo_says():
    for way in ('freed', 'comb', 'untouched'):
        with running(target('tenant'), way) as program:
            program.say(b'i\n', b'ready')
            told, found = program.told, chunks(program.pid)
            total = found['sum']
            expect_equal(total['free_bytes'] + total['top_bytes'], told['free'], f'{way}: free')
            expect_equal(total['top_bytes'], told['top'], f'{way}: top')
            expect_equal(total['free_count'] + 1, told['free_count'], f'{way}: free chunks, and top')
            expect_equal((found['large_bytes'], found['large_count']), (told['large'], told['large_count']),
                         f'{way}: large blocks')
            expect_near(total['size_bytes'], told['arena'], PAGE, f'{way}: size')
            expect_equal(sum(count for count, _ in found['free_by_class']), total['free_count'], f'{way}: classes')


@case
def the_verdict_is_in_words():
    for way, word in (('comb', 'fragmented: '), ('freed', 'free')):
        with running(target('tenant'), way) as program:
            verdict = chunks(program.pid)['verdict']
            expect(verdict.startswith(word) if way == 'comb' else word in verdict, verdict)
            expect(verdict in malloc(program.pid).stdout, 'the text says something else')


@case
def each_arena_is_walked():
    with running(target('assortment')) as program:
        found = chunks(program.pid)
        expect_equal(len({heap['arena'] for heap in found['heaps']}), 4, 'arenas')
        for heap in found['heaps']:
            expect(heap['used_count'] > 0, f'{heap}')


@case
def of_a_tracked_program_what_malloc_caches_is_told():
    with running(tidemark(), 'record', '-q', '-o', f'{harness.folder}/recording.tide', target('tenant'), 'freed') as tool:
        (tracked,) = children(tool.pid)
        found = chunks(tracked)
        expect(0 <= found['sum']['used_count'] - found['live_blocks'] < 1000, f'{found["sum"]} {found["live_blocks"]}')


@case
def who_has_no_heap_of_glibcs_is_told_so():
    expect('no such process' in malloc(4194305, status=1).stderr, 'of a PID that there is not')
    expect('is no PID' in malloc('x', status=2).stderr, 'of no number')


main()
