"""`tidemark run --live` and `tidemark live`: who is let in, what is seen, and that the program does not notice."""
import contextlib
import fcntl
import glob
import json
import os
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from session import (END, EXEC, EXITED, HELLO, PROGRAM, SIGNALED, TOKEN_BYTES, Live, Snapshot, Viewer,  # noqa: E402
                     Screen, free_port, key_file, line_of, run, runtime_folder, start, watched)
from harness import Skip, case, environment, expect, expect_equal, main, target, tidemark  # noqa: E402
import harness  # noqa: E402


OTHER_USER = 1 << 20 | os.getpid()  # nobody has this number, and no other test at the same time


def said_one_line(done, status, part):
    expect_equal((done.returncode, done.stdout), (status, b''), f'status and output; it said {done.stderr!r}')
    lines = done.stderr.decode().splitlines()
    expect(part in lines[0] and lines[0].startswith('tidemark: '), f'a line with {part!r}, not {lines}')
    return lines


# ---- waiting and starting

@case
def the_program_waits_for_its_first_viewer():
    with Live() as live:
        expect_equal(live.children(), [], 'processes while nobody watches')
        with Viewer(live.port):
            live.wait_until_ready()
        expect_equal(live.finish('end 3')[0], 3, "the program's status is the tool's")


@case
def without_waiting_it_starts_at_once():
    with watched() as live:
        expect_equal(live.step('hold 1 1'), 'did hold 1 1', 'a step without a viewer')


@case
def a_viewer_may_come_first():
    port = free_port()
    viewer = start('live', str(port), '--once', '--json')
    expect_equal(line_of(viewer.stderr), f'tidemark: nobody serves port {port} yet: waiting, Ctrl-C ends it', 'while it waits')
    with Live('--live-port', str(port)) as live:
        live.wait_until_ready()
        output, said = viewer.communicate(timeout=harness.TIMEOUT_S)
        expect_equal((viewer.returncode, said), (0, b''), 'status of the viewer')
        expect_equal(json.loads(output)['recording']['pid'], live.pid, 'whom it saw')


@case
def interrupting_either_while_it_waits_is_no_error():
    viewer = start('live', str(free_port()), '--once')
    line_of(viewer.stderr)
    viewer.send_signal(signal.SIGINT)
    expect_equal((viewer.communicate(timeout=harness.TIMEOUT_S), viewer.returncode), ((b'', b''), 0), 'the viewer')
    with Live() as live:
        live.tool.send_signal(signal.SIGINT)
        expect_equal(live.finish(), (0, ''), 'the tool')
        expect(not os.path.exists(key_file(live.port)), 'its key is gone')


@case
def the_programs_input_and_output_stay_its_own():
    with Live('--no-wait', program=['/bin/cat']) as live:
        live.tool.stdin.write(b'a line\n')
        expect_equal(line_of(live.tool.stdout), 'a line', 'what cat says')


@case
def the_same_port_serves_again_at_once():
    port = free_port()
    for status in (0, 5):
        with watched('--live-port', str(port)) as live, Viewer(port) as viewer:
            viewer.until(PROGRAM)
            live.tool.stdin.write(f'end {status}\n'.encode())
            viewer.until(END)
            viewer.close()
            expect_equal(live.finish()[0], status, 'status')


# ---- what is refused

@contextlib.contextmanager
def folder_of_keys(path):
    """Of another user: where it is, the product says; it is gone afterwards."""
    try:
        yield
    finally:
        shutil.rmtree(path, ignore_errors=True)


@case
def what_is_no_port_is_refused():
    made = os.path.join(harness.folder, 'made')
    for port in ('0', '65536', '1000000', 'x', '', '80x'):
        for argv in (('run', '--live', f'--live-port={port}', 'touch', made), ('live', '--once', port)):
            lines = said_one_line(run(*argv), 2, f"'{port}' is no port; give a number from 1 to 65535")
            expect_equal(len(lines), 1, 'lines')
    expect(not os.path.exists(made), 'nothing was started')


