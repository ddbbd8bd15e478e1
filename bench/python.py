"""Python programs: what recording them costs, beside memray and heaptrack. All run with one interpreter, that of a
virtual environment with memray, where it can be installed."""
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from statistics import median

import measure
from table import figure, markdown, spread

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "python"))
import memray_venv  # noqa: E402

JSON = """
import json
rows = [{"id": i, "name": f"name {i}", "tags": ["a", "b", str(i)], "at": {"x": i / 3, "y": -i}} for i in range(4000)]
for _ in range(25):
    text = json.dumps(rows)
    rows = json.loads(text)
print(len(text), rows[-1]["name"])
"""
NUMPY = """
import numpy
rows = numpy.arange(400000, dtype=float).reshape(-1, 40)
for step in range(60):
    means = rows.mean(axis=0)
    scaled = (rows - means) / (rows.std(axis=0) + 1)
    order = numpy.argsort(scaled[:, step % 40])
    rows = numpy.abs(scaled[order]) + 0.5
print(rows.shape, round(float(rows.sum()), 3))
"""
DEFAULT, OBJECTS = "tidemark", "tidemark --python-allocators"
MEMRAY, MEMRAY_NATIVE, MEMRAY_OBJECTS = "memray", "memray --native", "memray --trace-python-allocators"
MOST_DEFAULT, MOST_OBJECTS = 1.10, 1.5


@dataclass
class Workload:
    name: str
    arguments: list     # of the interpreter


def workloads():
    objects = os.path.join(ROOT, "tests", "python", "programs", "objects.py")
    return [Workload("objects", [objects, "100000"]), Workload("json", ["-c", JSON]), Workload("numpy", ["-c", NUMPY])]


def tools(build, python, has_memray):
    """Name → what stands before the interpreter's arguments."""
    tidemark, record = os.path.join(build, "tidemark"), ["record", "-q", "-o", "recording.tide"]
    memray = [python, "-m", "memray", "run", "--quiet", "-o", "memray.bin"]
    found = {"native": [python], DEFAULT: [tidemark, *record, python],
             OBJECTS: [tidemark, *record, "--python-allocators", python]}
    if has_memray:
        found |= {MEMRAY: memray, MEMRAY_NATIVE: [*memray, "--native"],
                  MEMRAY_OBJECTS: [*memray, "--trace-python-allocators"]}
    if shutil.which("heaptrack"):
        found["heaptrack"] = ["heaptrack", "--raw", "-o", "heaptrack", python]
    return found


def measure_python(build, rounds, say):
    """(workload, tool) → CPU seconds of target and tool, one for each round."""
    python = memray_venv.interpreter(os.path.join(build, "memray"))
    has_memray = python is not None
    found, measured = tools(build, python or "/usr/bin/python3", has_memray), {}
    measure.adopt_orphans()
    for number in range(rounds):
        names = list(found)
        turn = number % len(names)
        for workload in workloads():
            result = None   # what all print, among what tools say
            for name in names[turn:] + names[:turn]:
                with tempfile.TemporaryDirectory(prefix="tidemark-bench-") as directory:
                    try:
                        run = measure.run_command([*found[name], *workload.arguments], directory)
                    except measure.Failed as problem:
                        say(f"{workload.name}, {name}: FAILED: {problem}")
                        continue
                lines = set(run.stdout.splitlines())
                result = lines & (lines if result is None else result)
                if not result:
                    raise measure.Failed(f"{workload.name} has another result under {name}")
                measured.setdefault((workload.name, name), []).append(run.cpu_s)
                say(f"{number + 1}/{rounds} {workload.name:8} {name:34} cpu {run.cpu_s:7.3f} s")
    return measured


def middle(measured, workload, tool):
    return median(measured.get((workload, tool)) or [float("nan")])


def ratio(measured, workload, tool):
    return middle(measured, workload, tool) / middle(measured, workload, "native")


def python_report(measured):
    names = list(dict.fromkeys(tool for _, tool in measured))
    rows = [[workload.name, spread(measured.get((workload.name, "native"), []), 2),
             *(figure(ratio(measured, workload.name, tool), 2) for tool in names if tool != "native")]
            for workload in workloads() if (workload.name, "native") in measured]
    return markdown(["CPU", "native, s", *(f"{tool}, times native" for tool in names if tool != "native")], rows)


def python_bars(measured):
    def bar(what, value, most):
        return what, value, most, value <= most
    found = [bar("objects: CPU, times native", ratio(measured, "objects", DEFAULT), MOST_DEFAULT),
             bar("objects, --python-allocators: CPU, times native", ratio(measured, "objects", OBJECTS), MOST_OBJECTS)]
    for mine, other in (DEFAULT, MEMRAY), (DEFAULT, MEMRAY_NATIVE), (OBJECTS, MEMRAY_OBJECTS):
        for workload in workloads():
            if (workload.name, other) in measured:
                value = middle(measured, workload.name, mine) / middle(measured, workload.name, other)
                found.append((f"{workload.name}: CPU of {mine}, times that of {other}", value, 1, value < 1))
    return found
