"""Cases that run programs under Tidemark and compare its report with what the programs say about themselves.

A file of cases is a program: `FILE TIDEMARK TARGETS [PATTERN]` runs its cases and prints TAP. TARGETS is the folder with
the built programs of tests/target. With a PATTERN only cases whose sentence contains it are run, and their folders
are kept.

    from harness import case, expect, record

    @case
    def a_block_is_counted_once():
        \"\"\"Each function's block is found once, in it.\"\"\"
        recorded = record('sizes')
        recorded.expect_truth()
"""
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback

TIMEOUT_S = 100  # of one program; a hang is a failure, not a wait
LIBRARIES = '/usr/lib/x86_64-linux-gnu'
COUNTS = ('total_bytes', 'total_blocks', 'end_bytes', 'end_blocks')

cases = []
folder = None  # of the running case, empty at its start


class Failure(Exception):
    """What was expected, and what was found."""


class Skip(Exception):
    """Why a case cannot run here."""


def case(function):
    cases.append(function)
    return function


def expect(condition, message):
    if not condition:
        raise Failure(message)


def expect_equal(got, expected, what):
    if got != expected:
        raise Failure(f'{what}:\n  expected {expected}\n  got      {got}')


def tidemark():
    return os.path.abspath(sys.argv[1])


def target(name):
    """The path of a program of tests/target; what was not built cannot be tested."""
    path = os.path.join(os.path.abspath(sys.argv[2]), name)
    if not os.path.exists(path):
        raise Skip(f'{name} was not built')
    return path


def library(name):
    path = os.path.join(LIBRARIES, name)
    if not os.path.exists(path):
        raise Skip(f'{name} is not installed')
    return path


def plain_name(name):
    """'(anonymous namespace)::by_malloc(unsigned long)' → 'by_malloc'"""
    return name.replace('(anonymous namespace)::', '').split('(')[0].split('::')[-1] if name else None


class Site:
    """One row of the report's sites. Frames are innermost first."""

    def __init__(self, report, row):
        self.kind = row['kind']
        self.thread = report['threads'][row['thread']]['name']
        self.frames = [report['frames'][index] for index in row['stack']]
        self.functions = [plain_name(frame['function']) for frame in self.frames]
        for name in (*COUNTS, 'freed_bytes', 'freed_blocks', 'peak_bytes', 'peak_blocks', 'temporary_blocks'):
            setattr(self, name, row[name])

    def __repr__(self):
        chain = ' < '.join(str(name) for name in self.functions[:12])
        return f'{self.kind} {self.total_bytes} B/{self.total_blocks}, end {self.end_bytes} B/{self.end_blocks}: {chain}'


class Report:
    """`tidemark report --format json` of one recording."""

    def __init__(self, path):
        argv = [tidemark(), 'report', '--format', 'json', path]
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=TIMEOUT_S)
        expect(done.returncode in (0, 3), f'report: status {done.returncode}, {done.stderr.decode()}')
        self.json = json.loads(done.stdout)
        self.totals, self.recording = self.json['totals'], self.json['recording']
        is_partial = self.recording['torn'] or self.totals['lost_events'] > 0
        expect_equal((done.returncode, done.stderr != b''), (3, True) if is_partial else (0, False),
                     'status of the report, and whether it says what is missing')
        self.sites = [Site(self.json, row) for row in self.json['sites']]

    def of(self, function, kind=None, thread=None):
        """Sites with this function on their stack."""
        return [site for site in self.sites if function in site.functions and kind in (None, site.kind) and
                thread in (None, site.thread)]


def total(sites, name):
    return sum(getattr(site, name) for site in sites)


class Run:
    """A program that has run: status as in a shell, and what it printed."""

    def __init__(self, status, stdout, stderr):
        self.status, self.stdout, self.stderr = status, stdout, stderr
        self.lines = stdout.decode(errors='replace').splitlines()

    def rows(self, word):
        return [line.split('\t')[1:] for line in self.lines if line.startswith(word + '\t')]

    def values(self, word):
        return [line.split(' ', 1)[1] for line in self.lines if line.startswith(word + ' ')]