@case
def a_port_in_use_is_refused():
    made = os.path.join(harness.folder, 'made')
    with socket.socket() as other:
        other.bind(('127.0.0.1', 0))
        other.listen()
        port = other.getsockname()[1]
        done = run('run', '--live', '--no-wait', '--live-port', str(port), 'touch', made)
    expect_equal(len(said_one_line(done, 1, f'cannot listen on port {port}: Address already in use')), 1, 'lines')
    expect(not os.path.exists(made), 'nothing was started')


@case
def an_existing_recording_is_refused_before_anybody_is_waited_for():
    path = os.path.join(harness.folder, 'kept.tide')
    with open(path, 'w', encoding='ascii') as file:
        file.write('mine')
    expect_equal(len(said_one_line(run('run', '--live', '-o', path, 'true'), 1, 'kept.tide')), 1, 'lines')
    with open(path, encoding='ascii') as file:
        expect_equal(file.read(), 'mine', 'the file')
    done = run('run', '--live', '--no-wait', '--force', '--quiet', '--native', '-o', path, 'true')
    expect_equal((done.returncode, done.stderr.count(b'\n')), (0, 1), 'with --force: status, and lines (the invitation)')
    expect_equal(run('report', path).returncode, 0, 'status of the report')


@case
def options_of_the_two_kinds_of_run_do_not_mix():
    said_one_line(run('run', '--live', '-r', 'true'), 2, '--recursive does not go with --live')
    said_one_line(run('run', '--no-wait', 'true'), 2, '--no-wait goes with --live')
    said_one_line(run('run', '--native', 'true'), 2, '--native goes with --live')
    for name in ('--force', '--quiet', '--debuginfod'):  # of all that start a program with the tracker in it
        said_one_line(run('run', name, 'true'), 2, f'{name} goes with --live')
        said_one_line(run('live', name, '9'), 2, f'{name} goes with a program')
    said_one_line(run('live', '--json'), 2, '--json goes with --once')
    said_one_line(run('live', '--once'), 2, 'no port given')


@case
def a_program_that_cannot_be_recorded_is_refused_with_its_status():
    expect_equal(len(said_one_line(run('run', '--live', '/does/not/exist'), 127, '/does/not/exist')), 1, 'lines')


@case
def a_folder_that_others_may_write_to_holds_no_keys():
    folder = os.path.join(runtime_folder(), 'tidemark')
    os.mkdir(folder)
    os.chmod(folder, 0o777)
    for argv in (('run', '--live', '--no-wait', 'true'), ('live',), ('live', '1', '--once')):
        said_one_line(run(*argv), 1, 'is not yours alone')


@case
def the_key_is_for_its_user_only():
    with Live() as live:
        mode = os.stat(key_file(live.port)).st_mode
        expect_equal(stat.S_IMODE(mode), 0o600, 'mode of the key')
        expect_equal(stat.S_IMODE(os.stat(os.path.dirname(key_file(live.port))).st_mode), 0o700, 'mode of its folder')


