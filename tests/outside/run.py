"""`tidemark run` against programs that tell the truth about themselves (programs/shapes.c)."""
import json
import os
import pty
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'acceptance'))
from harness import Skip, case, environment, expect, expect_equal, main, target, tidemark  # noqa: E402
import harness  # noqa: E402

signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs in the background ignores it, and so would programs

MIB = 1 << 20
NOBODY = 65534


def run(*argv, options=(), stdin=b'', **kwargs):
    return subprocess.run([tidemark(), 'run', *options, *argv], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, timeout=harness.TIMEOUT_S, env=environment(),
                          cwd=harness.folder, **kwargs)


class Measured:
    """One run of a shape: what it said about itself, and what Tidemark did."""

    def __init__(self, shape, mib, ms, options):
        path = os.path.join(harness.folder, 'report.json')
        done = run(target('shapes'), shape, str(mib), str(ms), options=['--json', '-o', path, *options])
        expect_equal((done.returncode, done.stderr), (0, b''), 'status, and what was said')
        with open(path, encoding='utf-8') as file:
            self.report = json.load(file)
        rows = [line.split('\t') for line in done.stdout.decode().splitlines()]
        self.truth = {int(pid): (int(pss), int(rss)) for _, pid, pss, rss in rows}
        self.peak_bytes = self.report['peak_bytes']

    def process(self, pid):
        return next(process for process in self.report['peak']['processes'] if process['pid'] == pid)


def measure(shape, mib, ms=0, options=()):
    return Measured(shape, mib, ms, options)


def expect_close(got, expected, share, what):
    expect(abs(got - expected) <= share * expected, f'{what}: expected {expected} ± {share:.0%}, got {got}')


# ---- the peak


@case
def shared_memory_is_counted_once():
    """100 shared, 40 and 10 of their own: 90 and 60, 150 together."""
    measured = measure('share', 150, 1000, ['-r'])
    processes = sorted(process['pss_bytes'] for process in measured.report['peak']['processes'])
    for got, expected in zip(processes, (60, 90)):
        expect(abs(got - expected * MIB) <= MIB, f'expected {expected} MiB, got {got}')
    expect(abs(measured.peak_bytes - 150 * MIB) <= MIB, f'expected 150 MiB, got {measured.peak_bytes}')


@case
def a_vfork_child_is_in_its_parents_memory():
    measured = measure('vfork', 100, 200, ['-r'])
    (pss, _), = measured.truth.values()
    expect_close(measured.peak_bytes, pss, 0.02, 'peak')


@case
def a_short_program_is_not_missed():
    """20 runs of 20."""
    for _ in range(20):
        measured = measure('brief', 20)
        (pss, rss), = measured.truth.values()
        expect(measured.peak_bytes >= 0.95 * pss, f'{measured.peak_bytes} of {pss} bytes: {measured.report}')
        expect(measured.report['at_most_bytes'] >= 0.98 * pss, f'the bound is below the truth: {measured.report}')
        expect(measured.peak_bytes <= 1.02 * rss, f'{measured.peak_bytes} of {rss} bytes of RSS: {measured.report}')


@case
def a_short_child_is_stopped_at_its_end():
    """What ends at once is read at its end; where nothing else holds memory this is the peak."""
    measured = measure('brief', 20, options=['--exact'])
    (pss, _), = measured.truth.values()
    expect_equal(measured.report['peak_method'], 'rollup', 'method')
    expect_close(measured.peak_bytes, pss, 0.02, 'peak')


@case
def the_last_thread_is_stopped_at_its_end():
    """Also where the first one, whose number is the process's, ended long before."""
    measured = measure('leaderless', 20, options=['--exact'])
    (pss, rss), = measured.truth.values()
    expect_equal(measured.report['peak_method'], 'rollup', 'method')
    expect_close(measured.peak_bytes, pss, 0.02, 'peak')
    expect(measured.report['at_most_bytes'] >= 0.98 * rss, f'the bound is below the truth: {measured.report}')


