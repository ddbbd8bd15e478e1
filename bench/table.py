"""From samples to the tables and the bars."""
import math
from statistics import median

MOST_MEAN_RATIO = 1.25      # geometric mean over the real programs: CPU of target and tool against native
MOST_RATIO = 1.45           # each of them
MOST_OF_HEAPTRACK = 1 / 3   # of what heaptrack adds, each of them
MOST_ADDED_NS = {"calltree-1": 115, "calltree-2": 175}


class Results:
    """What was measured: runs[program name, tool name] is a list of Runs, absent when a run failed."""

    def __init__(self, programs, tools, runs):
        self.programs = programs    # lists by small_input: {False: [...], True: [...]}
        self.tools = {tool.name: tool for tool in tools}
        self.runs = runs

    def real(self):
        return [program for program in self.programs[False] if not program.pairs]

    def synthetic(self):
        return [program for program in self.programs[False] if program.pairs]

    def values(self, program, tool, field):
        return [getattr(run, field) for run in self.runs.get((program.name, tool), [])]

    def middle(self, program, tool, field="cpu_s"):
        return median(self.values(program, tool, field) or [math.nan])

    def baseline(self, tool):
        return self.tools[tool].baseline if tool in self.tools else "native"

    def ratio(self, program, tool, field="cpu_s"):
        return self.middle(program, tool, field) / self.middle(program, self.baseline(tool), field)

    def added_s(self, program, tool):
        return self.middle(program, tool) - self.middle(program, self.baseline(tool))

    def share_of_heaptrack(self, program):
        return self.added_s(program, "tidemark") / self.added_s(program, "heaptrack")

    def pairs(self, program, tool):
        small = tool in self.tools and self.tools[tool].small_input
        return next(other.pairs for other in self.programs[small] if other.name == program.name)

    def added_ns(self, program, tool):
        return self.added_s(program, tool) * 1e9 / self.pairs(program, tool)

    def mean_ratio(self, tool):
        ratios = [self.ratio(program, tool) for program in self.real()]
        return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else math.nan


def figure(value, digits, unit=""):
    return "–" if math.isnan(value) else f"{value:.{digits}f}{unit}"


def spread(values, digits, scale=1.0):
    if not values:
        return "–"
    low, middle, high = (figure(pick(values) * scale, digits) for pick in (min, median, max))
    return f"{middle} ({low}–{high})"


def markdown(header, rows):
    lines = [header, ["---"] + ["--:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def real_table(results):
    rows = []
    for program in results.real():
        def cpu(tool, program=program):
            return spread(results.values(program, tool, "cpu_s"), 2)

        def ratio(tool, field="cpu_s", program=program):
            return figure(results.ratio(program, tool, field), 2)

        def megabytes(tool, program=program):
            return figure(results.middle(program, tool, "recording_bytes") / 1e6, 1)

        counted = max(results.values(program, "tidemark", "allocations"), default=0)
        allocations = figure(counted / 1e6, 2) if counted else "–"
        added = figure(results.added_s(program, "tidemark") * 1e9 / counted, 0) if counted else "–"

        rows.append([program.name, allocations, cpu("native"), cpu("tidemark"),
                     figure(results.middle(program, "tidemark", "own_cpu_s"), 2), cpu("heaptrack"),
                     f"**{ratio('tidemark')}**", ratio("heaptrack"), ratio("dhat"),
                     figure(results.share_of_heaptrack(program) * 100, 0, " %"), added,
                     f"{ratio('tidemark', 'wall_s')} / {ratio('heaptrack', 'wall_s')}",
                     f"{megabytes('tidemark')} / {megabytes('heaptrack')}"])
    rows.append(["geometric mean", "", "", "", "", "", f"**{figure(results.mean_ratio('tidemark'), 2)}**",
                 figure(results.mean_ratio("heaptrack"), 2), figure(results.mean_ratio("dhat"), 2),
                 "", "", "", ""])
    return markdown(["program", "M allocations", "native, CPU s", "tidemark, CPU s", "of it the tool",
                     "heaptrack, CPU s", "tidemark ×", "heaptrack ×", "DHAT ×", "of heaptrack's",
                     "ns per allocation", "wall ×, t / h", "MB, t / h"], rows)


def synthetic_table(results):
    rows = []
    for program in results.synthetic():
        def added(tool, program=program):
            base = results.middle(program, results.baseline(tool))
            values = [run - base for run in results.values(program, tool, "cpu_s")]
            return spread(values, 0, 1e9 / results.pairs(program, tool))

        native = spread(results.values(program, "native", "cpu_s"), 0, 1e9 / program.pairs)
        rows.append([program.name, native, f"**{added('tidemark')}**", added("heaptrack"), added("dhat")])
    return markdown(["program", "native, ns per pair", "tidemark adds", "heaptrack adds", "DHAT adds"], rows)


def bars(results):
    """(what, measured, limit, holds) of every bar; a figure that is missing does not hold."""
    mean = results.mean_ratio("tidemark")
    found = []
    if results.real():
        found.append(("geometric mean of the real programs, × native", mean, MOST_MEAN_RATIO))
    for program in results.real():
        found.append((f"{program.name}, × native", results.ratio(program, "tidemark"), MOST_RATIO))
    for program in results.real():
        found.append((f"{program.name}, share of what heaptrack adds", results.share_of_heaptrack(program),
                      MOST_OF_HEAPTRACK))
    for program in results.synthetic():
        found.append((f"{program.name}, ns added per pair", results.added_ns(program, "tidemark"),
                      MOST_ADDED_NS[program.name]))
    return [(what, value, limit, value <= limit) for what, value, limit in found]


def bars_table(found):
    return markdown(["bar", "measured", "at most", ""],
                    [[what, figure(value, 0 if limit > 10 else 2), figure(limit, 0 if limit > 10 else 2),
                      "pass" if holds else "**MISS**"] for what, value, limit, holds in found])
