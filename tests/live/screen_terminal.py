"""`tidemark live PORT` in a real terminal: tmux takes the keys and shows the screen."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'acceptance'))
from harness import Skip, case, environment, expect, expect_equal, main, target, tidemark  # noqa: E402
import harness  # noqa: E402

WAIT_S = 60  # for something to appear; it is there at once, or the test fails


def here(changes=None):
    """The environment: a runtime folder of its own, where tokens are."""
    runtime = os.path.join(harness.folder, 'runtime')
    os.makedirs(runtime, mode=0o700, exist_ok=True)
    env = environment({'XDG_RUNTIME_DIR': runtime, 'LC_ALL': 'C.UTF-8', **(changes or {})})
    for name in ('NO_COLOR', 'COLUMNS', 'LINES', 'TMUX'):
        if not changes or name not in changes:
            env.pop(name, None)
    return env


class Program:
    """A program under `tidemark run --live`, with a port."""

    def __init__(self, *argv, options=()):
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen([tidemark(), 'run', '--live', *options, *argv], env=here(), bufsize=0,
                                        cwd=harness.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        line = self.process.stderr.readline().decode()
        found = re.search(r"Run 'tidemark live (\d+)' in another shell to see live results", line)
        expect(found, f'no invitation: {line!r}')
        self.port = found[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()  # the programs here end with their input
        try:
            self.process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.stdout.close()
        self.process.stderr.close()

    def grow(self):
        self.process.stdin.write(b'grow\n')
        expect_equal(self.process.stdout.readline(), b'grown\n', 'what the program answers')

    def end(self):
        self.process.stdin.close()


class Terminal:
    """A terminal of its own with `tidemark live ARGUMENTS`, then "[exit STATUS]"."""

    def __init__(self, *arguments, columns=100, lines=30, env=None, view=None):
        if not shutil.which('tmux'):
            raise Skip('tmux is not installed')
        self.socket = os.path.join(harness.folder, f'tmux{id(self)}')
        command = f'trap : INT; {view or tidemark()} live {" ".join(arguments)}; echo "[exit $?]"; exec cat'
        self.tmux('-f', '/dev/null', 'new-session', '-d', '-x', str(columns), '-y', str(lines), command, env=env)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux('kill-server')

    def tmux(self, *arguments, env=None):
        done = subprocess.run(['tmux', '-S', self.socket, *arguments], env=here(env), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, timeout=WAIT_S, cwd=harness.folder)
        expect_equal(done.returncode, 0, f'tmux {arguments}, {done.stderr}')
        return done.stdout.decode()

    def keys(self, *names):
        self.tmux('send-keys', *names)

    def screen(self, *options):
        return self.tmux('capture-pane', '-p', *options)

    def wait(self, pattern, *options):
        """The screen, as soon as it matches."""
        end = time.monotonic() + WAIT_S
        while not re.search(pattern, screen := self.screen(*options), re.MULTILINE):
            expect(time.monotonic() < end, f'no {pattern!r} in:\n{screen}')
            time.sleep(0.02)
        return screen


def row(function, *cells):
    """A row of the table that has these cells after the function's name, percentages left out."""
    gap = r'(?:\s+[<>]?[\d.]+%)?\s+'
    return rf'^\s+{re.escape(function)}\s+' + gap.join(re.escape(cell) for cell in cells) + r'(?:\s|$)'


def two_threads():
    return Program(target('two_threads'))