@case
def copy_on_write_raises_the_peak():
    """RSS of both processes stays the same while the memory doubles."""
    measured = measure('copy-on-write', 200, 1000, ['-r'])
    expect_close(measured.peak_bytes, 2 * 200 * MIB, 0.02, 'peak')


@case
def processes_that_are_there_at_once_add_up():
    measured = measure('simultaneous', 50, 200, ['-r'])
    expect_equal(len(measured.truth), 4, 'processes that told the truth')
    expect_close(measured.peak_bytes, sum(pss for pss, _ in measured.truth.values()), 0.03, 'peak')
    for pid, (pss, _) in measured.truth.items():
        expect_close(measured.process(pid)['pss_bytes'], pss, 0.1, f'process {pid}')


@case
def processes_one_after_the_other_do_not_add_up():
    measured = measure('staggered', 50, 50, ['-r'])
    expect_close(measured.peak_bytes, 50 * MIB, 0.05, 'peak')


@case
def all_marks_together_are_a_bound():
    measured = measure('staggered', 50, 0, ['-r', '--exact'])
    marks = sum(rss for _, rss in measured.truth.values())
    expect(measured.report['all_marks_bytes'] >= 0.98 * marks, f'{measured.report} of {marks} bytes')
    expect_equal(measured.report['at_most_bytes'], measured.report['all_marks_bytes'], 'the bound')
    expect_close(measured.peak_bytes, 50 * MIB, 0.05, 'peak')


@case
def a_bound_is_never_below_the_peak():
    """A program that is replaced by a smaller one takes its mark with it."""
    replaced = f'{sys.executable} -c "import os; x = bytearray(50 << 20); os.execv(\'/bin/true\', [\'true\'])"; :'
    run('sh', '-c', replaced, options=['-r', '--exact', '--json', '-o', 'report.json'])
    report = read_report()
    expect(report['peak_bytes'] >= 50 * MIB, f'peak {report["peak_bytes"]}')
    expect_equal(report['at_most_bytes'], None, 'a bound that is none')


@case
def exact_misses_no_process():
    measured = measure('churn', 50, 0, ['-r', '--exact'])
    expect_equal(measured.report['processes_count'], 51, 'processes')
    expect_equal(measured.report['unseen_at_most_count'], 0, 'processes that were missed')
    expect(measured.peak_bytes >= MIB, f'peak {measured.peak_bytes}')


@case
def who_is_too_short_to_be_seen_is_counted():
    report = measure('churn', 50, 0, ['-r']).report
    expect(report['processes_count'] + report['unseen_at_most_count'] >= 51, f'processes: {report}')


@case
def hundreds_may_end_at_once():
    """Each is read at its end, and not by all that are left."""
    measured = measure('crowd', 300, 0, ['-r', '--exact'])
    expect_equal(measured.report['processes_count'], 301, 'processes')
    expect(measured.report['samples_count'] < 300, f'{measured.report["samples_count"]} readings of all')
    expect(measured.peak_bytes >= 300 * MIB, f'peak {measured.peak_bytes}')


@case
def page_cache_is_nobodys_memory():
    measured = measure('write-file', 50)
    expect(measured.peak_bytes < 5 * MIB, f'peak {measured.peak_bytes}')
    cgroup = measured.report['cgroup']
    if cgroup:
        expect(cgroup['peak_bytes'] >= 50 * MIB, f'the control group counts it: {cgroup}')


@case
def the_control_group_agrees():
    measured = measure('eat', 100, 100)
    (pss, _), = measured.truth.values()
    if not measured.report['cgroup']:
        raise Skip('no control group can be made here')
    expect_close(measured.report['cgroup']['peak_bytes'], pss, 0.05, 'peak of the control group')


@case
def without_recursion_it_is_the_program_alone():
    done = run('sh', '-c', f'{target("shapes")} eat 50; :', options=['--json', '-o', 'report.json'])
    report = read_report()
    expect_equal(done.returncode, 0, 'status')
    expect(report['peak_bytes'] < 10 * MIB, f'peak {report["peak_bytes"]}')
    expect(report['has_unwatched_children'], 'nothing says that there were others')


