"""Every entry point of the allocators, once: counted once, with its size, under its name, where it was called."""
from harness import case, expect, expect_equal, library, main, native, record, target



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
    args = [] if libraries['pvalloc'] == libraries['malloc'] else ['pvalloc']
    alone = native(program, *args, env=env)
    expect_equal(alone.status, 0, 'exit status without Tidemark')
    recorded = record(program, *args, env=env)
    expect_equal(recorded.status, 0, 'exit status')
    recorded.expect_truth(kinds_of_new(libraries), rows_at_least=20)
    expect_equal(recorded.values('usable'), alone.values('usable'), 'malloc_usable_size')


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
def a_plugin_in_cxx_for_a_program_in_c():
    recorded = record('c_host', target('plugin_cxx.so'))
    expect_equal(recorded.status, 0, 'exit status')
    recorded.expect_truth()


main()
