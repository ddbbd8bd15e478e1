"""What the files of cases in this folder share: programs that hold still, and `tidemark explain` of them."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'acceptance'))
from harness import TIMEOUT_S, Failure, Skip, environment, expect, expect_equal, target, tidemark  # noqa: E402
import harness  # noqa: E402

KIB, MIB, PAGE = 1 << 10, 1 << 20, 4096
NOBODY = 65534
POSES = pathlib.Path(sys.argv[2]).absolute().parent.parent / 'outside' / 'programs' / 'poses'


class Program:
    """A program that says "KEY <TAB> BYTES", then a line with `ready` in it, and ends when its standard input does."""

    def __init__(self, argv, ready=b'ready', stdin=b'', **kwargs):
        kwargs.setdefault('cwd', harness.folder)
        self.is_server = kwargs.pop('is_server', False)
        self.process = subprocess.Popen(list(map(str, argv)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, env=environment(), **kwargs)
        self.process.stdin.write(stdin)
        self.process.stdin.flush()
        self.pid, self.told, self.pids = self.process.pid, {}, {}
        self.wait_for(ready)

    def wait_for(self, ready):
        heard = b''
        while ready:
            line = self.process.stdout.readline()
            heard += line
            expect(line, f'it has not become ready: {heard!r}')
            if ready in line:
                return
            fields = line.decode(errors='replace').split('\t')
            if len(fields) == 2:
                self.told[fields[0]] = int(fields[1])
            elif len(fields) == 3 and fields[0] == 'pid':
                self.pids.setdefault(fields[1], []).append(int(fields[2]))

    def say(self, text, ready=b''):
        self.process.stdin.write(text)
        self.process.stdin.flush()
        self.wait_for(ready)

    def end(self):
        self.process.stdin.close()
        if self.is_server:
            self.process.terminate()
        try:
            self.process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.process.stdout.read()  # until all that it started have gone


@contextlib.contextmanager
def running(*argv, **kwargs):
    program = Program(argv, **kwargs)
    try:
        yield program
    finally:
        if program.process.returncode is None:
            program.end()


def children(pid):
    text = pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text(encoding='utf-8')
    return [int(child) for child in text.split()]


def wait_until(condition, what):
    """The kernel tells of no such event: look until it is so."""
    for _ in range(TIMEOUT_S * 100):
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise Failure(f'{what} has not come to be')


def explain(*arguments, tool=None, **kwargs):
    return subprocess.run([tool or tidemark(), 'explain', *map(str, arguments)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=TIMEOUT_S,
                          env=environment(), cwd=harness.folder, text=True, **kwargs)


def explained(pid, status=0, **kwargs):
    """`explain --json`; its sums are checked whatever is asked of it."""
    done = explain('--json', pid, **kwargs)
    expect_equal(done.returncode, status, f'status; {done.stderr}')
    account = json.loads(done.stdout)
    expect_equal((account['format'], account['version']), ('tidemark-explain', 1), 'schema')
    for figure, total in account['total'].items():
        parts = sum(category[figure] for category in account['categories'].values())
        expect_equal(parts, total, f'{figure} of all categories')
    return account


def kernel_figures(pid):
    """RSS and PSS of /proc/PID/smaps_rollup, and how many mappings there are."""
    text = pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text(encoding='utf-8')
    kernel = {name: int(kib) * KIB for name, kib in re.findall(r'(\w+): +(\d+) kB', text)}
    count = len(pathlib.Path(f'/proc/{pid}/maps').read_text(encoding='utf-8', errors='replace').splitlines())
    return kernel['Rss'], kernel['Pss'], count


def is_same(account, rss, count):
    """The tool maps libraries that the process has, too, as long as it runs, and so changes its PSS: that is compared with
    what the kernel told the tool."""
    total, kernel = account['total'], account['kernel']
    return (total['rss_bytes'] == rss == kernel['rss_bytes'] and
            abs(total['pss_bytes'] - kernel['pss_bytes']) <= count * KIB)


def expect_sums(pid, **kwargs):
    """Figures move whenever somebody else maps the same file or ceases to: a hundred attempts to meet no such moment."""
    for _ in range(100):
        rss, _, count = kernel_figures(pid)
        account = explained(pid, **kwargs)
        if is_same(account, rss, count):
            return account
    expect_equal((account['total']['rss_bytes'], account['total']['pss_bytes']),
                 (rss, account['kernel']['pss_bytes']), 'RSS and PSS')
    return account


def expect_near(got, expected, tolerance, what):
    expect(abs(got - expected) <= tolerance, f'{what}: expected {expected} ± {tolerance}, got {got}')


def installed(name):
    path = shutil.which(name, path='/usr/local/bin:/usr/bin:/usr/sbin:/bin:' + os.environ['PATH'])
    if not path:
        raise Skip(f'{name} is not installed')
    return path


def require_root():
    if os.geteuid() != 0:
        raise Skip('needs root')


def as_nobody():
    """Everybody may run a copy of the tool in the case's folder."""
    require_root()
    tool = shutil.copy(tidemark(), harness.folder)
    return {'tool': tool, 'user': NOBODY, 'group': NOBODY, 'extra_groups': []}


__all__ = ['KIB', 'MIB', 'PAGE', 'POSES', 'Skip', 'as_nobody', 'children', 'expect', 'expect_equal', 'expect_near', 'expect_sums',
           'explain', 'explained', 'installed', 'kernel_figures', 'require_root', 'running', 'target', 'wait_until']