@case
def a_large_parent_does_not_count():
    ballast = bytearray(300 * MIB)
    run('true', options=['--json', '-o', 'report.json'])
    report = read_report()
    for name in ('peak_bytes', 'at_most_bytes', 'highest_process_rss_bytes'):
        expect(0 < report[name] < 5 * MIB, f'{name} {report[name]} beside {len(ballast)}')


@case
def what_the_shell_has_started_before_does_not_count():
    """By exec the tool becomes the parent of strangers, and the kernel tells it when they end."""
    stranger = f'sh -c "read go <go; exec {target("shapes")} eat 50" >/dev/null &'
    program = 'echo >go; while kill -0 $0 2>/dev/null; do sleep 0.01; done'
    os.mkfifo(os.path.join(harness.folder, 'go'))
    for option in '--recursive', '--verbose':
        shell = f"{stranger} exec {tidemark()} run --json -o report.json {option} -- sh -c '{program}' $!"
        subprocess.run(['sh', '-c', shell], check=True, timeout=harness.TIMEOUT_S, env=environment(),
                       cwd=harness.folder)
        report = read_report()
        expect(report['highest_process_rss_bytes'] < 10 * MIB, f'{option}: {report}')
        expect(report['peak_bytes'] < 10 * MIB, f'{option}: {report}')


@case
def orphans_are_not_the_program():
    """The first process of a container becomes their parent."""
    require_root()
    orphan = f'sh -c "read pid rest </proc/self/stat; echo \\$pid >pid; exec {target("shapes")} eat 50" >/dev/null'
    program = 'while [ ! -s pid ] || [ -e /proc/$(cat pid) ]; do sleep 0.01; done'
    command = ['unshare', '--pid', '--fork', '--mount-proc', tidemark(), 'run', '--json', '-o', 'report.json',
               'sh', '-c', f'({orphan} &); {program}']
    done = subprocess.run(command, check=False, timeout=harness.TIMEOUT_S, env=environment(), cwd=harness.folder,
                          stderr=subprocess.PIPE)
    if done.returncode and b'unshare' in done.stderr:
        raise Skip('no PID namespace can be made here')
    expect_equal((done.returncode, done.stderr), (0, b''), 'status, and what was said')
    expect(read_report()['peak_bytes'] < 10 * MIB, f'{read_report()}')


@case
def what_may_not_be_read_is_no_zero():
    """A program that may be executed and not read keeps its memory to itself."""
    require_root()
    path = os.path.join(harness.folder, 'secret')
    subprocess.run(['cp', target('shapes'), path], check=True)
    os.chmod(path, 0o711)
    os.chmod(harness.folder, 0o777)
    done = run(path, 'idle', '20', options=['--json', '-o', 'report.json'], user=NOBODY, group=NOBODY,
               extra_groups=[])
    report = read_report()
    expect_equal(done.returncode, 0, f'status, {done.stderr}')
    expect_equal((report['peak_method'], report['peak']), ('maxrss', None), f'method, and the reading: {report}')
    expect(report['peak_bytes'] >= 20 * MIB, f'peak {report["peak_bytes"]}')


@case
def a_user_without_privileges_measures_the_same():
    require_root()
    os.chmod(harness.folder, 0o777)
    done = run(target('shapes'), 'simultaneous', '20', '200', options=['-r', '--json', '-o', 'report.json'],
               user=NOBODY, group=NOBODY, extra_groups=[])
    expect_equal(done.returncode, 0, f'status, {done.stderr}')
    expect_close(read_report()['peak_bytes'], 80 * MIB, 0.03, 'peak')


