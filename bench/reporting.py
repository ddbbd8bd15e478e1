"""Reports on a recording of 1 GB, as a server that runs for weeks leaves it: how much memory and CPU time each format
takes, and whether progress is shown on a terminal."""
import os
import pty
import re
import subprocess

from measure import Failed
from table import figure, markdown

RECORDING_BYTES = 1_000_000_000
REPORTS = {name: ["--format", name] for name in ("table", "tree", "json", "csv", "html", "pprof", "dhat", "massif",
                                                 "speedscope")}
REPORTS["table of a range"] = ["--from", "100s", "--to", "1000s"]
MOST_MB = 500


def report_once(tidemark, recording, options, output):
    """Seconds of CPU, and the peak of resident memory in bytes. Standard error is a terminal, on which progress must appear."""
    reader, terminal = pty.openpty()
    with subprocess.Popen([tidemark, "report", *options, "-o", output, recording], stderr=terminal) as process:
        os.close(terminal)
        shown = b""
        try:
            while chunk := os.read(reader, 4096):
                shown += chunk
        except OSError:     # a terminal that nobody writes to any more
            pass
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    os.close(reader)
    if process.returncode:
        raise Failed(f"report {options} ended with {process.returncode}: {shown[-200:]}")
    if not re.search(rb"reading .* \(\d+ s, \d+%\)", shown):
        raise Failed(f"report {options} has shown no progress: {shown[-200:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def measure_reports(build, scratch, say):
    """{report: (seconds, bytes)}"""
    recording, output = os.path.join(scratch, "large.tide"), os.path.join(scratch, "output")
    subprocess.run([os.path.join(build, "bench", "large_recording"), str(RECORDING_BYTES), recording], check=True)
    found = {}
    for name, options in REPORTS.items():
        found[name] = report_once(os.path.join(build, "tidemark"), recording, options, output)
        say(f"{name}: {found[name][0]:.1f} s, {found[name][1] / 1e6:.0f} MB")
    return found


def reports_table(found):
    return markdown(["report", "memory, MB", "CPU, s"],
                    [[name, figure(size / 1e6, 0), figure(seconds, 1)] for name, (seconds, size) in found.items()])


def reports_bars(found):
    """As table.bars."""
    return [(f"{name}, MB for a recording of {RECORDING_BYTES / 1e6:.0f} MB", size / 1e6, MOST_MB, size / 1e6 <= MOST_MB)
            for name, (_seconds, size) in found.items()]
