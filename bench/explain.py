"""`tidemark explain` of a tracked program with 4 GiB resident in a million live blocks: how long it takes, and what it does
to the program, which maps and unmaps memory all the while."""
import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from statistics import median

from measure import Failed
from table import figure, markdown

MIB, BLOCKS, SECONDS = 4096, 1_000_000, 4
MOST_SECONDS, MOST_STALL_SECONDS = 1, 0.001


@dataclass
class Found:
    """A value for each round: wall and CPU seconds of one explain; p99.9 and the longest of map, touch and unmap of 64 KiB,
    in seconds, with nobody there, with one explain each second, and with one after the other."""
    wall: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    stall: dict = field(default_factory=dict)
    longest: dict = field(default_factory=dict)


READERS = {"nobody": None, "an explain each second": 1, "one after the other": 0}


def descendant(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as children:
        return int(children.read().split()[0])


def explain(tidemark, pid, found):
    start = time.monotonic()
    done = subprocess.run([tidemark, "explain", "--json", str(pid)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    usage_s = time.monotonic() - start
    if done.returncode:
        raise Failed(f"explain ended with {done.returncode}: {done.stderr[-200:]}")
    heap = json.loads(done.stdout)["inside"]["heap"]
    if heap["requested_blocks"] < BLOCKS or heap["blocks_resident_bytes"] < (MIB << 20) * 0.99:
        raise Failed(f"explain has seen {heap}")
    found.wall.append(usage_s)
    found.cpu.append(json.loads(done.stdout)["duration_ns"] / 1e9)


def disturb(tidemark, build, directory, reader, found):
    """The loop's latencies while it is explained."""
    command = [tidemark, "record", "-q", "-o", os.path.join(directory, "loop.tide"),
               os.path.join(build, "bench", "mmap_loop"), str(MIB), "0", str(SECONDS), str(BLOCKS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tool:
        if tool.stdout.readline() != "ready\n":
            raise Failed("mmap_loop did not start")
        end = time.monotonic() + SECONDS - 1   # an explain that is under way ends before the program does
        pid = descendant(tool.pid)
        while READERS[reader] is not None and time.monotonic() < end:
            before = time.monotonic()
            explain(tidemark, pid, found)
            time.sleep(max(0, READERS[reader] - (time.monotonic() - before)))
        words = tool.stdout.readline().split()
    if words[:1] != ["latency"]:
        raise Failed("mmap_loop has told nothing")
    found.stall.setdefault(reader, []).append(int(words[3]) / 1e9)
    found.longest.setdefault(reader, []).append(int(words[4]) / 1e9)


def measure_explain(build, rounds, say):
    found, tidemark = Found(), os.path.join(build, "tidemark")
    for number in range(rounds):
        for reader in READERS:
            with tempfile.TemporaryDirectory(prefix="tidemark-bench-") as directory:
                disturb(tidemark, build, directory, reader, found)
        say(f"{number + 1}/{rounds} explain {median(found.wall) * 1e3:.0f} ms")
    return found


def explain_bars(found):
    """As table.bars."""
    limits = [("explain of 4 GiB in a million blocks, s", median(found.wall), MOST_SECONDS),
              ("its mmap, an explain each second, p99.9, ms", median(found.stall["an explain each second"]) * 1e3,
               MOST_STALL_SECONDS * 1e3),
              ("its mmap, one explain after the other, p99.9, ms", median(found.stall["one after the other"]) * 1e3,
               MOST_STALL_SECONDS * 1e3)]
    return [(what, value, limit, value <= limit) for what, value, limit in limits]


def explain_report(found):
    def milliseconds(values):
        return [figure(pick(values) * 1e3, 2) for pick in (median, min, max)]
    return "\n\n".join([
        markdown(["map, touch and unmap 64 KiB, p99.9, ms", "median", "least", "most", "longest of all"],
                 [[reader, *milliseconds(found.stall[reader]), figure(max(found.longest[reader]) * 1e3, 0)]
                  for reader in READERS]),
        f"One explain takes {figure(median(found.wall) * 1e3, 0)} ms ({figure(min(found.wall) * 1e3, 0)}–"
        f"{figure(max(found.wall) * 1e3, 0)}), {figure(median(found.cpu) * 1e3, 0)} of them for what is seen from outside."])
