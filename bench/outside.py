"""Measuring from outside: what the peak is off by, what a reading costs, and what it does to the program.

`tidemark run` and `get` beside smem, GNU time and a poller that reads PSS ten times a second (poller.py); every round
runs all of them, turn by turn."""
import json
import math
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from statistics import median

from measure import Failed
from table import figure, markdown

PEAKS = {   # what it is: arguments of bench/shapes, and whether its peak is all processes' truth together
    "one process, 20 MiB, ends at once": ("brief", "20"),
    "fork, then 300 MiB copied on write": ("copy-on-write", "300", "300"),
    "four processes of 100 MiB at once": ("simultaneous", "100", "300"),
}
TARGETS = {"1 GiB": ("1024", "0"), "20,000 mappings": ("16", "20000")}
STEADY_GIB, STEADY_SECONDS = 4, 20
DISTURBED_TARGET, DISTURBED_SECONDS = "1 GiB", 4
SMEM = ["smem", "-H", "-c", "pid pss"]
MOST_SHORT, MOST_ERROR, MOST_CPU = 0.05, 0.02, 0.01
MOST_MAPPINGS_SECONDS, MOST_RETURN_SECONDS = 0.010, 0.005


@dataclass
class Found:
    """rounds × what: peaks[shape, tool] errors as shares; costs[target, tool] CPU seconds of one reading;
    latencies[tool] p99.9 in seconds; cpu shares of a CPU on the steady target; returns: seconds from a program's last
    act to the end of the tool."""
    peaks: dict
    costs: dict
    latencies: dict
    cpu: dict
    returns: list


def add(table, key, value):
    table.setdefault(key, []).append(value)


def run(command, directory):
    done = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=120)
    if done.returncode != 0:
        raise Failed(f"{command[0]} ended with {done.returncode}: {done.stderr[-200:]}")
    return done


def cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


# ---- the error of the peak


def read_json(directory):
    with open(os.path.join(directory, "report.json"), encoding="utf-8") as report:
        return json.load(report)


def peak_by_tidemark(*options):
    def peak(tidemark, program, directory):
        done = run([tidemark, "run", "-r", "--json", "-o", "report.json", *options, *program], directory)
        return done.stdout, read_json(directory)["peak_bytes"]
    return peak


def peak_by_time(_tidemark, program, directory):
    done = run(["/usr/bin/time", "-f", "peak %M", *program], directory)
    return done.stdout, int(re.search(r"peak (\d+)", done.stderr)[1]) * 1024


def peak_by_poller(_tidemark, program, directory):
    poller = os.path.join(os.path.dirname(os.path.abspath(__file__)), "poller.py")
    done = run([sys.executable, poller, *program], directory)
    return done.stdout, int(re.search(r"peak (\d+)", done.stderr)[1])


PEAK_TOOLS = {"tidemark run": peak_by_tidemark(), "tidemark run --exact": peak_by_tidemark("--exact"),
              "GNU time": peak_by_time, "10 Hz poller": peak_by_poller}


def true_peak(stdout):
    """What the processes that were there together have said of themselves."""
    return sum(int(line.split("\t")[2]) for line in stdout.splitlines() if line.startswith("truth"))


def measure_peaks(found, build, scratch, turn):
    names = list(PEAK_TOOLS)[turn:] + list(PEAK_TOOLS)[:turn]
    for shape, arguments in PEAKS.items():
        program = [os.path.join(build, "bench", "shapes"), *arguments]
        for name in names:
            with tempfile.TemporaryDirectory(dir=scratch) as directory:
                stdout, peak = PEAK_TOOLS[name](os.path.join(build, "tidemark"), program, directory)
            add(found.peaks, (shape, name), peak / true_peak(stdout) - 1)


# ---- what one reading costs


def start_target(build, target, seconds):
    process = subprocess.Popen([os.path.join(build, "bench", "mmap_loop"), *TARGETS[target], str(seconds)],
                               stdout=subprocess.PIPE, text=True)
    if process.stdout.readline() != "ready\n":
        raise Failed("mmap_loop did not start")
    return process


def stopped_target(build, target):
    """It has its memory, and does nothing."""
    process = start_target(build, target, 3600)
    process.send_signal(signal.SIGSTOP)
    return process


def measure_costs(found, build, turn):
    for target in TARGETS:
        process = stopped_target(build, target)
        readers = {"tidemark get": [os.path.join(build, "tidemark"), "get", str(process.pid)],
                   "smem": [*SMEM, "-P", "mmap_loop"]}
        for name in list(readers)[turn % 2:] + list(readers)[:turn % 2]:
            before = cpu_of_children()
            run(readers[name], "/")
            add(found.costs, (target, name), cpu_of_children() - before)
        process.kill()
        process.wait()
        process.stdout.close()


# ---- what it does to the program


def latency(stdout):
    return int(re.search(r"latency \d+ \d+ (\d+)", stdout)[1]) / 1e9


def undisturbed(build, scratch, program):
    return latency(run(program, scratch).stdout)


def under_tidemark(build, scratch, program):
    return latency(run([os.path.join(build, "tidemark"), "run", "-o", "report.txt", *program], scratch).stdout)


def under_poller(build, scratch, program):
    return latency(peak_by_poller(None, program, scratch)[0])


