"""Run one command and count the CPU time of everything it started.

The kernel adds a process's times to its parent when the parent waits for it, and wait4() hands over the sum.
A process whose parent ends first would slip out of that, so the benchmark adopts orphans and counts them too.
"""
import contextlib
import ctypes
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

PR_SET_CHILD_SUBREAPER = 36
LONGEST_RUN_SECONDS = 600


class Failed(Exception):
    """A run that did not do what it should; the message says what."""


@dataclass
class Run:
    cpu_s: float = 0.0      # user and system, all processes
    wall_s: float = 0.0
    own_cpu_s: float = 0.0  # of that, the command's own process: the tool without its target; in clock ticks
    recording_bytes: int = 0
    allocations: int = 0    # in the recording; 0: not counted
    stdout: str = ""


def adopt_orphans():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def clean_environment():
    """What a program sees: nothing that would change its allocator, its messages or the tools."""
    unwanted = ("LD_PRELOAD", "PYTHONMALLOC", "MALLOC_ARENA_MAX", "DEBUGINFOD_URLS", "GLIBC_TUNABLES")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return kept | {"LC_ALL": "C", "PYTHONHASHSEED": "0"}


def own_cpu_seconds(pid):
    """What a process has used itself, without its children: fields 14 and 15 of proc(5)'s stat."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def has_ended(pid):
    """Whether a command has ended that run_command has not waited for yet."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def last_words(directory):
    """The end of what a command said on stderr."""
    with open(os.path.join(directory, "stderr"), encoding="utf-8", errors="replace") as errors:
        return " / ".join(errors.read().splitlines()[-3:])


def wait_for_all(pid, run):
    """Wait for `pid`, then for orphans it left. Returns the wait status of `pid`."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    run.wall_s = time.monotonic() - run.wall_s
    run.own_cpu_s = own_cpu_seconds(pid)
    _, status, usage = os.wait4(pid, 0)
    run.cpu_s = usage.ru_utime + usage.ru_stime
    while True:
        try:
            usage = os.wait4(-1, 0)[2]
        except ChildProcessError:
            return status
        run.cpu_s += usage.ru_utime + usage.ru_stime


def run_command(command, directory, drive=None):
    """Run `command` in `directory` to its end. `drive(directory, pid)`, if any, is called meanwhile (clients
    of a server: what it runs and waits for is not counted). Raises Failed unless the command exits with 0."""
    output_path, error_path = os.path.join(directory, "stdout"), os.path.join(directory, "stderr")
    with open(output_path, "wb") as output, open(error_path, "wb") as errors:
        run = Run(wall_s=time.monotonic())
        process = subprocess.Popen(command, cwd=directory, env=clean_environment(), stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=errors, start_new_session=True)
    deadline = threading.Timer(LONGEST_RUN_SECONDS, os.killpg, (process.pid, signal.SIGKILL))
    deadline.start()
    try:
        if drive:
            drive(directory, process.pid)
        status = wait_for_all(process.pid, run)
    except BaseException:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.killpg(process.pid, signal.SIGKILL)
            wait_for_all(process.pid, run)
        raise
    finally:
        deadline.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    with open(output_path, encoding="utf-8", errors="replace") as output:
        run.stdout = output.read()
    if process.returncode != 0:
        raise Failed(f"{command[0]} ended with {process.returncode}: {last_words(directory)}")
    return run
