"""How recordings and the tool's memory grow with the number of allocations, while the sites stay."""
import math
import os
import tempfile
import time

import measure
import tools
from table import figure, markdown

ALLOCATIONS = {"tidemark": (1_000_000, 10_000_000, 100_000_000), "heaptrack": (1_000_000, 10_000_000)}
MOST_RECORDING_MB = 10
MOST_GROWTH = 1.1       # of the tool's memory, from 10 to 100 million allocations
WATCH_SECONDS = 0.005


def peak_rss_bytes(pid):
    """The process's own high-water mark (wait4's begins with that of its parent); 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            return next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


def record(tool, build, allocations, scratch):
    """One recording of many_sites. Returns its size and the memory peak of the command's own process."""
    peaks = [0]

    def watch(_directory, pid):
        while not measure.has_ended(pid):
            peaks.append(peak_rss_bytes(pid))
            time.sleep(WATCH_SECONDS)

    command = [os.path.join(build, "bench", "many_sites"), str(allocations)]
    with tempfile.TemporaryDirectory(dir=scratch) as directory:
        run = measure.run_command(tool.wrap(command), directory, watch)
        if f"done {allocations}\n" not in run.stdout:
            raise measure.Failed("many_sites did not do its work")
        if tool.count and tool.count(directory) < allocations:
            raise measure.Failed(f"{tool.name} has {tool.count(directory)} allocations")
        return tools.recording_bytes(tool, directory), max(peaks)


def measure_sizes(build, compared, scratch, say):
    """{(tool, allocations): (recording's bytes, tool's peak bytes)}; what failed is missing."""
    sizes = {}
    for tool in compared:
        for allocations in ALLOCATIONS.get(tool.name, ()):
            try:
                sizes[tool.name, allocations] = record(tool, build, allocations, scratch)
                say(f"{allocations / 1e6:.0f} M allocations, {tool.name}: {sizes[tool.name, allocations]}")
            except (measure.Failed, OSError) as problem:
                say(f"{allocations / 1e6:.0f} M allocations, {tool.name}: FAILED: {problem}")
    return sizes


def size_table(sizes):
    nothing = (math.nan, math.nan)
    rows = []
    for allocations in ALLOCATIONS["tidemark"]:
        recording, peak = sizes.get(("tidemark", allocations), nothing)
        rows.append([f"{allocations / 1e6:.0f} M", figure(recording / 1e6, 2), figure(peak / 1e6, 1),
                     figure(sizes.get(("heaptrack", allocations), nothing)[0] / 1e6, 1)])
    return markdown(["allocations", "recording, MB", "tool's memory, MB", "heaptrack's recording, MB"], rows)


def size_bars(sizes):
    """As table.bars."""
    nothing = (math.nan, math.nan)
    some, many = (sizes.get(("tidemark", count), nothing) for count in ALLOCATIONS["tidemark"][1:])
    found = [("recording of 100 M allocations, MB", many[0] / 1e6, MOST_RECORDING_MB),
             ("tool's memory, 100 M against 10 M allocations", many[1] / some[1], MOST_GROWTH)]
    return [(what, value, limit, value <= limit) for what, value, limit in found]
