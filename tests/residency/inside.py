"""`tidemark explain` of a program that is recorded: its blocks × its pages, against what the program does and the kernel
says."""
import contextlib
import os
import pathlib
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from world import *  # noqa: E402,F403
from harness import case, main, tidemark  # noqa: E402
import harness  # noqa: E402

PROGRAM_LINES = pathlib.Path(__file__).parent / 'programs' / 'tenant.c'


def line_of(words):
    lines = PROGRAM_LINES.read_text(encoding='utf-8').splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


@contextlib.contextmanager
def recorded(*argv, options=(), **kwargs):
    """The program under `record`; `tracked` is its PID."""
    with running(tidemark(), 'record', '-q', '-f', '-o', f'{harness.folder}/recording.tide', *options, *argv,
                 **kwargs) as tool:
        (tool.tracked,) = children(tool.pid)
        yield tool


def inside(program, **kwargs):
    account = explained(program.tracked, **kwargs)
    expect('inside' in account, 'it is not seen to be tracked')
    figures = account['inside']
    heap = figures['heap']
    expect_equal(sum(heap[name] for name in ('blocks_resident_bytes', 'overhead_bytes', 'trimmable_bytes',
                                             'pinned_bytes', 'kept_bytes')),
                 heap['resident_bytes'], 'what the resident heap is made of')
    expect_equal(sum(heap[name] for name in ('blocks_resident_bytes', 'untouched_bytes', 'swapped_bytes')),
                 heap['requested_bytes'], 'what the requested heap is made of')
    for name in ('brk_heap', 'arena', 'large_block'):
        expect(heap['resident_bytes'] >= account['categories'][name]['rss_bytes'], f'{name} is not in the heap')
    return account


def site(account, function):
    return next(row for row in account['inside']['sites'] if row['function'] == function)


@case
def what_was_never_written_is_told_at_its_line():
    """256 MiB requested, 64 written: 192 MiB are untouched, but for one page."""
    with recorded(target('tenant'), 'untouched') as program:
        account = inside(program)
        row = site(account, 'reserve_much')
        expect_near(row['untouched_bytes'], program.told['untouched'], PAGE, 'untouched')
        expect_equal((row['file'].split('/')[-1], row['line']), ('tenant.c', line_of('line of the untouched')), 'line')
        expect_near(account['inside']['heap']['untouched_bytes'], program.told['untouched'], 64 * KIB, 'all untouched')


@case
def what_malloc_trim_would_give_back_is_foretold():
    with recorded(target('tenant'), 'freed') as program:
        before = inside(program)
        foretold = before['inside']['heap']['trimmable_bytes']
        expect(foretold > 10 * MIB, f'only {foretold} bytes to trim')
        rss, _, _ = kernel_figures(program.tracked)
        program.say(b't\n', b'ready')
        released = rss - kernel_figures(program.tracked)[0]
        expect_near(foretold, released, released // 100, 'what malloc_trim released')
        after = inside(program)['inside']['heap']
        expect(after['trimmable_bytes'] < released // 100, f'{after["trimmable_bytes"]} to trim after it was trimmed')


@case
def a_comb_of_live_blocks_is_named_that_pins_what_is_free():
    with recorded(target('tenant'), 'comb') as program:
        account = inside(program)
        row = site(account, 'tooth')
        expect_near(row['pinned_bytes'], program.told['free'], program.told['free'] // 20, 'pinned')
        expect_equal((row['file'].split('/')[-1], row['line']), ('tenant.c', line_of('line of the teeth')), 'line')
        expect_equal(max(account['inside']['sites'], key=lambda row: row['pinned_bytes']), row, 'who pins most')
        rss, _, _ = kernel_figures(program.tracked)
        program.say(b't\n', b'ready')
        released = rss - kernel_figures(program.tracked)[0]
        expect(released < program.told['free'] // 20, f'{released} bytes were not pinned')


@case
def a_program_that_is_watched_live_is_explained_too():
    with running(tidemark(), 'run', '--live', '--no-wait', target('tenant'), 'untouched') as tool:
        (tool.tracked,) = children(tool.pid)
        row = site(inside(tool), 'reserve_much')
        expect_near(row['untouched_bytes'], tool.told['untouched'], PAGE, 'untouched')


@case
def the_tracker_itself_is_told_apart():
    with recorded(target('tenant'), 'untouched') as program:
        account = explained(program.tracked)
        expect(account['categories']['tracker']['rss_bytes'] > 0, 'nothing of the tracker is seen')


@case
def a_plain_user_explains_what_he_records():
    kwargs = as_nobody()
    folder = pathlib.Path(harness.folder)
    folder.chmod(0o777)
    build = pathlib.Path(tidemark()).parent
    for name in ('libtidemark.so',):
        (folder / name).write_bytes((build / name).read_bytes())
        (folder / name).chmod(0o755)
    who = {name: kwargs[name] for name in ('user', 'group', 'extra_groups')}
    with running(kwargs['tool'], 'record', '-q', '-f', '-o', folder / 'recording.tide', target('tenant'), 'untouched',
                 **who) as tool:
        (tool.tracked,) = children(tool.pid)
        row = site(inside(tool, **kwargs), 'reserve_much')
        expect_near(row['untouched_bytes'], tool.told['untouched'], PAGE, 'untouched')


@case
def the_text_says_it_in_words():
    with recorded(target('tenant'), 'comb') as program:
        text = explain(program.tracked).stdout
        for words in ('heap, from inside', 'pinned, by who has the live blocks', 'tooth'):
            expect(words in text, f'{words}: {text}')


main()
