"""A program under `tidemark run --live`, and viewers made by hand, for the cases in live.py.

steps.c does one step for each line that it is given, says so, and stands still: so there is always an event to wait for."""
import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'acceptance'))
from harness import Failure, Site, environment, expect, expect_equal, target, tidemark  # noqa: E402
import harness  # noqa: E402

HELLO, PROGRAM, SAMPLE, END = 1, 2, 3, 4
EXITED, SIGNALED, EXEC = 1, 2, 3
TOKEN_BYTES = 32


def runtime_folder():
    path = os.path.join(harness.folder, 'run')
    os.makedirs(path, mode=0o700, exist_ok=True)
    return path


def live_environment():
    return environment({'XDG_RUNTIME_DIR': runtime_folder()})


def key_file(port):
    return os.path.join(runtime_folder(), 'tidemark', f'live-{port}')


def start(*argv, **kwargs):
    options = {'env': live_environment(), **kwargs}
    return subprocess.Popen([tidemark(), *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            cwd=harness.folder, bufsize=0, **options)


def run(*argv, **kwargs):
    return subprocess.run([tidemark(), *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False, timeout=harness.TIMEOUT_S, env=live_environment(), cwd=harness.folder, **kwargs)


def line_of(stream):
    """The next line; a program that says nothing more is a failure, not a wait."""
    line = b''
    while not line.endswith(b'\n'):
        if not select.select([stream], [], [], harness.TIMEOUT_S)[0]:
            raise Failure(f'nothing more comes after {line!r}')
        byte = os.read(stream.fileno(), 1)
        if not byte:
            raise Failure(f'the end comes after {line!r}')
        line += byte
    return line.decode().rstrip('\n')


def free_port():
    with socket.socket() as finder:
        finder.bind(('127.0.0.1', 0))
        return finder.getsockname()[1]


class Live:
    """`tidemark run --live`, invited but not watched yet."""

    def __init__(self, *options, program=None, **kwargs):
        self.tool = start('run', '--live', *options, *(program or [target('steps')]), **kwargs)
        invitation = line_of(self.tool.stderr)
        found = re.fullmatch(r"tidemark: Run 'tidemark live (\d+)' in another shell to see live results", invitation)
        expect(found, f'an invitation, not {invitation!r}')
        self.port = int(found[1])
        self.pid = None

    def wait_until_ready(self):
        self.pid = int(line_of(self.tool.stdout).removeprefix('ready '))

    def step(self, line):
        self.tool.stdin.write(line.encode() + b'\n')
        return line_of(self.tool.stdout)

    def work(self, count):
        """Allocations and frees, to the end of them."""
        self.tool.stdin.write(f'work {count}\n'.encode())
        while line_of(self.tool.stdout) != f'did work {count}':
            pass

    def children(self):
        with open(f'/proc/{self.tool.pid}/task/{self.tool.pid}/children', encoding='ascii') as file:
            return file.read().split()

    def once(self):
        """What `live --once --json` says; stacks by name."""
        done = run('live', str(self.port), '--once', '--json')
        expect_equal((done.returncode, done.stderr), (0, b''), 'status of the snapshot, and what it said')
        return Snapshot(json.loads(done.stdout))

    def finish(self, *last_lines):
        """Returns the tool's status and what it said at the end."""
        for line in last_lines:
            self.tool.stdin.write(line.encode() + b'\n')
        self.tool.stdin.close()
        self.tool.stdin = None
        _, said = self.tool.communicate(timeout=harness.TIMEOUT_S)
        return harness.shell_status(self.tool.returncode), said.decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.tool.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                if self.pid:
                    os.kill(self.pid, signal.SIGKILL)
            self.tool.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.tool.communicate(timeout=10)
            self.tool.kill()
            self.tool.wait()


def watched(*options, **kwargs):
    """A Live whose program runs and stands still."""
    live = Live('--no-wait', *options, **kwargs)
    live.wait_until_ready()
    return live


class Snapshot:
    def __init__(self, report):
        self.json, self.totals = report, report['totals']
        self.sites = [Site(report, row) for row in report['sites']]

    def held(self, function, thread=None):
        """Bytes and blocks of the sites with this function on their stack."""
        sites = [site for site in self.sites if function in site.functions and thread in (None, site.thread)]
        return harness.total(sites, 'end_bytes'), harness.total(sites, 'end_blocks')

    def figures(self):
        """All that a site has, by what it is; sites that are called the same are added up."""
        names = ('total_bytes', 'total_blocks', 'end_bytes', 'end_blocks', 'peak_bytes', 'peak_blocks', 'temporary_blocks')
        table = {}
        for site in self.sites:
            key = (site.kind, site.thread, tuple((frame['function'], frame['file'], frame['line']) for frame in site.frames))
            row = table.setdefault(key, [0] * len(names))
            for i, name in enumerate(names):
                row[i] += getattr(site, name)
        return table


class Viewer:
    """A socket that has shown `token`, the right one if nothing else is said."""

    def __init__(self, port, token=None):
        if token is None:
            with open(key_file(port), 'rb') as file:
                token = file.read(TOKEN_BYTES)
        self.socket = socket.create_connection(('127.0.0.1', port), timeout=harness.TIMEOUT_S)
        self.bytes = self.whole = b''  # what is not taken yet, and all that has come
        with contextlib.suppress(ConnectionError):  # who is refused may be refused before he has finished
            self.socket.sendall(token)

    def receive(self):
        """False: the server has closed."""
        try:
            more = self.socket.recv(65536)
        except ConnectionError:
            return False
        self.bytes += more
        self.whole += more
        return bool(more)

    def until_closed(self):
        while self.receive():
            pass
        return self.bytes

    def message(self):
        """The next one, as (kind, body)."""
        while len(self.bytes) < 8 or len(self.bytes) < 8 + struct.unpack_from('<I', self.bytes)[0]:
            expect(self.receive(), f'the server has closed after {self.bytes!r}')
        length, kind = struct.unpack_from('<II', self.bytes)
        body, self.bytes = self.bytes[8:8 + length], self.bytes[8 + length:]
        return kind, body

    def until(self, wanted):
        """Messages up to the first of this kind; returns it and the samples before it."""
        samples = []
        while True:
            kind, body = self.message()
            if kind == wanted:
                return body, samples
            if kind == SAMPLE:
                samples.append(struct.unpack('<5Q', body))

    def samples(self, count):
        found = []
        while len(found) < count:
            body, _ = self.until(SAMPLE)
            found.append(struct.unpack('<5Q', body))
        return found

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Screen:
    """A real viewer, `tidemark live PORT`, on a terminal of its own; what it has drawn, as it came."""

    def __init__(self, port):
        self.text = ''
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execve(tidemark(), [tidemark(), 'live', str(port)],
                      {**live_environment(), 'TERM': 'xterm', 'LC_ALL': 'C.UTF-8'})
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack('4H', 40, 120, 0, 0))

    def wait(self, part):
        """Until it draws this. Only what has changed is drawn, so it has to be a text that comes as a whole."""
        while part not in self.text:
            expect(select.select([self.terminal], [], [], harness.TIMEOUT_S)[0], f'no {part!r} comes after {self.text!r}')
            self.text += os.read(self.terminal, 65536).decode(errors='replace')

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)