class Recorded(Run):
    def __init__(self, status, stdout, stderr, path):
        super().__init__(status, stdout, stderr)
        self.path = path

    @functools.cached_property
    def report(self):
        expect(os.path.exists(self.path), f'there is no recording; status {self.status}, {self.stderr.decode()}')
        return Report(self.path)

    def truth(self):
        """What a program says later about a function replaces what it has said before."""
        return list({row[0]: row for row in self.rows('truth')}.values())

    def expect_truth(self, kinds=None, rows_at_least=1):
        """Every line of truth holds, and each block was counted under its kind. kinds: what some may be instead."""
        rows, totals = self.truth(), self.rows('total')
        expect(len(rows) + len(totals) >= rows_at_least,
               f'the program has not said enough about itself: status {self.status}, {self.stdout!r}, {self.stderr!r}')
        faults = []
        for function, kind, *values in rows:
            allowed_kinds = (kinds or {}).get(kind, {kind})
            sites = self.report.of(function)
            got = [str(total(sites, name)) if value != '-' else '-' for name, value in zip(COUNTS, values)]
            got_kinds = {site.kind for site in sites if site.total_blocks}
            if got != values or (kind != '-' and not got_kinds <= allowed_kinds):
                faults.append(f'{function}: expected {" or ".join(sorted(allowed_kinds))} {describe(values)}\n'
                              f'  got {" and ".join(sorted(got_kinds)) or "nothing"} {describe(got)}')
                faults += [f'    {site}' for site in sites[:6]]
        for name, value in {'lost_events': 0, 'foreign_frees': 0, **dict(totals)}.items():
            if self.report.totals[name] != int(value):
                faults.append(f'{name}: expected {value}, got {self.report.totals[name]}')
        if faults:
            raise Failure('\n'.join(faults))


def describe(values):
    return '{} B in {} blocks, {} B in {} not freed'.format(*values)


def environment(changes=None):
    """The environment that cases run in: nothing in it that changes an allocator, but for what a case asks for."""
    env = {name: value for name, value in os.environ.items()
           if name not in ('LD_PRELOAD', 'LD_LIBRARY_PATH') and not name.startswith(('MALLOC_', 'TIDEMARK_'))}
    env.update(changes or {})
    return env


def command(program, args):
    return [program if '/' in program else target(program), *args]


def run(argv, env, stdin=b'', **kwargs):
    try:
        done = subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              timeout=TIMEOUT_S, env=environment(env), cwd=folder, **kwargs)
    except subprocess.TimeoutExpired as late:
        raise Failure(f'{" ".join(argv)} hangs; it has printed {late.stdout!r} {late.stderr!r}') from late
    return done


def shell_status(status):
    return 128 - status if status < 0 else status


def native(program, *args, env=None, **kwargs):
    done = run(command(program, args), env, **kwargs)
    return Run(shell_status(done.returncode), done.stdout, done.stderr)


def record(program, *args, env=None, options=(), **kwargs):
    """env: as the user has it, LD_PRELOAD included. The recording is called recording.tide."""
    path = os.path.join(folder, 'recording.tide')
    argv = [tidemark(), 'record', '-q', '-f', '-o', path, *options, *command(program, args)]
    done = run(argv, env, **kwargs)
    return Recorded(shell_status(done.returncode), done.stdout, done.stderr, path)


def run_case(function, number, keeps_folder):
    global folder
    folder = tempfile.mkdtemp(prefix='tidemark-case-')
    os.chmod(folder, 0o755)
    sentence, detail = function.__name__.replace('_', ' '), None
    result, directive = 'ok', ''
    try:
        function()
    except Skip as skip:
        directive = f' # SKIP {skip}'
    except Failure as failure:
        result, detail = 'not ok', str(failure)
    except Exception:  # a fault of the case, or a report that is no JSON: no reason to leave out the others
        result, detail = 'not ok', traceback.format_exc()
    print(f'{result} {number} - {sentence}{directive}')
    for line in (detail or '').splitlines()[:14]:
        print(f'#   {line[:300]}')
    if keeps_folder:
        print(f'#   {folder}')
    else:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(f'usage: {sys.argv[0]} TIDEMARK TARGETS [PATTERN]')
    pattern = sys.argv[3] if len(sys.argv) == 4 else ''
    chosen = [function for function in cases if pattern in function.__name__.replace('_', ' ')]
    print(f'1..{len(chosen)}')
    for number, function in enumerate(chosen, 1):
        run_case(function, number, bool(pattern))