@case
def root_may_watch_what_others_run_and_nobody_else_may():
    if os.geteuid() != 0:
        raise Skip('only root can become another user')
    os.chmod(harness.folder, 0o777)
    other = {'user': OTHER_USER, 'group': OTHER_USER, 'extra_groups': [], 'env': environment({'XDG_RUNTIME_DIR': ''})}
    if subprocess.run([tidemark(), '--version'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
                      **other).returncode:
        raise Skip('another user cannot enter the folder of the build')
    with folder_of_keys(f'/tmp/tidemark-{OTHER_USER}'), watched(**other) as theirs, watched() as mine:
        theirs.step('hold 10 1234')
        expect_equal(theirs.once().held('hold'), (12340, 10), 'what root sees')
        listed = subprocess.run([tidemark(), 'live'], stdout=subprocess.PIPE, check=False, **other).stdout.decode()
        expect_equal([line.split()[0] for line in listed.splitlines()[1:]], [str(theirs.port)], 'what the other one may watch')
        expect(mine.step('hold 1 1'), 'the other program goes on')


# ---- strangers

@case
def strangers_are_told_nothing_and_do_not_start_the_program():
    with Live() as live:
        garbage = b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n' * 4
        for said in (b'\0' * TOKEN_BYTES, garbage, b'\0' * (1 << 20), b'half', b''):
            with Viewer(live.port, said) as stranger:
                expect_equal(stranger.until_closed(), b'', f'what {len(said)} bytes are answered')
        expect_equal(live.children(), [], 'processes after that')
        with Viewer(live.port) as viewer:
            expect_equal(viewer.message()[0], HELLO, 'what a viewer is told')
            live.wait_until_ready()


@case
def who_says_more_than_the_token_is_cut_off():
    with watched() as live:
        with open(key_file(live.port), 'rb') as file:
            token = file.read(TOKEN_BYTES)
        with Viewer(live.port, token + b'x') as talker:
            talker.until_closed()
        expect_equal(live.step('hold 1 1'), 'did hold 1 1', 'a step after that')


@case
def a_flood_of_strangers_changes_nothing():
    with watched() as live:
        crowd = []
        for _ in range(300):
            stranger = socket.socket()
            stranger.setblocking(False)
            stranger.connect_ex(('127.0.0.1', live.port))
            crowd.append(stranger)
        expect_equal(live.step('hold 10 1234'), 'did hold 10 1234', 'a step in between')
        for stranger in crowd:
            stranger.close()
        expect_equal(live.once().held('hold'), (12340, 10), 'what a viewer sees after that')


@contextlib.contextmanager
def served(said, backlog):
    """A socket that listens, and the key to its port with this HELLO."""
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        server.listen(backlog)
        path = key_file(server.getsockname()[1])
        with open(path, 'wb') as key:
            fcntl.flock(key, fcntl.LOCK_EX)
            key.write(b'k' * TOKEN_BYTES + said)
            key.flush()
            yield server
        os.unlink(path)


@contextlib.contextmanager
def replayed(said):
    """A port whose server says this to everybody who comes, and hangs up."""
    with served(said, 1) as server:
        thread = threading.Thread(target=answer_once, args=(server, said))
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def answer_once(server, said):
    connection, _ = server.accept()
    with connection:
        connection.recv(TOKEN_BYTES)
        connection.sendall(said)


@case
def a_server_that_is_none_gets_no_snapshot():
    with watched() as live, Viewer(live.port) as viewer:
        viewer.samples(1)
        said, hello_bytes = viewer.whole, 8 + struct.unpack_from('<I', viewer.whole)[0]
        live.tool.kill()
        live.tool.wait()
        os.kill(live.pid, signal.SIGKILL)
    for what, part in ((said, 'was gone before the program could be looked at'),
                       (said[:hello_bytes], 'the program was not started'),
                       (said[:hello_bytes] + b'\xff' * 64, 'makes no sense')):
        with replayed(what) as port:
            said_one_line(run('live', '--once', str(port)), 1, part)


@case
def a_viewer_does_not_hang_on_a_port_that_is_crowded():
    with watched() as live, Viewer(live.port) as viewer:
        viewer.until(PROGRAM)
        said = viewer.whole
    with served(said[:8 + struct.unpack_from('<I', said)[0]], 0) as server, contextlib.ExitStack() as crowd:
        port = server.getsockname()[1]
        for _ in range(3):
            stranger = crowd.enter_context(socket.socket())
            stranger.setblocking(False)
            stranger.connect_ex(('127.0.0.1', port))
        waiting = start('live', str(port), '--once')
        line_of(waiting.stderr)
        waiting.send_signal(signal.SIGINT)
        expect_equal((waiting.communicate(timeout=harness.TIMEOUT_S), waiting.returncode), ((b'', b''), 0), 'when interrupted')


# ---- what is seen

@case
def blocks_are_seen_as_soon_as_they_are_there_and_gone_as_soon_as_they_are_free():
    with watched() as live:
        live.step('hold 10 1234')
        expect_equal(live.once().held('hold'), (12340, 10), 'ten blocks')
        live.step('drop')
        expect_equal(live.once().held('hold'), (0, 0), 'after they were freed')


@case
def the_last_block_counts_though_nobody_knows_its_stack_yet():
    with watched() as live:
        before = live.once().totals['heap_end_bytes']
        live.step('hold 1 1000')
        snapshot = live.once()
        expect_equal(snapshot.totals['heap_end_bytes'] - before, 1000, 'the heap has grown by')
        expect_equal(sum(site.end_bytes for site in snapshot.sites if site.kind != 'mmap'),
                     snapshot.totals['heap_end_bytes'], 'all sites together')


@case
def resident_memory_is_the_programs_without_tidemarks_own():
    with watched() as live, Viewer(live.port) as viewer:
        live.step('hold 400 1000')
        own_bytes = live.once().totals['tracker_bytes']
        samples = iter(lambda: viewer.samples(1)[0], None)
        pss_bytes = next(sample[4] for sample in samples if sample[4] and sample[1] >= 300_000)
        with open(f'/proc/{live.pid}/smaps', encoding='utf-8') as file:
            mappings = re.findall(r'^[0-9a-f]+-[0-9a-f]+ .*? \d+ +(.*)\n(?:.*\n)*?Pss: +(\d+) kB', file.read(), re.MULTILINE)
        without_tables = sum(int(pss) * 1024 for name, pss in mappings if 'memfd:tidemark' not in name)
        expect(without_tables - own_bytes <= pss_bytes <= without_tables,
               f'{pss_bytes} of {without_tables} bytes, of {own_bytes} that are Tidemark\'s')


@case
def the_time_of_the_peak_stands_still_with_the_program():
    with watched() as live:
        live.step('hold 10 1234')
        peak_ns = live.once().totals['heap_peak_time_ns']
        with Viewer(live.port) as viewer:
            while viewer.samples(1)[0][0] < peak_ns + 300_000_000:
                pass
        expect_equal(live.once().totals['heap_peak_time_ns'], peak_ns, 'the time, later')


@case
def each_thread_has_its_own_numbers():
    with watched() as live:
        live.step('hold 9 100')
        live.step('worker 1 100')
        snapshot = live.once()
        expect_equal(snapshot.held('hold'), (1000, 10), 'both')
        expect_equal(snapshot.held('hold', 'steps'), (900, 9), 'main')
        expect_equal(snapshot.held('hold_by_worker', 'worker'), (100, 1), 'the other one')


@case
def a_snapshot_is_what_a_recording_of_that_instant_says():
    path = os.path.join(harness.folder, 'recording.tide')
    with watched('-o', path) as live:
        for line in ('hold 100 77', 'worker 50 1000', 'drop', 'work 1000', 'hold 3 4096', 'worker 7 10'):
            live.tool.stdin.write(line.encode() + b'\n')
        while line_of(live.tool.stdout) != 'did worker 7 10':
            pass
        seen = live.once()
        text = run('live', str(live.port), '--once')
        os.kill(live.pid, signal.SIGKILL)
        expect_equal(live.finish()[0], 137, 'status')
    recorded = Snapshot(json.loads(run('report', '--format', 'json', path).stdout))
    expect_equal(seen.figures(), recorded.figures(), 'sites')
    for name in ('heap_end_bytes', 'heap_peak_bytes', 'mapped_end_bytes', 'size_classes', 'lost_events', 'foreign_frees'):
        expect_equal(seen.totals[name], recorded.totals[name], name)
    count = len(seen.json['timeline'])
    expect(count > 0, 'there is a timeline')
    expect_equal(seen.json['timeline'], recorded.json['timeline'][:count], 'timeline')
    table = run('report', '--leaks', path).stdout.decode()
    heading = 'Not freed at the end'
    expect_equal(text.stdout.decode()[text.stdout.decode().index(heading):], table[table.index(heading):], 'table')


@case
def every_viewer_sees_all_that_happened():
    with watched() as live, Viewer(live.port) as early:
        first = early.samples(20)
        with Viewer(live.port) as late, Viewer(live.port) as later:
            for viewer in (late, later):
                expect_equal(viewer.message()[0], HELLO, 'first')
                expect_equal(viewer.message()[0], PROGRAM, 'second')
                expect_equal(viewer.samples(20), first, 'what was before it came')
        expect(all(a[0] <= b[0] for a, b in zip(first, first[1:])), 'samples by time')
        expect(all(sample[3] > 0 for sample in first), 'RSS in each')


@case
def an_exec_begins_anew():
    with watched() as live, Viewer(live.port) as viewer:
        live.step('hold 10 1000')
        viewer.until(PROGRAM)
        live.tool.stdin.write(f'exec {target("steps")}\n'.encode())
        live.wait_until_ready()
        viewer.until(PROGRAM)
        expect_equal(live.once().held('hold'), (0, 0), 'what the next program holds')
        live.step('hold 2 11')
        expect_equal(live.once().held('hold'), (22, 2), 'what it holds then')
        with Viewer(live.port) as late:
            expect_equal([late.message()[0] for _ in range(3)][:2], [HELLO, PROGRAM], 'what a late viewer is told')


@case
def a_program_that_cannot_be_tracked_after_an_exec_is_said_to_be_gone():
    with watched() as live, Viewer(live.port) as viewer:
        live.tool.stdin.write(b'exec /sbin/ldconfig --version\n')
        body, _ = viewer.until(END)
        expect_equal(struct.unpack('<3I', body)[0], EXEC, 'the end of the program')
        body, _ = viewer.until(END)
        expect_equal(struct.unpack('<3I', body)[:2], (EXITED, 0), 'the end of the process')
        viewer.close()
        expect_equal(live.finish()[0], 0, 'status')


@case
def viewers_are_told_how_it_ended():
    for line, end, status in (('end 7', (EXITED, 7), 7), ('kill', (SIGNALED, 9), 137)):
        with watched() as live, Viewer(live.port) as viewer:
            live.tool.stdin.write(line.encode() + b'\n')
            body, _ = viewer.until(END)
            expect_equal(struct.unpack('<3I', body)[:2], end, line)
            viewer.close()
            expect_equal(live.finish()[0], status, 'status of the tool')


# ---- viewers that misbehave

@case
def a_viewer_that_does_not_read_holds_nobody_up():
    with watched() as live, Viewer(live.port):
        live.step('work 100000')
        expect_equal(live.once().held('hold'), (0, 0), 'what another viewer sees')
        expect_equal(live.finish('end 4')[0], 4, 'status, though somebody has not read the end')


def stopped(pid):
    """When it stands still; not when it was told to."""
    os.kill(pid, signal.SIGSTOP)
    os.waitpid(pid, os.WUNTRACED)


@case
def a_viewer_under_sigstop_holds_nobody_up_and_sees_all_afterwards():
    with watched() as live:
        viewer = Screen(live.port)
        try:
            viewer.wait('allocations ')
            stopped(viewer.pid)
            live.work(900000)
            live.step('hold 10 1234567')
            expect_equal(live.once().held('hold'), (12345670, 10), 'what another viewer sees meanwhile')
            os.kill(viewer.pid, signal.SIGCONT)
            viewer.wait('11.8 MiB')
            viewer.wait('900,0')
            expect_equal(live.finish('end 4')[0], 4, 'status')
            viewer.wait('Remote has disconnected: exit status 4')
        finally:
            viewer.kill()


@case
def a_screen_that_is_killed_changes_nothing():
    with watched() as live:
        for _ in range(3):
            viewer = Screen(live.port)
            viewer.wait('allocations ')
            live.tool.stdin.write(b'work 100000\n')
            viewer.kill()
            live.work(1)
        live.step('hold 2 5')
        expect_equal(live.once().held('hold'), (10, 2), 'what the next one sees')


@case
def a_viewer_that_is_killed_is_forgotten():
    with watched() as live:
        for _ in range(80):  # more than may watch at once
            with Viewer(live.port) as viewer:
                viewer.message()
                viewer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        live.step('hold 2 5')
        expect_equal(live.once().held('hold'), (10, 2), 'what the next one sees')


@case
def who_comes_when_it_is_full_is_told_so():
    with watched() as live, contextlib.ExitStack() as crowd:
        for _ in range(64):
            crowd.enter_context(Viewer(live.port)).message()
        said_one_line(run('live', str(live.port), '--once'), 1, f'port {live.port} has as many viewers as it takes')
        crowd.close()
        live.step('hold 2 5')
        expect_equal(live.once().held('hold'), (10, 2), 'what is seen when they have left')


@case
def a_tool_that_is_killed_leaves_the_program_running():
    with watched() as live, Viewer(live.port) as viewer:
        viewer.until(PROGRAM)
        live.tool.kill()
        viewer.until_closed()
        expect_equal(live.step('hold 1 1'), 'did hold 1 1', 'a step after that')


@case
def what_a_killed_tool_has_left_is_removed_by_the_next():
    with watched() as other:
        with watched() as live:
            live.tool.kill()
            live.tool.wait()
            os.kill(live.pid, signal.SIGKILL)
        folders = os.path.join(runtime_folder(), 'tidemark-??????')
        expect_equal(len(glob.glob(folders)), 2, 'folders of the living one and of the dead one')
        with watched() as live:
            expect_equal(len(glob.glob(folders)), 2, 'folders of the two that live')
            expect_equal((live.step('hold 1 1'), other.step('hold 1 1')), ('did hold 1 1',) * 2, 'what they do')
    expect_equal(glob.glob(folders), [], 'folders at the end')


# ---- the list

def listed(*programs):
    """Their lines; there may be others, in folders that are not the tests'."""
    lines = [line.split() for line in run('live').stdout.decode().splitlines()[1:]]
    return sorted(line for line in lines if int(line[0]) in [program.port for program in programs])


@case
def the_list_has_what_lives_and_nothing_else():
    os.mkdir(os.path.dirname(key_file(1)), mode=0o700)
    os.mkfifo(key_file(1))  # whoever opens it to read waits for a writer
    done = run('live')
    expect_equal((done.returncode, b'nothing to watch' in done.stderr), (0, not done.stdout), 'status, and what is said of nothing')
    with watched() as live, Live() as waiting:
        expect_equal(listed(live, waiting),
                     sorted([str(each.port), str(each.tool.pid), target('steps')] for each in (live, waiting)), 'two')
        live.tool.kill()
        live.tool.wait()
        expect(os.path.exists(key_file(live.port)), 'a killed tool leaves its key')
        expect_equal([line[0] for line in listed(live, waiting)], [str(waiting.port)], 'one')
        expect(not os.path.exists(key_file(live.port)), 'the dead one was cleaned up')
        os.kill(live.pid, signal.SIGKILL)


@case
def a_program_from_another_environment_is_found():
    with watched(env=environment({'XDG_RUNTIME_DIR': ''})) as live:
        expect_equal([line[0] for line in listed(live)], [str(live.port)], 'the list')
        live.step('hold 2 5')
        expect_equal(live.once().held('hold'), (10, 2), 'what is seen')


main()
