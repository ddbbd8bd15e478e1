"""The live view: what viewers do to the program, what they cost, and how soon they see something.

Viewers are real ones, each in a terminal of its own that is read and thrown away. A step of the program's work is a
tenth of a second of malloc and free; it tells the CPU time that it took."""
import contextlib
import fcntl
import json
import math
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import threading
import time
from dataclasses import dataclass, field
from statistics import median

from measure import Failed
from table import figure, markdown

STEP_PAIRS, PHASE_SECONDS, STOPPED_SECONDS = 1_000_000, 2, 10
MANY_SITES, MANY_ROOTS = 100_000, 2600      # of bench/calltree
CROWD, CROWD_SITES, CROWD_ROOTS, CROWD_SECONDS = 10, 20_000, 512, 5
REFRESHES = 5
HEAD_OF_TABLE = b"< total >"
MOST_CHANGE, MOST_CROWD, MOST_FIRST_S, MOST_REFRESH_S = 0.02, 0.05, 0.3, 0.1


@dataclass
class Found:
    """A value for each round: changes[what] of the program's CPU time, as shares; crowd shares of a CPU; first, refresh
    in seconds."""
    changes: dict = field(default_factory=dict)
    crowd: list = field(default_factory=list)
    first: list = field(default_factory=list)
    refresh: list = field(default_factory=list)
    sites: dict = field(default_factory=dict)   # roots → sites that the program has


# ---- who takes part


class Program:
    """A program under `tidemark run --live`, and its port."""

    def __init__(self, build, *command):
        self.tidemark = os.path.join(build, "tidemark")
        self.tool = subprocess.Popen([self.tidemark, "run", "--live", "--no-wait", *command], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        invitation = self.tool.stderr.readline().decode()
        found = re.search(r"tidemark live (\d+)", invitation)
        if not found:
            raise Failed(f"no invitation: {invitation!r}")
        self.port = int(found[1])

    def sites_count(self):
        done = subprocess.run([self.tidemark, "live", str(self.port), "--once", "--json"], capture_output=True, check=True)
        return len(json.loads(done.stdout)["sites"])

    def wait_for_sites(self, count):
        deadline = time.monotonic() + 60
        while (there := self.sites_count()) < count:
            if time.monotonic() > deadline:
                raise Failed(f"{there} sites, not {count}")
        return there

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with open(f"/proc/{self.tool.pid}/task/{self.tool.pid}/children", encoding="ascii") as children:
            for pid in children.read().split():
                os.kill(int(pid), signal.SIGKILL)
        self.tool.communicate()


class Viewer:
    """`tidemark live PORT` on a terminal of 100 columns and 30 lines. Its main thread does all but look for names."""

    def __init__(self, program):
        self.started_s = time.monotonic()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
            os.execv(program.tidemark, [program.tidemark, "live", str(program.port)])
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("4H", 30, 100, 0, 0))

    def read(self, timeout_s):
        """What it draws next; b'' when nothing has come until then."""
        if not select.select([self.terminal], [], [], timeout_s)[0]:
            return b""
        with contextlib.suppress(OSError):  # EIO: it has ended
            return os.read(self.terminal, 65536)
        return b""

    def wait_for_table(self):
        """Seconds from its start to its first table."""
        text = b""
        while HEAD_OF_TABLE not in text:
            if not (more := self.read(60)):
                raise Failed(f"no table: {text!r}")
            text += more
        return time.monotonic() - self.started_s

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


def cpu_s(pid, threads="*"):
    """Field 1 of schedstat, Documentation/scheduler/sched-stats.rst: ns on a CPU."""
    sum_ns = 0
    for tid in os.listdir(f"/proc/{pid}/task") if threads == "*" else [str(pid)]:
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/task/{tid}/schedstat", encoding="ascii") as file:
            sum_ns += int(file.read().split()[0])
    return sum_ns / 1e9


# ---- what they do to the program


class Meter:
    """CPU seconds of the steps that a program does."""

    def __init__(self, program):
        self.program, self.sum_ns = program, 0
        self.answer()   # "ready"
        self.step()     # the first one warms up

    def answer(self):
        return self.program.tool.stdout.readline().split()

    def step(self):
        self.program.tool.stdin.write(f"work {STEP_PAIRS}\n".encode())
        before, self.sum_ns = self.sum_ns, int(self.answer()[1])
        self.answer()   # "did work"
        return self.sum_ns - before

    def phase(self, seconds):
        """The median of the steps in this time."""
        end, steps = time.monotonic() + seconds, []
        while time.monotonic() < end:
            steps.append(self.step())
        return median(steps)


@contextlib.contextmanager
def nobody(_program):
    yield


@contextlib.contextmanager
def watched(program):
    """One who looks; his terminal has to be read, or he stops."""
    with Viewer(program) as viewer, repeated(lambda: viewer.read(0.1)):
        yield


@contextlib.contextmanager
def stopped(program):
    with Viewer(program) as viewer:
        viewer.wait_for_table()
        os.kill(viewer.pid, signal.SIGSTOP)
        yield


