"""`tidemark explain PID` against the kernel's own figures, of real programs and of one that knows what it holds."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from world import *  # noqa: E402,F403
from harness import case, main  # noqa: E402
import harness  # noqa: E402


# ---- ten real programs: each resident byte once


@case
def python3():
    with running(installed('python3'), '-c', 'x = [bytes(999) for _ in range(9999)]\nprint("ready", flush=True)\ninput()') as python:
        expect_sums(python.pid)
        python.say(b'\n')


@case
def redis_server():
    with running(installed('redis-server'), '--port', '0', '--unixsocket', f'{harness.folder}/redis', '--save', '',
                 is_server=True, ready=b'eady to accept') as redis:
        expect_sums(redis.pid)


@case
def sqlite3():
    with running(installed('sqlite3'), ':memory:', ready=b'20000',
                 stdin=b'create table t(x); with recursive c(n) as (select 1 union all select n+1 from c where n<20000)'
                       b' insert into t select randomblob(200) from c; select count(*) from t;\n') as sqlite:
        account = expect_sums(sqlite.pid)
        expect(account['categories']['brk_heap']['rss_bytes'] > 4 * MIB, 'its table is not in its heap')


@case
def gcc():
    """The compiler proper, which waits for its source."""
    with running(installed('gcc'), '-x', 'c', '-c', '-o', '/dev/null', '-', ready=b'') as driver:
        (compiler,) = wait_until(lambda: children(driver.pid), 'cc1')
        reads = pathlib.Path(f'/proc/{compiler}/syscall')
        wait_until(lambda: reads.read_text(encoding='utf-8').startswith('0 0x0 '), 'cc1 that reads')
        expect_sums(compiler)


@case
def node():
    """Thousands of mappings, code that was generated, and an address space reserved in huge pieces."""
    with running(installed('node'), '-e', 'const x = []; for (let i = 0; i < 1e5; i++) x.push({i});'
                                          'console.log("ready"); process.stdin.resume()') as javascript:
        account = expect_sums(javascript.pid)
        expect(account['categories']['generated']['rss_bytes'] > 0, 'no generated code')


@case
def nginx():
    path = pathlib.Path(harness.folder)
    (path / 'nginx.conf').write_text(f'daemon off; pid {path}/pid; error_log stderr notice; worker_processes 2; events {{}}\n'
                                     f'http {{ access_log off; server {{ listen unix:{path}/socket; }} }}\n',
                                     encoding='utf-8')
    with running(installed('nginx'), '-p', path, '-c', path / 'nginx.conf', is_server=True,
                 ready=b'start worker process') as server:
        workers = wait_until(lambda: len(children(server.pid)) == 2 and children(server.pid), 'both workers')
        for pid in (server.pid, *workers):
            expect_sums(pid)


@case
def a_rust_program():
    path = pathlib.Path(harness.folder)
    (path / 'main.rs').write_text('fn main() { let v: Vec<String> = (0..9999).map(|n| n.to_string()).collect();\n'
                                  'println!("ready"); std::io::stdin().read_line(&mut String::new()).unwrap();\n'
                                  'drop(v) }', encoding='utf-8')
    subprocess.run([installed('rustc'), '-o', path / 'main', path / 'main.rs'], check=True, cwd=path,
                   stderr=subprocess.PIPE)
    with running(path / 'main') as rust:
        expect_sums(rust.pid)


@case
def a_program_of_64_threads():
    with running(target('assortment'), 64) as threads:
        account = expect_sums(threads.pid)
        expect_equal(account['categories']['thread_stack']['parts_count'], 64, 'stacks of threads')
        named = [stack['tid'] for stack in account['stacks'] if stack['tid']]
        expect_equal(len(set(named)), 65, 'threads that have a stack')


@case
def a_forked_pair():
    with running(POSES, 'share', 20) as pair:
        expect_sums(pair.pid)
        expect_sums(*pair.pids['child'])


@case
def bash():
    with running(installed('bash'), '-c', 'echo ready; read') as shell:
        expect_sums(shell.pid)


# ---- what is what


def expect_categories(account, told):
    for name, bytes_told in told.items():
        if name in account['categories']:
            category = account['categories'][name]
            # beside what was asked for: headers, the arena's top, alignment
            expect_near(category['rss_bytes'], bytes_told + 80 * KIB, 120 * KIB, name)


@case
def each_sort_of_memory_is_where_it_belongs():
    with running(target('assortment')) as program:
        account = expect_sums(program.pid)
        expect_categories(account, program.told)
        total = account['total']
        expect_equal(total['lazy_free_bytes'], program.told['lazy_free'], 'LazyFree')
        expect_near(total['locked_bytes'], program.told.get('locked', 0), 0, 'locked')
        expect_equal(account['categories']['thread_stack']['parts_count'], 3, 'stacks')
        expect_equal(account['categories']['arena']['parts_count'], 3, 'arenas')
        expect_equal(account['categories']['large_block']['parts_count'], 2, 'large blocks')
        expect(account['reclaimable_bytes'] >= program.told['lazy_free'], 'LazyFree can be reclaimed')


@case
def a_stack_has_been_deeper_than_it_is():
    with running(target('assortment')) as program:
        threads = explained(program.pid)['stacks'][1:]
        expect_equal(len(threads), 3, 'stacks')
        for stack in threads:
            expect_near(stack['high_water_bytes'], program.told['stacks_high_water'], 32 * KIB, 'high water')
            expect(stack['used_bytes'] <= stack['high_water_bytes'], 'it uses more than it ever did')
            expect_near(stack['limit_bytes'], 8 * MIB, 64 * KIB, 'limit')


@case
def what_would_be_freed_is_freed():
    """The memory of a child's own, its page tables and what it had alone of a memfd; not what it shares."""
    with running(POSES, 'share', 100) as pair:
        account = explained(*pair.pids['child'])
        expect_near(account['freed_on_exit_bytes'], 10 * MIB, MIB, 'freed on exit')


