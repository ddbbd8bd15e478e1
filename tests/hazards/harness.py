"""What the tests of this folder share: programs are recorded, the report is read, and compared with the truth that the
programs print about themselves. TAP on standard output, one line for each case.

A program prints, for functions of its own that stand on the stack of each allocation they make,

    truth FUNCTION total-bytes total-blocks end-bytes end-blocks
"""
import collections
import ctypes
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

os.environ.pop('LD_LIBRARY_PATH', None)  # meson's, to run things not installed: programs here find theirs on their own

SECONDS = 60  # whatever takes longer hangs
PR_SET_CHILD_SUBREAPER = 36
Figures = collections.namedtuple('Figures', 'total_bytes total_blocks end_bytes end_blocks')
Ran = collections.namedtuple('Ran', 'status stdout stderr usage seconds')
libc = ctypes.CDLL(None, use_errno=True)


class Fault(Exception):
    """What is not as it should be."""


class Skip(Exception):
    """Why a case cannot be judged on this machine."""


def check(condition, what):
    if not condition:
        raise Fault(what)


def equal(what, got, expected):
    check(got == expected, f'{what}: {got!r} instead of {expected!r}')


class Report:
    """What `tidemark report --format json` says of one file."""

    def __init__(self, text):
        self.json = json.loads(text)
        self.run, self.totals = self.json['recording'], self.json['totals']
        self.threads, self.frames, self.modules = self.json['threads'], self.json['frames'], self.json['modules']

    def sites(self, function=None):
        """Those of the heap, with `function` on the stack."""
        for site in self.json['sites']:
            if site['kind'] != 'mmap' and (function is None or function in self.functions(site)):
                yield site

    def functions(self, site):
        return [self.frames[index]['function'] for index in site['stack']]

    def figures(self, function=None):
        sites = list(self.sites(function))
        return Figures(*(sum(site[name] for site in sites) for name in Figures._fields))

    def check_sound(self):
        equal('lost events', self.totals['lost_events'], 0)
        equal('frees of unknown blocks', self.totals['foreign_frees'], 0)
        check(not self.run['torn'], 'the file is torn')
        live = sum(site['end_bytes'] for site in self.sites())
        equal('the live bytes of all sites together', live, self.totals['heap_end_bytes'])

    def check_end(self, kind, status, quick=False):
        got = self.run['end'], self.run['end_status'], self.run['end_quick']
        equal('how it ended', got, (kind, status, quick))


def truths(output):
    """function → Figures, as the program printed them."""
    lines = (line.split() for line in output.decode(errors='replace').splitlines())
    return {words[1]: Figures(*map(int, words[2:])) for words in lines if words[:1] == ['truth']}


class Lab:
    """A folder of its own for each case, and the tool."""

    def __init__(self, tidemark, programs, folder):
        self.tidemark, self.programs, self.folder = tidemark, programs, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def program(self, name):
        path = os.path.join(self.programs, name)
        if not os.path.exists(path):
            raise Skip(f'{name} is not built here')
        return path

    def with_tracker(self, name):
        """The same lab with another build of the tracker: the tool takes the one that lies beside it."""
        tidemark = shutil.copy(self.tidemark, self.path('tidemark'))
        os.symlink(self.program(name), self.path('libtidemark.so'))
        return Lab(tidemark, self.programs, self.folder)

    def start(self, argv, **options):
        """In a session of its own, so that all of it can be ended."""
        options = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, **options}
        return subprocess.Popen(argv, cwd=self.folder, start_new_session=True, **options)

    def run(self, argv, seconds=SECONDS, **options):
        files = [open(self.path(name), 'w+b') for name in ('stdout', 'stderr')]
        since = time.monotonic()
        process = self.start(argv, stdout=files[0], stderr=files[1], **options)
        status, usage = wait(process.pid, argv, seconds)
        process.returncode = status
        output = []
        for file in files:
            file.seek(0)
            output.append(file.read())
            file.close()
        return Ran(status, *output, usage, time.monotonic() - since)

    def record(self, argv, *options, file='a.tide', **more):
        return self.run([self.tidemark, 'record', '-q', '-f', *options, '-o', file, '--', *argv], **more)

    def report(self, file='a.tide', options=()):
        ran = self.run([self.tidemark, 'report', '--format', 'json', *options, file])
        equal(f'status of the report on {file}', ran.status, 0)
        return Report(ran.stdout)

    def reports(self, stem):
        """Those of `--follow`: (path, report) of each file."""
        return [(path.name, self.report(path.name)) for path in sorted(pathlib.Path(self.folder).glob(stem + '*'))]

    def measure(self, argv, *options, status=0, **more):
        """Record, compare with what the program says; returns how it ran and the report."""
        ran = self.record(argv, *options, **more)
        equal('exit status', ran.status, status)
        check(not ran.stderr, f'it said: {ran.stderr.decode(errors="replace")}')
        report = self.report()
        compare(report, ran.stdout)
        return ran, report


def compare(report, output):
    expected = truths(output)
    check(expected, 'the program did not say what it did')
    for function, figures in expected.items():
        equal(function, report.figures(function), figures)
    report.check_sound()


def wait(pid, argv, seconds):
    """(exit status or −signal, resource usage) of the leader of a session; ends all of it when it takes too long."""
    until = time.monotonic() + seconds
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), usage
        if time.monotonic() > until:
            asleep = states_of_session(pid)
            os.killpg(pid, signal.SIGKILL)
            os.wait4(pid, 0)
            raise Fault(f'hangs: not done after {seconds} s: {" ".join(argv)}\n{asleep}')
        time.sleep(0.002)


def states_of_session(session):
    """Who is there and what it waits for, to be read by who looks for the hang."""
    lines = []
    for folder in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            fields = (folder / 'stat').read_text().rpartition(')')[2].split()
            if int(fields[3]) == session:
                name, where = (folder / 'comm').read_text().strip(), (folder / 'wchan').read_text()
                lines.append(f'{folder.name} {name}: {fields[0]} in {where}')
        except OSError:
            pass
    return '\n'.join(lines)


def adopt_orphans():
    """Processes whose parent dies become children of this one, so that it can ask for their exit status."""
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise Skip('orphans cannot be adopted')


def limit(which, value):
    """To be called between fork and exec."""
    return lambda: resource.setrlimit(which, (value, value))


def judge(function, lab):
    """(ok, remark, lines)"""
    try:
        function(lab)
        return True, '', []
    except Skip as reason:
        return True, f' # SKIP {reason}', []
    except Fault as fault:
        return False, '', str(fault).splitlines()
    except Exception:  # pylint: disable=broad-except
        return False, '', traceback.format_exc().splitlines()


def main(cases):
    """`cases`: (name, function of a Lab). Usage: SCRIPT TIDEMARK FOLDER-OF-PROGRAMS [REGULAR-EXPRESSION]"""
    import re
    tidemark, programs = map(os.path.abspath, sys.argv[1:3])
    chosen = [case for case in cases if re.search(sys.argv[3] if len(sys.argv) > 3 else '', case[0])]
    print(f'1..{len(chosen)}')
    for number, (name, function) in enumerate(chosen, 1):
        with tempfile.TemporaryDirectory(prefix='tidemark-hazards-') as folder:
            ok, remark, lines = judge(function, Lab(tidemark, programs, folder))
        print(f'{"" if ok else "not "}ok {number} - {name}{remark}')
        for line in lines[:25]:
            print(f'#   {line}')
        sys.stdout.flush()