def beside_smem(build, scratch, program):
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            run([*SMEM, "-P", "mmap_loop"], scratch)
            time.sleep(0.1)
        return latency(process.stdout.read())


DISTURBERS = {"nothing": undisturbed, "tidemark run": under_tidemark, "10 Hz poller": under_poller,
              "10 Hz smem": beside_smem}


def measure_disturbance(found, build, scratch, turn):
    program = [os.path.join(build, "bench", "mmap_loop"), *TARGETS[DISTURBED_TARGET], str(DISTURBED_SECONDS)]
    for name in list(DISTURBERS)[turn:] + list(DISTURBERS)[:turn]:
        add(found.latencies, name, DISTURBERS[name](build, scratch, program))


def measure_cpu(found, build, scratch):
    """Of the tool's process alone, by the tool's own clock, while the program does nothing for some seconds."""
    program = [os.path.join(build, "bench", "shapes"), "eat", str(STEADY_GIB * 1024), str(STEADY_SECONDS * 1000)]
    with tempfile.TemporaryDirectory(dir=scratch) as directory:
        run([os.path.join(build, "tidemark"), "run", "--json", "-o", "report.json", *program], directory)
        report = read_json(directory)
    add(found.cpu, "tidemark run", report["cpu_ns"] / report["duration_ns"])
    add(found.cpu, "error", report["peak_bytes"] / (STEADY_GIB << 30) - 1)


RETURNS = 20


def measure_returns(found, build, scratch):
    """The program's last act is to tell the time."""
    for _ in range(RETURNS):
        done = run([os.path.join(build, "tidemark"), "run", "-o", "report.txt", "date", "+%s%N"], scratch)
        found.returns.append((time.time_ns() - int(done.stdout)) / 1e9)


# ---- all of it


def measure_outside(build, scratch, rounds, say):
    found = Found({}, {}, {}, {}, [])
    for number in range(rounds):
        for _ in range(2 if rounds > 1 else 1):     # peaks are quick, and what is quick is easily missed
            measure_peaks(found, build, scratch, number % len(PEAK_TOOLS))
        measure_costs(found, build, number)
        measure_disturbance(found, build, scratch, number % len(DISTURBERS))
        measure_cpu(found, build, scratch)
        measure_returns(found, build, scratch)
        say(f"{number + 1}/{rounds} outside")
    return found


def worst(errors):
    return max(errors, key=abs, default=math.nan)


def percent(value, digits=1):
    return "–" if math.isnan(value) else f"{value * 100:+.{digits}f} %"


def middle(values, scale=1.0):
    return median(values) * scale if values else math.nan


def peak_table(found):
    rows = [[shape, *(f"{percent(middle(found.peaks.get((shape, name), [])))} "
                      f"({percent(worst(found.peaks.get((shape, name), [])))})" for name in PEAK_TOOLS)]
            for shape in PEAKS]
    return markdown(["error of the peak, median (worst)", *PEAK_TOOLS], rows)


def cost_table(found):
    rows = [[target, *(figure(middle(found.costs.get((target, name), []), 1e3), 1)
                       for name in ("tidemark get", "smem"))] for target in TARGETS]
    return markdown(["one reading of", "tidemark get, CPU ms", "smem, CPU ms"], rows)


def disturbance_table(found):
    rows = [[name, figure(middle(values, 1e6), 0), figure(max(values) * 1e6, 0)]
            for name, values in ((name, found.latencies.get(name, [math.nan])) for name in DISTURBERS)]
    return markdown([f"beside an mmap loop with {DISTURBED_TARGET}", "p99.9, µs", "worst round, µs"], rows)


def outside_bars(found):
    """As table.bars."""
    short, copied, four = (worst(found.peaks.get((shape, "tidemark run"), [])) for shape in PEAKS)
    limits = [("short program, too low by at most", -min(found.peaks.get((list(PEAKS)[0], "tidemark run"), [short])),
               MOST_SHORT),
              ("fork, then copy on write, error of the peak", abs(copied), MOST_ERROR),
              ("four processes, error of the peak", abs(four), MOST_ERROR),
              (f"share of a CPU on a steady target of {STEADY_GIB} GiB", middle(found.cpu.get("tidemark run", [])),
               MOST_CPU)]
    shares = [(f"{what}, %", value * 100, limit * 100, value <= limit) for what, value, limit in limits]
    times = [("20,000 mappings, tidemark get, CPU ms", middle(found.costs.get(("20,000 mappings", "tidemark get"), [])),
              MOST_MAPPINGS_SECONDS),
             ("end of the program to end of the tool, median, ms", middle(found.returns), MOST_RETURN_SECONDS)]
    return [*shares, *((what, value * 1e3, limit * 1e3, value <= limit) for what, value, limit in times)]


def outside_report(found):
    share = middle(found.cpu.get("tidemark run", []))
    error = percent(middle(found.cpu.get("error", [])), 2)
    return "\n\n".join([peak_table(found), cost_table(found), disturbance_table(found),
                        f"Of a program that fills {STEADY_GIB} GiB and holds them for {STEADY_SECONDS} s `tidemark run` told "
                        f"the peak with an error of {error}, and took {figure(share * 100, 2)} % of a CPU, all of it. It "
                        f"returned {figure(middle(found.returns) * 1e3, 1)} ms after a program's last act "
                        f"({figure(max(found.returns, default=math.nan) * 1e3, 1)} ms at most)."])