# ---- with whom


def partner_of(account, pid):
    return next((row for row in account['sharing']['partners'] if row['pid'] == pid), None)


def expect_partners(method, **kwargs):
    for mib_of, role, other in ((100, 'parent', 'child'), (100, 'child', 'parent')):
        with running(POSES, 'share', 100, **{key: kwargs[key] for key in ('user', 'group', 'extra_groups') if key in kwargs}) as pair:
            account = explained(*pair.pids[role], **kwargs)
            expect_equal(account['sharing']['method'], method, 'method')
            row = partner_of(account, *pair.pids[other])
            expect(row, f'{other} is not named: {account["sharing"]}')
            expect_near(row['anonymous_bytes'], mib_of * MIB, MIB, f'shared with the {other}')
            expect(row['is_relative'], 'they are not told to be relatives')


@case
def root_sees_who_shares_by_page():
    require_root()
    expect_partners('frame')


@case
def a_plain_user_sees_who_shares_by_file_and_family():
    expect_partners('place', **as_nobody())


@case
def what_nobody_else_has_is_shared_with_nobody():
    require_root()
    with running(POSES, 'steady', 20) as alone:
        sharing = explained(alone.pid)['sharing']
        expect_equal([row for row in sharing['partners'] if row['anonymous_bytes']], [], 'partners')


# ---- who cannot be explained


@case
def who_is_not_there_is_told():
    cases = [(4194305, 1, 'there is no such process'), (0, 2, 'is no PID'), ('/nowhere', 1, 'nowhere')]
    if os.path.exists('/proc/2/comm') and open('/proc/2/comm').read() == 'kthreadd\n':  # not in a container
        cases.append((2, 1, 'kernel thread'))
    for pid, status, words in cases:
        done = explain(pid)
        expect_equal((done.returncode, done.stdout), (status, ''), f'of {pid}; {done.stderr}')
        expect(words in done.stderr, done.stderr)


@case
def another_users_process_is_refused_and_never_shown_as_nothing():
    kwargs = as_nobody()
    with running(POSES, 'steady', 1) as alone:
        done = explain(alone.pid, **kwargs)
        expect_equal((done.returncode, done.stdout), (1, ''), done.stderr)
        expect('may not be read' in done.stderr, done.stderr)


main()