def measure_in_pid_namespace(prelude):
    require_root()
    inside = ['unshare', '--pid', '--fork', '--mount-proc', 'sh', '-c']
    if subprocess.run([*inside, prelude], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise Skip('no PID namespace can be made here, or not changed')
    script = f'{prelude}; {tidemark()} run -r --json -o report.json {target("shapes")} simultaneous 20 200'
    done = subprocess.run([*inside, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          cwd=harness.folder, timeout=harness.TIMEOUT_S)
    expect_equal(done.returncode, 0, f'status, {done.stderr}')
    expect_close(read_report()['peak_bytes'], 80 * MIB, 0.03, 'peak')


@case
def a_pid_namespace_is_no_obstacle():
    measure_in_pid_namespace(':')


@case
def pids_may_begin_anew():
    """The last of the row is given out, then those from 300 on."""
    measure_in_pid_namespace('echo $(($(cat /proc/sys/kernel/pid_max) - 3)) > /proc/sys/kernel/ns_last_pid')
    pids = [process['pid'] for process in read_report()['peak']['processes']]
    expect(pids[0] > max(pids[2:]), f'they did not begin anew: {pids}')


# ---- who outlives the program


def run_daemon(options):
    """The daemon ends when its standard input does."""
    read_end, write_end = os.pipe()
    tool = subprocess.Popen([tidemark(), 'run', '-r', '--json', '-o', 'report.json', *options, target('shapes'),
                             'daemonise', '80', '100'], stdin=read_end, stdout=subprocess.PIPE, cwd=harness.folder)
    os.close(read_end)
    return tool, write_end


@case
def a_daemon_is_measured_and_reported_as_running():
    tool, write_end = run_daemon([])
    pid = int(tool.stdout.readline().split()[1])
    expect_equal(tool.wait(harness.TIMEOUT_S), 0, 'status')
    report = read_report()
    expect_close(report['peak_bytes'], 80 * MIB, 0.05, 'peak')
    expect_equal([process['pid'] for process in report['still_running']['processes']], [pid], 'who still runs')
    os.kill(pid, 0)  # the tool has gone, it has not
    os.close(write_end)
    tool.stdout.read()  # until it has gone


@case
def a_daemon_is_waited_for():
    tool, write_end = run_daemon(['--wait-tree'])
    pid = int(tool.stdout.readline().split()[1])
    expect(tool.poll() is None, 'the tool did not wait')
    os.close(write_end)
    expect_equal(tool.wait(harness.TIMEOUT_S), 0, 'status')
    expect(not os.path.exists(f'/proc/{pid}'), 'the daemon is still there')
    expect_equal(read_report()['still_running'], None, 'who still runs')


# ---- signals


def start_waiting(*options, script='trap "echo got TERM; exit 9" TERM; echo ready; while :; do sleep 0.01; done'):
    """A program that waits for a signal. It is ready when this returns."""
    tool = subprocess.Popen([tidemark(), 'run', '-o', 'report.txt', *options, 'sh', '-c', script],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            cwd=harness.folder, start_new_session=True)
    expect_equal(tool.stdout.readline(), b'ready\n', 'the program')
    return tool


def finish(tool):
    """Its output; who hangs is ended, with its program."""
    try:
        return tool.communicate(timeout=harness.TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(tool.pid, signal.SIGKILL)
        raise


def read_text():
    with open(os.path.join(harness.folder, 'report.txt'), encoding='utf-8') as file:
        return file.read()


@case
def a_signal_for_the_tool_is_for_the_program():
    for options in ([], ['--exact']):
        tool = start_waiting(*options)
        tool.send_signal(signal.SIGTERM)
        output, errors = finish(tool)
        expect_equal((tool.returncode, output, errors), (9, b'got TERM\n', b''), 'status and output')
        expect(read_text().startswith('  peak '), f'there is no report: {read_text()}')


@case
def a_terminal_that_goes_away_is_told_to_the_program():
    """The kernel tells the leader of the session alone, and that may be the tool."""
    report, script = os.path.join(harness.folder, 'report.txt'), f'echo ready; exec sleep {harness.TIMEOUT_S}'
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # it may be ignored where the tests run (nohup)
        os.execv(tidemark(), ['tidemark', 'run', '-o', report, 'sh', '-c', script])
    while b'ready' not in os.read(terminal, 1024):
        pass
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    expect_equal(os.waitstatus_to_exitcode(status), 128 + signal.SIGHUP, 'status')
    expect(read_text().startswith('  peak '), f'there is no report: {read_text()}')


@case
def after_ctrl_c_there_is_a_report():
    """The terminal sends it to the whole group."""
    tool = start_waiting(script='echo ready; while :; do sleep 0.01; done')
    os.killpg(tool.pid, signal.SIGINT)
    finish(tool)
    expect_equal(tool.returncode, 130, 'status')
    expect(read_text().startswith('  peak '), f'there is no report: {read_text()}')


@case
def a_stopped_program_stays_stopped_until_it_is_continued():
    for options in ([], ['--exact']):
        tool = start_waiting(*options, script='echo ready; kill -STOP $$; echo continued')
        pid = wait_for_child_in_state(tool.pid, 'tT')
        os.kill(pid, signal.SIGCONT)
        output, _ = finish(tool)
        expect_equal((tool.returncode, output), (0, b'continued\n'), 'status and output')


@case
def a_killed_tool_leaves_the_program_running():
    for options in ([], ['--exact']):
        tool = start_waiting(*options, script='echo ready; read line; echo "still here"')
        tool.kill()
        tool.wait()
        tool.stdin.close()
        expect_equal(tool.stdout.read(), b'still here\n', 'the program, after the tool')
        tool.stderr.read()  # until it has gone
        folder = group_folder()
        if folder:
            remove_group(f'{folder}/tidemark-{tool.pid}')


def group_folder():
    """Where the tool makes its control group; None: not one of version 1, or it cannot be seen."""
    with open('/proc/self/cgroup', encoding='utf-8') as groups:
        memory = [line.strip().split(':')[2] for line in groups if ':memory:' in line]
    folder = '/sys/fs/cgroup/memory' + memory[0] if memory else None
    return folder if folder and os.path.isdir(folder) else None


def remove_group(path):
    """A zombie may still be in it for a moment."""
    while os.path.isdir(path):
        try:
            os.rmdir(path)
        except OSError:
            pass


def children_of(pid):
    with open(f'/proc/{pid}/task/{pid}/children', encoding='utf-8') as children:
        return [int(child) for child in children.read().split()]


def state_of(pid):
    with open(f'/proc/{pid}/stat', encoding='utf-8') as stat:
        return stat.read().rpartition(')')[2].split()[0]


def wait_for_child_in_state(parent, states):
    while True:
        for pid in children_of(parent):
            if state_of(pid) in states:
                return pid


# ---- the program finds what a shell gives it


LOOK = r'''
env | grep -v '^_=' | sort
ls -l /proc/self/fd | sed -n 's/.* \([0-9]* -> .*\)/\1/p' | grep -v /proc/
grep -E '^(SigBlk|SigIgn|SigCgt|Groups|NoNewPrivs)' /proc/self/status
ulimit -a
cat
'''


@case
def the_program_is_not_touched():
    argv = ['sh', '-c', LOOK]
    plain = subprocess.run(argv, input=b'typed', stdout=subprocess.PIPE, check=True, env=environment(),
                           cwd=harness.folder).stdout.split(b'SigBlk')
    for options in ([], ['-r', '-o', 'report.txt'], ['-o', 'report.txt', '--exact']):
        watched = run(*argv, stdin=b'typed', options=options).stdout.split(b'SigBlk')
        hide_pipes = [part.split(b'pipe:')[0] for part in (plain[0], watched[0])]
        expect_equal(hide_pipes[1], hide_pipes[0], f'environment with {options}')
        expect_equal(watched[1], plain[1], f'signals, limits and standard input with {options}')


@case
def statuses_are_passed_on():
    for options in ([], ['--exact']):
        for script, status in (('exit 7', 7), ('kill -SEGV $$', 139), ('kill -KILL $$', 137), (':', 0)):
            done = run('sh', '-c', script, options=[*options, '-o', 'report.txt'])
            expect_equal((done.returncode, done.stdout, done.stderr), (status, b'', b''), f'{script} {options}')


@case
def the_programs_options_are_its_own():
    done = run('echo', '-x', '--y', '--', '-r', options=['-o', 'report.txt'])
    expect_equal(done.stdout, b'-x --y -- -r\n', 'arguments')
    done = run('--', 'echo', '-x', options=['-rvo', 'report.txt'])
    expect_equal(done.stdout, b'-x\n', 'arguments after --')


@case
def what_cannot_be_started_is_one_line():
    with open(os.path.join(harness.folder, 'text'), 'w', encoding='utf-8') as file:
        file.write('no program')
    for argv, status, word in ((['no-such-program'], 127, 'not found'), (['./text'], 126, 'permission'),
                               (['/'], 126, 'directory'), ([], 2, 'no program'),
                               (['--wait-tree', 'true'], 2, '-r'),
                               (['--json', '--csv', 'true'], 2, 'one of them'),
                               (['--no-such', 'true'], 2, 'unknown option'),
                               (['-o', 'no/such/folder', 'touch', 'started'], 1, 'cannot write')):
        done = run(*argv)
        lines = done.stderr.decode().splitlines()
        expect_equal((done.returncode, done.stdout, len(lines)), (status, b'', 1), f'{argv}: {lines}')
        expect(word in lines[0], f'{argv}: {lines}')
    expect(not os.path.exists(os.path.join(harness.folder, 'started')), 'it was started')


@case
def no_control_group_is_left():
    folder = group_folder()
    if not folder:
        raise Skip('no control groups of version 1 here')
    dying = f'{target("shapes")} eat 200 100000 > told & while ! test -s told; do sleep 0.01; done; kill -9 $!'
    for script in ('exit 0', dying):
        tool = subprocess.Popen([tidemark(), 'run', '-r', '-o', 'report.txt', 'sh', '-c', script], cwd=harness.folder)
        expect_equal(tool.wait(harness.TIMEOUT_S), 0, 'status')
        expect(not os.path.exists(os.path.join(folder, f'tidemark-{tool.pid}')), f'it is still there: {script}')


# ---- the report


@case
def figures_are_exact_bytes_when_asked():
    done = run('true', options=['--bytes', '-o', 'report.txt'])
    expect_equal((done.returncode, done.stderr), (0, b''), 'status, and what was said')
    expect(read_text().split()[1].rstrip(',').isdigit(), read_text())


@case
def verbose_shows_each_process_and_how_it_ended():
    run(target('shapes'), 'share', '30', '100', options=['-rv', '-o', 'report.txt'])
    lines = read_text().splitlines()
    rows = [line for line in lines if line.endswith(' 0 B') and '(shapes)' in line]
    expect_equal([row.startswith('  [') for row in rows], [False, True], f'rows of processes in {lines}')
    for label in ('peak', 'ended', 'measured'):
        expect(any(line.startswith(f'  {label} ') for line in lines), f'no {label} in {lines}')


@case
def several_processes_are_shown_in_any_case():
    for options, count in (['-ro'], 2), (['-o'], 0):
        run(target('shapes'), 'share', '30', '100', options=[*options, 'report.txt'])
        text = read_text()
        expect_equal(text.count('(shapes)'), count, f'rows of processes in {text}')
        expect('  ended ' not in text, text)


@case
def the_time_series_is_a_table():
    run(target('shapes'), 'eat', '20', '50', options=['--csv', '-o', 'report.csv'])
    with open(os.path.join(harness.folder, 'report.csv'), encoding='utf-8') as file:
        heading, *rows = [line.split(',') for line in file.read().splitlines()]
    highest = max(int(row[heading.index('pss_bytes')]) for row in rows)
    expect_close(highest, 20 * MIB, 0.05, 'highest reading')


@case
def json_says_how_each_figure_was_found():
    report = measure('eat', 20, 50).report
    expect_equal((report['format'], report['version'], report['command']), ('tidemark-outside', 1, 'run'), 'what it is')
    expect_equal(report['samples_count'], len(report['timeline']), 'samples')
    expect_equal(report['peak_method'], 'rollup', 'method')
    expect_equal([process['method'] for process in report['peak']['processes']], ['rollup'], 'methods')


def read_report():
    with open(os.path.join(harness.folder, 'report.json'), encoding='utf-8') as file:
        return json.load(file)


def require_root():
    if os.geteuid() != 0:
        raise Skip('needs root')


main()