@case
def a_viewer_may_come_first():
    """It waits for whoever serves the port, and shows the program as soon as it is there."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    with Terminal(port) as viewer:
        viewer.wait(f'^Port {port}: waiting for a program to watch')
        with Program(target('two_threads'), options=['--live-port', port]):
            viewer.wait(r'^PID \d+ .*two_threads.* running ')
            viewer.wait(row('by_main', '900 B'))


@case
def waiting_ends_with_control_c():
    """And with q, and is no error."""
    for key in ('C-c', 'q'):
        with Terminal('9') as viewer:
            viewer.wait('^Port 9: waiting')
            viewer.keys(key)
            viewer.wait(r'^\[exit 0\]')


@case
def without_a_terminal_it_says_what_to_do():
    """Status 2."""
    done = subprocess.run([tidemark(), 'live', '9'], env=here(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, timeout=WAIT_S)
    expect_equal((done.returncode, done.stdout), (2, b''), 'status, and what was printed')
    expect(b'--once' in done.stderr, done.stderr)


@case
def the_program_starts_when_a_viewer_connects():
    """Not before."""
    with two_threads() as program:
        with Terminal(program.port) as viewer:
            viewer.wait(r'^all threads \(2\) ')
            screen = viewer.wait(row('by_worker', '500 B', '0 B', '0'))
            expect(re.search(row('hold', '1.37 KiB', '1.37 KiB', '8'), screen, re.MULTILINE), screen)


@case
def keys_sort_and_the_title_says_so():
    """t, o and a; total at first."""
    with two_threads() as program, Terminal(program.port) as viewer:
        viewer.wait(r'function +< total > +% +own +% +allocations +where')
        viewer.keys('o')
        viewer.wait(r'function +total +% +< own > +% +allocations +where\n +hold ')
        viewer.keys('a')
        viewer.wait(r'function +total +% +own +% +< allocations > +where\n +hold ')
        viewer.keys('t')
        viewer.wait(r'function +< total > ')


@case
def each_thread_has_its_own_numbers():
    """All threads first, then one after the other."""
    with two_threads() as program, Terminal(program.port) as viewer:
        viewer.wait(row('by_worker', '500 B'))
        viewer.keys('Right')
        screen = viewer.wait(r'^thread 1 of 2: two_threads \(\d+\) ')
        expect(re.search(row('hold', '900 B', '900 B', '3'), screen, re.MULTILINE), screen)
        expect('by_worker' not in screen, screen)
        viewer.keys('Right')
        screen = viewer.wait(r'^thread 2 of 2: worker \(\d+\)   held now 500 B in 5 blocks')
        expect(re.search(row('hold', '500 B', '500 B', '5'), screen, re.MULTILINE), screen)
        expect('by_main' not in screen, screen)
        viewer.keys('m')
        viewer.wait(r'^all threads \(2\) ')
        viewer.keys('m')
        viewer.wait(r'^thread 2 of 2: worker')


@case
def a_paused_table_stands_still():
    """The figure of the heap goes on; later the table does."""
    with two_threads() as program, Terminal(program.port) as viewer:
        viewer.wait(row('by_main', '900 B'))
        viewer.keys('Space')
        count = re.search(r' samples (\d+)$', viewer.wait(' PAUSED$'), re.MULTILINE)[1]
        program.grow()
        screen = viewer.wait('^heap 68[0-9] KiB ')
        expect('by_command' not in screen, screen)
        expect(re.search(rf' samples {count}$', screen, re.MULTILINE), f'no reading while it is paused:\n{screen}')
        viewer.keys('Space')
        viewer.wait(row('by_command', '684 KiB'))


@case
def a_filter_keeps_what_matches():
    """By the same rule as the report's."""
    with two_threads() as program, Terminal(program.port) as viewer:
        viewer.wait(row('by_main', '900 B'))
        viewer.keys('/', 'b', 'y', '_', 'w')
        viewer.wait('^only stacks that match: /by_w_')
        viewer.keys('Enter')
        screen = viewer.wait("held now 500 B in 5 blocks   matching 'by_w'$")
        expect('by_main' not in screen, screen)


def bytes_text(count):
    """As people read it: three figures, in B, KiB, MiB."""
    units = ['B', 'KiB', 'MiB']
    while count >= 1024 and len(units) > 1:
        count, units = count / 1024, units[1:]
    if units[0] == 'B':
        return f'{count} B'
    return f'{count:.{2 if count < 10 else 1 if count < 100 else 0}f} {units[0]}'


def owner_rows(facts):
    """What the page of owners has to say of each owner, by name, out of the JSON of the same program."""
    owners, figures = facts['owners'], {}
    for i, owner in enumerate(owners):
        below = {i}  # and those below it, which come later
        for j, other in enumerate(owners):
            if i and other['parent'] in below:
                below.add(j)
        sites = [site for site in facts['sites'] if site['owner'] in below and site['kind'] != 'mmap']
        used, allocated, reserved = (sum(owners[j][key] for j in below) for key in
                                     ('used_bytes', 'allocated_bytes', 'reserved_bytes'))
        live = sum(site['total_bytes'] - site['freed_bytes'] for site in sites)
        blocks = sum(site['total_blocks'] - site['freed_blocks'] for site in sites)
        cells = [bytes_text(live + used), bytes_text(owner['peak_bytes']), f'{blocks:,}']
        cells += [bytes_text(used), bytes_text(allocated), bytes_text(reserved)] if reserved else []
        figures[owner['name'] or '(unowned)'] = cells if i else [cells[0], cells[2]]
    return figures