@contextlib.contextmanager
def repeated(act):
    """In a thread, again and again."""
    is_over = threading.Event()

    def loop():
        while not is_over.is_set():
            act()
    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def killed(program):
    """One after the other, each as soon as it shows something."""
    def come_and_die():
        with Viewer(program) as viewer:
            viewer.wait_for_table()
        time.sleep(0.5)
    return repeated(come_and_die)


def garbage(program):
    """Twenty strangers a second, with 4 KiB each."""
    def talk():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", program.port), timeout=1) as stranger:
            stranger.sendall(os.urandom(4096))
        time.sleep(0.05)
    return repeated(talk)


GUESTS = {"a viewer that looks": (watched, PHASE_SECONDS), "a viewer under SIGSTOP": (stopped, STOPPED_SECONDS),
          "viewers that are killed": (killed, PHASE_SECONDS), "garbage instead of viewers": (garbage, PHASE_SECONDS)}
HARMLESS = list(GUESTS)[1:]     # those that have a bar


def measure_changes(found, build):
    """Each beside what the same program takes before and after it, with nobody."""
    with Program(build, os.path.join(build, "bench", "steps")) as program:
        meter = Meter(program)
        before = meter.phase(PHASE_SECONDS)
        for what, (guest, seconds) in GUESTS.items():
            with guest(program):
                during = meter.phase(seconds)
            after = meter.phase(PHASE_SECONDS)
            found.changes.setdefault(what, []).append(during / ((before + after) / 2) - 1)
            before = after


# ---- what they cost


def measure_crowd(found, build):
    """CPU time of the viewers and of the tool, while the program works."""
    with contextlib.ExitStack() as stack:
        program = stack.enter_context(Program(build, *calltree(build, CROWD_ROOTS)))
        found.sites[CROWD_ROOTS] = program.wait_for_sites(CROWD_SITES)
        viewers = [stack.enter_context(Viewer(program)) for _ in range(CROWD)]
        for viewer in viewers:
            viewer.wait_for_table()
            stack.enter_context(repeated(lambda viewer=viewer: viewer.read(0.1)))
        time.sleep(2)   # names are found once
        everybody = [program.tool.pid, *(viewer.pid for viewer in viewers)]
        before, start_s = sum(map(cpu_s, everybody)), time.monotonic()
        time.sleep(CROWD_SECONDS)
        found.crowd.append((sum(map(cpu_s, everybody)) - before) / (time.monotonic() - start_s))


# ---- how soon they see something


def calltree(build, roots):
    return [os.path.join(build, "bench", "calltree"), "1000000000", "1", str(roots)]


def refresh_s(viewer):
    """CPU time of its main thread for each time that it draws, which is once a second."""
    while viewer.read(0.5):     # the first tables, with names and without
        pass
    before, drawn, last_s = cpu_s(viewer.pid, "main"), 0, -math.inf
    while drawn < REFRESHES:
        if viewer.read(1) and time.monotonic() - last_s > 0.4:
            drawn, last_s = drawn + 1, time.monotonic()
    while viewer.read(0.2):
        pass
    return (cpu_s(viewer.pid, "main") - before) / drawn


def measure_speed(found, build):
    with Program(build, *calltree(build, MANY_ROOTS)) as program:
        found.sites[MANY_ROOTS] = program.wait_for_sites(MANY_SITES)
        with Viewer(program) as viewer:
            found.first.append(viewer.wait_for_table())
            found.refresh.append(refresh_s(viewer))


# ---- all of it


def measure_live(build, rounds, say):
    found = Found()
    for number in range(rounds):
        measure_changes(found, build)
        measure_crowd(found, build)
        measure_speed(found, build)
        say(f"{number + 1}/{rounds} live")
    return found


def live_bars(found):
    """As table.bars."""
    limits = [(f"{what}: the program's CPU time changes by, %", abs(median(found.changes[what])) * 100, MOST_CHANGE * 100)
              for what in HARMLESS]
    limits += [(f"{CROWD} viewers of {CROWD_SITES:,} sites and the tool, % of a CPU", median(found.crowd) * 100,
                MOST_CROWD * 100),
               (f"first table with {MANY_SITES:,} sites, ms", median(found.first) * 1e3, MOST_FIRST_S * 1e3),
               (f"a refresh with {MANY_SITES:,} sites, ms", median(found.refresh) * 1e3, MOST_REFRESH_S * 1e3)]
    return [(what, value, limit, value <= limit) for what, value, limit in limits]


def live_report(found):
    def percents(values):
        return [f"{pick(values) * 100:+.1f}" for pick in (median, min, max)]

    def milliseconds(values):
        return " / ".join(figure(pick(values) * 1e3, 0) for pick in (median, min, max))
    changes = markdown(["CPU time of a program that allocates, against nobody there, %", "median", "least", "most"],
                       [[what, *percents(values)] for what, values in found.changes.items()])
    return "\n\n".join([
        changes,
        f"Ten viewers of a program with {found.sites[CROWD_ROOTS]:,} sites that works: {figure(median(found.crowd) * 100, 1)} % "
        f"of a CPU in all, the tool's own part with them. With {found.sites[MANY_ROOTS]:,} sites, from the start of the viewer to "
        f"its first table {milliseconds(found.first)} ms (median / least / most), and {milliseconds(found.refresh)} ms of "
        f"CPU for each refresh."])
