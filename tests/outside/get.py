"""`tidemark get` against the kernel's own figures of processes that hold still (programs/poses.c)."""
import contextlib
import csv
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'acceptance'))
from harness import TIMEOUT_S, Skip, case, environment, expect, expect_equal, main, target, tidemark  # noqa: E402
import harness  # noqa: E402

MIB = 1 << 20
NOBODY = 65534
FIGURES = ('pss_bytes', 'rss_bytes', 'private_bytes', 'shared_bytes', 'swap_bytes', 'swap_pss_bytes', 'hugetlb_bytes')
NO_PID = 4194305  # above the largest that there can be


class Pose:
    """A program that holds still: `pids[role]` lists its processes."""

    def __init__(self, name, mib):
        self.process = subprocess.Popen([target('poses'), name, str(mib)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=environment())
        self.pids = {}
        for line in iter(self.process.stdout.readline, b'ready\n'):
            expect(line, f'{name} has not become ready')
            _, role, pid = line.decode().split()
            self.pids.setdefault(role, []).append(int(pid))
        self.pid = self.process.pid

    def end(self):
        self.process.stdin.close()
        self.process.wait(TIMEOUT_S)
        self.process.stdout.read()  # until all of them have gone


@contextlib.contextmanager
def posing(name, mib=0):
    pose = Pose(name, mib)
    try:
        yield pose
    finally:
        if pose.process.returncode is None:
            pose.end()


def get(*arguments, through=(), tool=None, **kwargs):
    return subprocess.run([*through, tool or tidemark(), 'get', *map(str, arguments)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=TIMEOUT_S,
                          env=environment(), cwd=harness.folder, text=True, **kwargs)


class Reading:
    """`get --json`: its one reading."""

    def __init__(self, *arguments, status=0, **kwargs):
        done = get('--json', *arguments, **kwargs)
        expect_equal(done.returncode, status, f'status; {done.stderr}')
        self.json = json.loads(done.stdout)
        expect_equal((self.json['format'], self.json['version']), ('tidemark-outside', 1), 'schema')
        self.peak = self.json['peak']
        self.rows = {row['pid']: row for row in self.peak['processes']}
        measured = [row for row in self.rows.values() if row['kind'] == 'measured']
        for figure in ('pss_bytes', 'private_bytes', 'swap_pss_bytes'):
            if measured:
                expect_equal(sum(row[figure] for row in measured), self.peak[figure], f'sum of {figure}')
        expect_equal(len(measured), self.peak['measured_count'], 'measured_count')

    def kinds(self, pids):
        return [self.rows[pid]['kind'] for pid in pids]


def kernel_figures(pid):
    """/proc/PID/smaps_rollup in bytes, by our names."""
    with open(f'/proc/{pid}/smaps_rollup', encoding='utf-8') as rollup:
        kernel = {name: int(kib) * 1024 for name, kib in re.findall(r'(\w+): +(\d+) kB', rollup.read())}
    return {'pss_bytes': kernel['Pss'], 'rss_bytes': kernel['Rss'],
            'private_bytes': kernel['Private_Clean'] + kernel['Private_Dirty'],
            'shared_bytes': kernel['Shared_Clean'] + kernel['Shared_Dirty'],
            'swap_bytes': kernel['Swap'], 'swap_pss_bytes': kernel['SwapPss'],
            'hugetlb_bytes': kernel['Private_Hugetlb'] + kernel['Shared_Hugetlb']}


def measured_figures(pid):
    row = Reading(pid).rows[pid]
    expect_equal((row['kind'], row['method']), ('measured', 'rollup'), 'kind and method')
    return {name: row[name] for name in FIGURES}


def expect_same_at_last(measure, truth, what):
    """PSS changes whenever somebody else maps the same file or ceases to: a hundred attempts to meet no such moment."""
    for _ in range(100):
        got, expected = measure(), truth()
        if got == expected:
            return
    expect_equal(got, expected, f'{what}, a hundred times')


def expect_near(got, expected, tolerance, what):
    expect(abs(got - expected) <= tolerance, f'{what}: expected {expected} ± {tolerance}, got {got}')


def require_root():
    if os.geteuid() != 0:
        raise Skip('needs root')


def as_nobody():
    """Everybody may run a copy of the tool in the case's folder."""
    require_root()
    tool = shutil.copy(tidemark(), harness.folder)
    return {'tool': tool, 'user': NOBODY, 'group': NOBODY, 'extra_groups': []}


# ---- figures


@case
def shared_memory_is_counted_once():
    """100 MiB shared, 40 and 10 of their own: 90 and 60, 150 together."""
    with posing('share', 100) as pose:
        reading = Reading('-r', pose.pid)
        (parent,), (child,) = pose.pids['parent'], pose.pids['child']
        for pid, mib, private_mib in ((parent, 90, 40), (child, 60, 10)):
            expect_near(reading.rows[pid]['pss_bytes'], mib * MIB, MIB, 'PSS')
            expect_near(reading.rows[pid]['private_bytes'], private_mib * MIB, MIB, 'private')
        expect_near(reading.peak['pss_bytes'], 150 * MIB, MIB, 'total')
        expect_equal([reading.rows[pid]['depth'] for pid in (parent, child)], [0, 1], 'depth')
        text = get(pose.pid, '-rv').stdout
        tree = rf'^\[{parent}\] 90\.\d MiB \(poses\) .*\n  \[{child}\] 60\.\d MiB \(poses\) .*\nTotal: 15[01] MiB'
        expect(re.search(tree, text, re.M), text)


@case
def every_figure_is_the_kernels():
    with posing('share', 10) as pose:
        for pid in [pose.pid, *pose.pids['child']]:
            expect_same_at_last(lambda pid=pid: measured_figures(pid), lambda pid=pid: kernel_figures(pid), pid)


@case
def bytes_are_exact():
    """A kB of the kernel's is 1,024 bytes; alone, --bytes is a number for scripts."""
    with posing('steady', 50) as pose:
        expect(re.fullmatch(r'\d+\n', get('--bytes', pose.pid).stdout), 'more than a number')
        expect_same_at_last(lambda: int(get('--bytes', pose.pid).stdout),
                            lambda: kernel_figures(pose.pid)['pss_bytes'], 'PSS')


@case
def many_mappings_lose_nothing():
    """A sum over /proc/PID/smaps would lose up to 1 kB in each of 20,000."""
    with posing('mappings') as pose:
        for pid in [pose.pid, *pose.pids['child']]:
            expect_same_at_last(lambda pid=pid: measured_figures(pid), lambda pid=pid: kernel_figures(pid), pid)
        with open(f'/proc/{pose.pid}/maps', encoding='utf-8') as maps:
            expect(len(maps.readlines()) >= 20000, 'these are not 20,000 mappings')


# ---- who is counted


@case
def a_child_given_beside_its_parent_counts_once():
    with posing('share', 20) as pose:
        (child,) = pose.pids['child']
        for arguments in (('-r', pose.pid, child), ('-r', child, pose.pid), (pose.pid, child, pose.pid)):
            reading = Reading(*arguments)
            expect_equal(sorted(reading.rows), sorted([pose.pid, child]), f'processes of {arguments}')
            expect_near(reading.peak['pss_bytes'], 30 * MIB, MIB, 'total')
            expect_equal(reading.rows[child]['depth'], 1 if '-r' in arguments else 0, f'depth with {arguments}')


@case
def a_shared_address_space_counts_once():
    for name in ('clone-vm', 'vfork'):
        with posing(name, 100) as pose:
            check_sharers(pose, 'kcmp')


@case
def a_child_of_vfork_is_found_without_kcmp():
    with posing('vfork', 100) as pose:
        check_sharers(pose, 'vfork', through=[target('without_kcmp')])
        text = get('-r', pose.pid, through=[target('without_kcmp')]).stdout
        expect('\n1 process is in the memory of a parent that waits in vfork' in text, text)


def check_sharers(pose, method, **kwargs):
    reading = Reading('-r', pose.pid, **kwargs)
    (sharer,), children = pose.pids['sharer'], pose.pids.get('child', [])
    expect_equal(reading.peak['sharers_found_by'], method, 'method')
    expect_equal(reading.kinds([pose.pid, sharer, *children]), ['measured', 'shares', *['measured'] * len(children)],
                 'kinds')
    expect_equal((reading.rows[sharer]['shares_with'], reading.rows[sharer]['pss_bytes']), (pose.pid, None), 'sharer')
    expect_near(reading.peak['pss_bytes'], 100 * MIB, 4 * MIB, 'total')


@case
def a_child_that_kept_the_originals_is_no_sharer():
    """It looks as a child of vfork does: the parent's layout, as much memory, and no page faults for it."""
    with posing('copied', 50) as pose:
        for through in ([], [target('without_kcmp')]):
            reading = Reading('-r', pose.pid, through=through)
            expect_equal(reading.kinds([pose.pid, *pose.pids['child']]), ['measured', 'measured'], 'kinds')
            expect_near(reading.peak['pss_bytes'], 100 * MIB, MIB, 'total')


@case
def workers_that_look_the_same_are_no_sharers():
    with posing('churn', 5) as pose:
        for through in ([], [target('without_kcmp')]):
            reading = Reading(*pose.pids['stays'], through=through)
            expect_equal(set(reading.kinds(pose.pids['stays'])), {'measured'}, 'kinds')


@case
def children_may_come_and_go():
    """Nobody who stays is missing from any reading, and there are no partial figures. Those who end are counted."""
    with posing('churn', 5) as pose:
        for _ in range(30):
            reading = Reading('-r', pose.pid)
            for pid in pose.pids['stays']:
                expect(pid in reading.rows, f'{pid} is missing: {sorted(reading.rows)}')
                expect_near(reading.rows[pid]['pss_bytes'], 5 * MIB, MIB, 'PSS of one that stays')
            expect(reading.peak['pss_bytes'] >= 25 * MIB, 'total')
        for _ in range(300):
            if 'ended while measuring' in get('-r', pose.pid).stdout:
                return
        raise Skip('in 300 readings nobody ended between being found and being read')


@case
def a_zombie_is_called_one():
    with posing('zombie', 20) as pose:
        (zombie,) = pose.pids['zombie']
        reading = Reading('-r', pose.pid)
        expect_equal((reading.rows[zombie]['kind'], reading.rows[zombie]['pss_bytes']), ('zombie', None), 'zombie')
        expect_equal(reading.peak['measured_count'], 1, 'measured')
        expect(f'[{zombie}] zombie (poses)\n' in get('-rv', pose.pid).stdout, 'it is not in the tree')
        check_nothing(zombie, 'it has ended (zombie) and has no memory')


@case
def a_process_whose_first_thread_ended_is_measured():
    with posing('leaderless', 30) as pose:
        expect_near(Reading(pose.pid).peak['pss_bytes'], 30 * MIB, MIB, 'PSS')


@case
def the_number_of_a_thread_is_its_process():
    with posing('leaderless', 30) as pose:
        (thread,) = [int(tid) for tid in os.listdir(f'/proc/{pose.pid}/task') if int(tid) != pose.pid]
        expect_equal(list(Reading('-r', thread).rows), [pose.pid], 'processes')


@case
def a_kernel_thread_is_called_one():
    if not os.path.exists('/proc/2/comm') or pathlib.Path('/proc/2/comm').read_text(encoding='utf-8') != 'kthreadd\n':
        raise Skip('no kernel threads are seen here')
    check_nothing(2, 'a kernel thread has no memory of its own')


@case
def a_name_may_be_anything():
    with posing('name', 1) as pose:
        row = Reading(pose.pid).rows[pose.pid]
        expect_equal((row['comm'], row['ppid'], row['kind']), ('a) R 1 (b?"\\', os.getpid(), 'measured'), 'name')


# ---- who may not be read


@case
def another_users_process_is_no_zero():
    others = {'tool': tidemark()} if os.geteuid() else as_nobody()
    if os.stat('/proc/1').st_uid == os.geteuid() != 0:
        raise Skip('there is no other user here')
    with posing('steady', 50) as pose:
        pid = pose.pid if os.geteuid() == 0 else 1
        done = get(pid, **others)
        expect_equal(done.returncode, 3, 'status')
        expect(re.search(rf'^\[{pid}\] permission denied \(.*\) +~[\d.]+ [KMG]iB$', done.stdout, re.M), done.stdout)
        expect('Total' not in done.stdout, done.stdout)
        expect(re.fullmatch(r'tidemark: 1 process may not be read .*\n', done.stderr), done.stderr)
        row = Reading(pid, status=3, **others).rows[pid]
        expect_equal((row['kind'], row['method'], row['pss_bytes']), ('denied', 'stat', None), 'kind, method and PSS')
        expect(row['rss_bytes'] > 0, 'RSS')
        done = get('--bytes', pid, **others)
        expect_equal((done.returncode, done.stdout), (3, ''), 'status and number')


@case
def a_user_measures_processes_of_its_own():
    with as_user_of('steady', 30) as (pose, others):
        reading = Reading(pose.pid, os.getpid(), status=3, **others)
        expect_equal(reading.kinds([pose.pid, os.getpid()]), ['measured', 'denied'], 'kinds')
        expect_near(reading.peak['pss_bytes'], 30 * MIB, MIB, 'total')


@case
def a_capability_lets_others_be_read():
    """CAP_PERFMON opens smaps_rollup and does not allow kcmp: sharers are found without it."""
    others = as_nobody()
    if subprocess.run(['setcap', 'cap_perfmon+ep', others['tool']], stderr=subprocess.DEVNULL, check=False).returncode:
        raise Skip('files can have no capabilities here')
    with posing('vfork', 100) as pose:
        if get(pose.pid, **others).returncode == 3:
            raise Skip('the capability is not heeded here')
        check_sharers(pose, 'vfork', **others)


@contextlib.contextmanager
def as_user_of(name, mib):
    """The pose and the tool run as nobody. The pose, like the tool, is a copy that everybody may run."""
    others = as_nobody()
    copy = shutil.copy(target('poses'), harness.folder)
    read_end, write_end = os.pipe()
    process = subprocess.Popen([copy, name, str(mib)], stdin=read_end, stdout=subprocess.PIPE, user=NOBODY,
                               group=NOBODY, extra_groups=[])
    os.close(read_end)
    while process.stdout.readline() != b'ready\n':
        pass
    try:
        yield process, others
    finally:
        os.close(write_end)
        process.wait(TIMEOUT_S)


# ---- kernels and containers


@case
def without_lists_of_children_parents_are_asked():
    with posing('share', 20) as pose:
        done = in_other_proc(pose, ['stat', 'smaps_rollup', 'smaps'], '-r', '--json', pose.pid)
        reading = json.loads(done.stdout)['peak']
        expect_equal(reading['children_found_by'], 'ppid', 'method')
        expect_equal([row['pid'] for row in reading['processes']], [pose.pid, *pose.pids['child']], 'processes')
        expect_near(reading['pss_bytes'], 30 * MIB, MIB, 'total')


@case
def without_smaps_rollup_mappings_are_added_up():
    with posing('share', 20) as pose:
        done = in_other_proc(pose, ['stat', 'smaps'], '-r', '--json', pose.pid)
        reading = json.loads(done.stdout)['peak']
        expect_equal({row['method'] for row in reading['processes']}, {'smaps'}, 'method')
        expect_near(reading['pss_bytes'], 30 * MIB, MIB, 'total')
        for row in reading['processes']:
            expect_near(row['rss_bytes'], kernel_figures(row['pid'])['rss_bytes'], MIB, 'RSS')


def in_other_proc(pose, files, *arguments):
    """The tool in a namespace of mounts where /proc is as on another kernel: of each process just these files."""
    require_root()
    pids = [pid for group in pose.pids.values() for pid in group]
    script = f'''set -e
        mkdir real; mount --bind /proc real; mount -t tmpfs none /proc; mkdir /proc/self
        ln -s "$PWD/real/self/stat" /proc/self/stat
        for pid in {' '.join(map(str, pids))}; do
            mkdir -p /proc/$pid/task/$pid
            for file in {' '.join(files)}; do ln -s "$PWD/real/$pid/$file" /proc/$pid/$file; done
        done'''
    if 'smaps_rollup' in files:
        script += '\nln -s "$PWD/real/self/smaps_rollup" /proc/self/smaps_rollup'
    done = get(*arguments, through=['unshare', '--mount', 'sh', '-c', f'{script}\nexec "$@"', 'sh'])
    if done.returncode and 'unshare' in done.stderr:
        raise Skip('no mounts of our own are possible here')
    expect_equal((done.returncode, done.stderr), (0, ''), 'status, and what it says')
    return done


@case
def in_a_pid_namespace_its_own_numbers_count():
    require_root()
    script = """touch ready; sleep 100 | "$1" share 20 > ready & pid=$!
        until grep -q ready ready; do :; done; "$2" get -r --json $pid"""  # the end of the first process is everybody's
    done = subprocess.run(['unshare', '--pid', '--fork', '--mount-proc', 'sh', '-c', script, 'sh', target('poses'),
                           tidemark()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          cwd=harness.folder, timeout=TIMEOUT_S, text=True)
    if done.returncode and 'unshare' in done.stderr:
        raise Skip('no PID namespace can be made here')
    expect_equal((done.returncode, done.stderr), (0, ''), 'status, and what it says')
    reading = json.loads(done.stdout)['peak']
    expect_near(reading['pss_bytes'], 30 * MIB, MIB, 'total')
    expect_equal(len(reading['processes']), 2, 'processes')
    expect(reading['processes'][0]['pid'] < 10, f'a number of another namespace: {reading}')


@case
def numbers_of_another_pid_namespace_are_refused():
    """/proc is still that from outside, where PID 1 is another process."""
    require_root()
    outside = ['unshare', '--pid', '--fork']
    if subprocess.run([*outside, 'true'], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise Skip('no PID namespace can be made here')
    for command in ['get', '1'], ['get', '--top', '3'], ['run', 'true']:
        done = subprocess.run([*outside, tidemark(), *command], capture_output=True, check=False, text=True,
                              timeout=TIMEOUT_S)
        expect_equal((done.returncode, done.stdout), (1, ''), f'{command}: status and output')
        expect('another namespace' in done.stderr, f'{command}: it says {done.stderr}')


# ---- bad input


def check_nothing(pid, why):
    done = get(pid)
    expect_equal((done.returncode, done.stdout, done.stderr),
                 (1, '', f'tidemark: nothing to measure at PID {pid}: {why}\n'), 'status and words')


@case
def a_pid_that_is_nobodys():
    check_nothing(NO_PID, 'there is no such process')
    with posing('steady', 10) as pose:
        reading = Reading(pose.pid, NO_PID, status=3)
        expect_equal(reading.kinds([pose.pid, NO_PID]), ['measured', 'ended'], 'kinds')
        expect_near(reading.peak['pss_bytes'], 10 * MIB, MIB, 'total')


@case
def what_is_no_pid():
    for arguments in ([], ['abc'], ['0'], ['-5'], ['--', '-5'], [''], ['12x'], ['1.5'], ['99999999999999999999'],
                      ['--top', '0'], ['--top', '-1'], ['--top', 'x'], ['--top', '3', '1'], ['--top', '3', '-w'],
                      ['-w=', '1'], ['-wx', '1'], ['--watch=-1', '1'], ['--watch=0', '1'], ['--watch=nan', '1'],
                      ['-o', '', '1'], ['--json', '--csv', '1']):
        done = get(*arguments)
        expect_equal((done.returncode, done.stdout), (2, ''), f'status and output for {arguments}')
        expect(re.fullmatch(r'tidemark: .*\(see: tidemark get --help\)\n', done.stderr), done.stderr)


@case
def a_message_moves_no_cursor():
    done = get('1\033[2J\n2')
    expect_equal((done.returncode, done.stderr),
                 (2, "tidemark: '1?[2J?2' is no PID (see: tidemark get --help)\n"), 'status and words')


@case
def a_file_is_replaced_only_by_figures():
    path = os.path.join(harness.folder, 'file')
    with open(path, 'w', encoding='utf-8') as file:
        file.write('old')
    for pid, status, pattern in ((NO_PID, 1, 'old'), (os.getpid(), 0, r'\d+\n')):
        done = get('--bytes', pid, '-o', path)
        expect_equal((done.returncode, done.stdout), (status, ''), 'status and output')
        with open(path, encoding='utf-8') as file:
            expect(re.fullmatch(pattern, file.read()), f'the file after {pid}')


@case
def a_full_disk_is_told():
    done = get(os.getpid(), '-o', '/dev/full')
    expect_equal(done.returncode, 1, 'status')
    expect(re.fullmatch(r'tidemark: cannot write the report: .*\n', done.stderr), done.stderr)
    done = get(os.getpid(), '-o', '/nowhere/file')
    expect_equal(done.returncode, 1, 'status')
    expect(re.fullmatch(r'tidemark: cannot write /nowhere/file: .*\n', done.stderr), done.stderr)


# ---- all processes


@case
def the_top_of_the_system():
    with posing('share', 200) as pose:
        done = get('--top', 1000, '--json')
        expect(done.returncode in (0, 3), f'status {done.returncode}, {done.stderr}')
        reading = json.loads(done.stdout)['peak']
        expect_equal(done.returncode, 3 if reading['denied_count'] else 0, 'status')
        sizes = [row['pss_bytes'] or row['rss_bytes'] for row in reading['processes']]
        expect_equal(sizes, sorted(sizes, reverse=True), 'sizes')
        rows = {row['pid']: row for row in reading['processes']}
        expect(pose.pid in rows, f'{pose.pid} is not among them')
        expect_near(rows[pose.pid]['pss_bytes'], 180 * MIB, MIB, 'PSS')
        expect(300 * MIB <= reading['pss_bytes'], 'total')
        expect_equal(get('--top', 3).stdout.count('\n['), 3, 'rows of text')


# ---- again and again


SAID_PEAK = r'tidemark: peak, at .*: {}\.\d MiB PSS .*\n'  # beside a table


def watch(*arguments):
    return subprocess.Popen([tidemark(), 'get', '-w', *map(str, arguments)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=harness.folder,
                            text=True)


def finish(tool, status=0, says=''):
    """What else it prints, when it has ended well."""
    output, errors = tool.stdout.read(), tool.stderr.read()
    expect_equal(tool.wait(TIMEOUT_S), status, f'status; it says {errors}')
    expect(re.fullmatch(says, errors), f'it says {errors}')
    return output


@case
def watching_ends_with_the_process_and_tells_the_peak():
    with posing('steady', 20) as pose:
        tool = watch(pose.pid)
        first = tool.stdout.readline()
        expect(re.match(r'at the start: 20\.\d MiB PSS \(private ', first), first)
        pose.end()
        rest = finish(tool)
        expect(re.search(rf'^Peak, at .*: 20\.\d MiB .*\n\d+ readings? in .*, the last every \d.*\n'
                         rf'process ended: {pose.pid}\n\Z', rest, re.M), rest)


@case
def watching_goes_on_until_the_last_has_ended():
    with posing('steady', 10) as one, posing('steady', 20) as other:
        tool = watch('-v', one.pid, other.pid)
        while 'Total' in (line := tool.stdout.readline()) or 'in 2 processes' not in line:
            expect(line, 'it has ended')
        one.end()
        while not re.match(r'at .*: 20\.\d MiB PSS \(private', line := tool.stdout.readline()):
            expect(line, 'it has ended')
        other.end()
        rest = finish(tool)
        expect(rest.endswith(f'process ended: {one.pid}\nprocess ended: {other.pid}\n'), rest)
        expect(re.search(r'^Peak, at .*: 30\.\d MiB PSS in 2 processes', rest, re.M), rest)


@case
def watching_is_ended_by_a_signal():
    with posing('steady', 20) as pose:
        for number in (signal.SIGINT, signal.SIGTERM):
            tool = watch('-rv', pose.pid)
            tool.stdout.readline()
            tool.send_signal(number)
            rest = finish(tool)
            expect(re.search(r'^Peak, at .*: 20\.\d MiB ', rest, re.M) and 'process ended' not in rest, rest)


@case
def watching_ends_when_nobody_reads():
    with posing('steady', 20) as pose:
        tool = watch('--csv', pose.pid)
        tool.stdout.readline()
        tool.stdout.close()
        expect_equal(tool.wait(TIMEOUT_S), 1, 'status')
        errors = tool.stderr.read()
        expect(re.fullmatch(SAID_PEAK.format(20), errors), f'it says {errors}')


@case
def more_processes_may_be_watched_than_files_be_open():
    with posing('churn', 5) as pose:
        pids = pose.pids['stays']
        command = f'ulimit -n 9; exec {tidemark()} get -w {" ".join(map(str, pids))}'
        with subprocess.Popen(['sh', '-c', command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tool:
            for _ in range(3):
                line = tool.stdout.readline()
                expect(f'in {len(pids)} processes' in line, line)
            tool.send_signal(signal.SIGINT)
            finish(tool)


@case
def watching_keeps_to_its_budget():
    """A hundredth of a CPU, whatever is asked for."""
    with posing('steady', 200) as pose:
        tool = watch('--watch=0.001', '--json', pose.pid)
        begin = ''.join(tool.stdout.readline() for _ in range(7))
        pose.end()
        report = json.loads(begin + finish(tool))
        timeline = report['timeline']
        expect_equal((report['end'], report['samples_count']), ('ended', len(timeline)), 'end, and samples')
        expect(len(timeline) >= 3, f'{len(timeline)} readings')
        for before, after in zip(timeline, timeline[1:]):
            gap_ns = after['time_ns'] - before['time_ns']
            expect(gap_ns >= 100 * before['duration_ns'], f'{gap_ns} ns after a reading of {before["duration_ns"]} ns')
        expect_near(report['peak']['pss_bytes'], 200 * MIB, MIB, 'peak')
        expect_equal(report['peak']['pss_bytes'], max(row['pss_bytes'] for row in timeline), 'peak')


@case
def a_series_for_spreadsheets():
    with posing('share', 20) as pose:
        tool = watch('--watch=0.01', '--csv', '-rv', pose.pid)
        lines = [tool.stdout.readline() for _ in range(7)]
        tool.send_signal(signal.SIGINT)
        rows = list(csv.DictReader(lines + finish(tool, says=SAID_PEAK.format(30)).splitlines()))
        expect_equal([int(row['pid']) for row in rows[:4]], 2 * [pose.pid, *pose.pids['child']], 'processes')
        expect_near(int(rows[1]['pss_bytes']), 12 * MIB, MIB, 'PSS')
        times = [float(row['time_s']) for row in rows]
        expect(times[0] == 0 and times == sorted(times) and times[-1] > 0, f'times {times}')
        sums = list(csv.DictReader(get('--csv', '-r', pose.pid).stdout.splitlines()))
        expect_near(int(sums[0]['pss_bytes']), 30 * MIB, MIB, 'total')


@case
def a_terminal_shows_one_reading_in_place_of_another():
    columns = 60
    with posing('share', 20) as pose:
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.update(TERM='xterm', LC_ALL='C.UTF-8')
            os.environ.pop('COLUMNS', None)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
            os.execv(tidemark(), ['tidemark', 'get', '-rvw0.01', str(pose.pid)])
        screen = b''
        while screen.count('█'.encode()) < 4 * columns:
            screen += os.read(terminal, 4096)
        os.write(terminal, b'\x03')
        with contextlib.suppress(OSError):  # how a terminal ends
            while more := os.read(terminal, 4096):
                screen += more
        os.close(terminal)
        expect_equal(os.waitpid(pid, 0)[1], 0, 'status')
        text = screen.decode()
        frames, end = text.rsplit('Ctrl-C ends', 1)
        expect(re.search(r'\x1b\[\d+A', frames), 'nothing was drawn in place')
        expect(re.search(r'^Peak, at .*: 30\.\d MiB PSS in 2 processes', end, re.M), end)
        for line in re.sub(r'\x1b\[\d*[AJK]', '', frames).splitlines():
            expect(len(line.lstrip('\r')) <= columns, f'wider than the terminal: {line!r}')


main()