@case
def owners_are_those_of_the_json():
    """Actors, schedulers, and a section."""
    with Program(target('crew')) as program, Terminal(program.port, lines=40) as viewer:
        expect_equal(program.process.stdout.readline(), b'ready\n', 'what the program says')
        viewer.wait(r'  w owners  ')
        viewer.keys('w')
        viewer.wait(r'^ +cook 2 .* 196 KiB +256 KiB +256 KiB')  # all that the actors have is charged
        done = subprocess.run([tidemark(), 'live', program.port, '--once', '--json'], env=here(), check=True,
                              stdout=subprocess.PIPE, timeout=WAIT_S)
        facts = json.loads(done.stdout)
        for name, cells in owner_rows(facts).items():
            screen = viewer.wait(row(name, *cells))
        names = re.findall(r'^ +(actors|cook 1|cook 2|cook|waiter 3|waiter) ', screen, re.MULTILINE)
        expect_equal(names, ['actors', 'cook', 'cook 2', 'cook 1', 'waiter', 'waiter 3'], 'most comes first')
        peaks = {owner['name']: owner['peak_bytes'] for owner in facts['owners']}
        expect_equal((peaks['cook 1'], peaks['cook 2'], peaks['cook']), (7000, 3000, 10000), 'peaks, to the last block')
        section, = facts['sections']
        left = bytes_text(section['total_bytes'] - section['freed_bytes'])
        expect(re.search(row('open, 1 time', f'+{left}', bytes_text(section['peak_bytes']), '+1'), screen,
                         re.MULTILINE), f'no section in:\n{screen}')
        expect_equal((left, section['peak_bytes']), ('4.88 KiB', 30000), 'what the section left, and its peak')
        viewer.keys('w')
        viewer.wait(r'function +< total > ')


@case
def changes_are_shown_since_a_mark():
    """And nothing else."""
    with two_threads() as program, Terminal(program.port) as viewer:
        viewer.wait(row('by_main', '900 B'))
        viewer.keys('d')
        viewer.wait(r'held now 0 B since ')
        program.grow()
        screen = viewer.wait(row('by_command', '+684 KiB', '0 B', '0'))
        expect('by_main' not in screen, screen)


@case
def a_row_opens_and_closes():
    """The callers of hold, sorted."""
    with two_threads() as program, Terminal(program.port) as viewer:
        viewer.wait(row('by_main', '900 B'))
        viewer.keys('o')
        viewer.wait('< own >')
        viewer.keys('Enter')
        viewer.wait(r'called by +by_main +900 B .*\n +called by +by_worker +500 B .*\n +hold +1.37 KiB ')
        viewer.keys('Escape')
        viewer.wait('< own >')


@case
def the_wheel_moves():
    """By three rows."""
    with two_threads() as program, Terminal(program.port) as viewer:
        viewer.wait(row('by_main', '900 B'))
        viewer.wait(r'< total >.*\n(?:\x1b\[0?m)?\x1b\[7m', '-e')
        viewer.keys('-l', '\x1b[Ma!!')
        viewer.wait(r'< total >(.*\n){4}(?:\x1b\[0?m)?\x1b\[7m', '-e')


@case
def a_resized_terminal_is_filled():
    """Wider and longer, narrow and short."""
    with two_threads() as program, Terminal(program.port) as viewer:
        viewer.wait(row('by_main', '900 B'))
        viewer.tmux('resize-window', '-x', '140', '-y', '45')
        viewer.wait(r'm merge  s save\n*\Z')
        viewer.tmux('resize-window', '-x', '60', '-y', '14')
        screen = viewer.wait(r'thread  Enter callers\n*\Z')
        expect_equal(len(screen.rstrip('\n').split('\n')), 14, 'lines')
        viewer.tmux('resize-window', '-x', '20', '-y', '4')
        viewer.wait(r'^heap [\d.]+ KiB ')


