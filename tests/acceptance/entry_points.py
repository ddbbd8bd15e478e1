"""Every entry point of the allocators, once: counted once, with its size, under its name, where it was called."""
import collections
import os
import shutil

from harness import Skip, case, expect, expect_equal, library, main, native, record, target



def kinds_of_new(libraries):
    """operator new of libstdc++ is one more caller of malloc; an allocator's own is an entry point, unless it calls
    another one by name."""
    def kinds(symbol, own_name, called):
        return {own_name, called} if libraries[symbol] == libraries['malloc'] else {called}
    return {'<new>': kinds('_Znwm', 'operator new', 'malloc'), '<new[]>': kinds('_Znam', 'operator new[]', 'malloc'),
            '<aligned new>': kinds('_ZnwmSt11align_val_t', 'operator new', 'aligned_alloc'),
            '<aligned new[]>': kinds('_ZnamSt11align_val_t', 'operator new[]', 'aligned_alloc')}


def check(program, allocator, preload=''):
    """allocator: part of the name of the library that malloc has to come from."""
    env = {'LD_PRELOAD': library(preload)} if preload else None
    libraries = dict(line.split(' ', 1) for line in native(program, '--libraries', env=env).lines)
    expect(allocator in libraries['malloc'], f'malloc comes from {libraries["malloc"]}: this tests nothing')
    # Not every allocator has a pvalloc, and libc's blocks cannot be freed by another library.
    args = [libraries['malloc'], '' if libraries['pvalloc'] == libraries['malloc'] else 'pvalloc']
    expect_equal(native(program, *args, env=env).status, 0, 'exit status without Tidemark')
    recorded = record(program, *args, env=env)
    expect_equal(recorded.status, 0, 'exit status')
    recorded.expect_truth(kinds_of_new(libraries), rows_at_least=20)
    usable = [tuple(map(int, row)) for row in recorded.rows('usable')]
    wrong = [row for row in usable if not row[0] <= row[1] == row[2]]
    expect(usable and not wrong, f'malloc_usable_size: asked for, told, true: {wrong}')


@case
def entry_points_of_glibc():
    check('entry_points', 'libc.so.6')


@case
def entry_points_of_jemalloc_preloaded():
    check('entry_points', 'libjemalloc', 'libjemalloc.so.2')


@case
def entry_points_of_tcmalloc_preloaded():
    check('entry_points', 'libtcmalloc', 'libtcmalloc_minimal.so.4')


@case
def entry_points_of_mimalloc_preloaded():
    check('entry_points', 'libmimalloc', 'libmimalloc.so.2')


@case
def entry_points_of_jemalloc_linked():
    check('entry_points_jemalloc', 'libjemalloc')


@case
def entry_points_of_tcmalloc_linked():
    check('entry_points_tcmalloc', 'libtcmalloc')


@case
def entry_points_of_mimalloc_linked():
    check('entry_points_mimalloc', 'libmimalloc')


@case
def sqlite3_has_the_same_sites_with_every_allocator():
    if not shutil.which('sqlite3'):
        raise Skip('sqlite3 is not installed')
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../dhat/inputs/session.sql')

    def sites(preload):
        recorded = record(shutil.which('sqlite3'), ':memory:', f'.read {script}',
                          env={'LD_PRELOAD': library(preload)} if preload else None)
        totals = recorded.report.totals
        expect_equal((totals['lost_events'], totals['foreign_frees']), (0, 0), f'lost and foreign, {preload}')
        return collections.Counter((tuple(site.functions), site.kind, site.total_bytes, site.total_blocks,
                                    site.end_bytes, site.end_blocks) for site in recorded.report.sites)

    expected = sites('')
    expect(expected.total() > 1000, f'{expected.total()} sites: it has not run')
    for preload in ('libjemalloc.so.2', 'libtcmalloc_minimal.so.4', 'libmimalloc.so.2'):
        found = sites(preload) # and a few of the library's own
        expect_equal(list((expected - found).items())[:3], [], f'sites that are others with {preload}')
        expect((found - expected).total() < 10, f'{(found - expected).most_common(3)} more with {preload}')


@case
def a_plugin_in_cxx_for_a_program_in_c():
    recorded = record('c_host', target('plugin_cxx.so'))
    expect_equal(recorded.status, 0, 'exit status')
    recorded.expect_truth()


main()