@case
def the_end_is_told_and_sorting_goes_on():
    """With the exit status; q leaves with 0."""
    with two_threads() as program, Terminal(program.port) as viewer:
        viewer.wait(row('by_main', '900 B'))
        program.end()
        screen = viewer.wait('^Remote has disconnected: exit status 3$')
        expect(re.search(row('by_main', '900 B'), screen, re.MULTILINE), screen)
        viewer.keys('a')
        viewer.wait(r'< allocations >.*\n +hold ')
        viewer.keys('q')
        viewer.wait(r'^\[exit 0\]')
        expect_equal(program.process.wait(WAIT_S), 3, 'exit status of the program')


@case
def a_killed_program_is_told():
    """By its signal."""
    with two_threads() as program, Terminal(program.port) as viewer:
        screen = viewer.wait(r'^PID \d+ ')
        os.kill(int(re.search(r'^PID (\d+) ', screen)[1]), 9)
        viewer.wait(r'^Remote has disconnected: killed by signal 9 \(Killed\)')


@case
def a_viewer_leaves_and_another_one_sees_everything():
    """The program goes on meanwhile."""
    with two_threads() as program:
        with Terminal(program.port) as viewer:
            viewer.wait(row('by_main', '900 B'))
            viewer.keys('q')
            viewer.wait(r'^\[exit 0\]')
        program.grow()
        with Terminal(program.port) as viewer:
            viewer.wait(row('by_main', '900 B'))
            viewer.wait(row('by_command', '684 KiB'))


@case
def a_program_and_its_view_share_a_terminal():
    """The program reads nothing and prints into a file; its status is the view's."""
    with Terminal('--program-output', 'printed', '--', target('two_threads')) as viewer:
        screen = viewer.wait('^Remote has disconnected: exit status 3$')
        expect(re.search(r'^PID \d+ .*two_threads', screen, re.MULTILINE), screen)
        viewer.keys('q')
        viewer.wait(r'^tidemark: what it has printed is in printed$')
        viewer.wait(r'^\[exit 3\]')
        expect(os.path.exists(os.path.join(harness.folder, 'printed')), 'there is such a file')
    with Terminal('--', '/does/not/exist') as viewer:
        viewer.wait(r'^tidemark: .*/does/not/exist')
        viewer.wait(r'^\[exit 127\]')


@case
def the_file_that_it_names_itself_replaces_none():
    """Nor what a link of that name leads to."""
    kept = os.path.join(harness.folder, 'kept')
    with open(kept, 'w', encoding='ascii') as file:
        file.write('mine')
    view = f"sh -c 'ln -s kept tidemark-live-$$.out; exec {tidemark()} \"$@\"' sh"
    with Terminal('--', '/bin/true', view=view) as viewer:
        viewer.wait(r"^tidemark: cannot write the program's output to 'tidemark-live-\d+.out': File exists")
        viewer.wait(r'^\[exit 1\]')
    with open(kept, encoding='ascii') as file:
        expect_equal(file.read(), 'mine', 'the file')


@case
def a_program_goes_on_when_its_view_is_left():
    """And can be looked at again."""
    with Terminal('--', '/bin/sleep', '1000000') as viewer:
        pid = int(re.search(r'^PID (\d+) ', viewer.wait(r'^PID \d+ .*sleep'), re.MULTILINE)[1])
        viewer.keys('q')
        port = re.search(r'to see it again: tidemark live (\d+)', viewer.wait('^tidemark: the program goes on'))[1]
        viewer.wait(r'^\[exit 0\]')
        with Terminal(port) as other:
            other.wait(rf'^PID {pid} ')
            os.kill(pid, 9)
            other.wait('^Remote has disconnected: killed by signal 9')


@case
def two_may_watch():
    """Each chooses for himself."""
    with two_threads() as program, Terminal(program.port) as one, Terminal(program.port) as other:
        one.wait(row('by_main', '900 B'))
        one.keys('o')
        one.wait('< own >')
        screen = other.wait(row('by_main', '900 B'))
        expect('< total >' in screen, screen)


@case
def what_is_saved_is_what_is_shown():
    """The report of the recording has the table's figures."""
    with two_threads() as program, Terminal(program.port) as viewer:
        viewer.wait(row('by_main', '900 B'))
        viewer.keys('s')
        name = re.search(r'^saved (\S+)', viewer.wait('^saved '), re.MULTILINE)[1]
        argv = [tidemark(), 'report', '--leaks', '--limit', '0', os.path.join(harness.folder, name)]
        text = subprocess.run(argv, env=here(), stdout=subprocess.PIPE, check=True).stdout.decode()
        for function, own, total, count in (('hold', '1.37 KiB', '1.37 KiB', '8'), ('by_worker', '0 B', '500 B', '0'),
                                            ('by_main', '0 B', '900 B', '0')):
            found = re.search(rf'^ +{own} .* {total} +{count} +{function} ', text, re.MULTILINE)
            expect(found, f'{function} in:\n{text}\nbut:\n{viewer.screen()}')


@case
def colours_are_left_out_when_nobody_wants_them():
    """NO_COLOR."""
    colour = '\x1b\\[[0-9;]*3[0-7]m'
    with two_threads() as program:
        with Terminal(program.port) as viewer:
            viewer.wait(colour, '-e')
        with Terminal(program.port, env={'NO_COLOR': '1'}) as viewer:
            viewer.wait(row('by_main', '900 B'))
            expect(not re.search(colour, viewer.screen('-e')), 'no colours')


@case
def sqlite3_is_watched():
    """A program that was not made for this: its functions, and what it held at the end."""
    sqlite3 = shutil.which('sqlite3')
    if not sqlite3:
        raise Skip('sqlite3 is not installed')
    with Program(sqlite3, ':memory:') as program, Terminal(program.port, lines=60) as viewer:
        viewer.wait(r'^PID \d+ .*sqlite3')
        program.process.stdin.write(b'create table t(x); insert into t values(zeroblob(5000000));select 42;\n')
        expect_equal(program.process.stdout.readline(), b'42\n', 'what sqlite3 answers')
        viewer.wait(r'^ +sqlite3_step .*libsqlite3')
        viewer.keys('o')
        viewer.wait(r'< own >.*\n +\S+ +[45]\.\d+ MiB ')
        viewer.keys('/', *'sqlite3_initialize', 'Enter')
        viewer.wait("matching 'sqlite3_initialize'$")
        viewer.keys('Space')
        viewer.wait(' PAUSED$')
        viewer.keys('Space', '/', *['BSpace'] * len('sqlite3_initialize'), 'Enter')
        viewer.wait(r'^all threads \(1\)   held now 5\.\d+ MiB in [\d,]+ blocks   row 1 of \d+$')
        program.end()
        viewer.wait('^Remote has disconnected: exit status 0$')


@case
def python3_is_watched():
    """An interpreter."""
    python = '/usr/bin/python3'
    if not os.path.exists(python):
        raise Skip('python3 is not installed')
    script = """if True:
        import sys, threading
        def take(mebibytes): return bytearray(mebibytes << 20)
        block, more = take(5), []
        thread = threading.Thread(target=lambda: more.append(take(3)))
        thread.start()
        thread.join()
        print("ready", flush=True)
        sys.stdin.read()
        sys.exit(7)"""
    with Program(python, '-c', script) as program, Terminal(program.port, lines=60) as viewer:
        expect_equal(program.process.stdout.readline(), b'ready\n', 'what python3 says')
        viewer.wait(r'^heap ([89]|1\d)\.\d+ MiB ')
        screen = viewer.wait(row('take', '8.00 MiB', '8.00 MiB', '2', '<string>:3'))
        expect('_PyEval' not in screen, screen)
        with Terminal('--native', program.port, lines=60) as other:
            other.wait(r'^ +_PyEval_EvalFrameDefault .*python3')
        viewer.keys('Right', 'Right')
        viewer.wait(r'^thread 2 of 2: Thread-1 \(<lambda>\) \(\d+\)   held now 3\.\d+ MiB in ')
        viewer.tmux('resize-window', '-x', '70', '-y', '20')
        viewer.wait(r'< total > +own +allocs$')
        viewer.keys('a')
        viewer.wait(r'< allocs >$')
        program.end()
        viewer.wait('^Remote has disconnected: exit status 7$')


main()
