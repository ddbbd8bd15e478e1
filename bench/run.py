"""./scripts/bench [--quick] [--rounds N] [--build DIR] [PROGRAM…]: what recording costs, beside other tools; with
`outside`, what measuring from outside costs and finds; with `live`, what viewers cost;
with `python`, what Python programs cost, beside memray; with `page`, how soon the page of --format html opens and answers;
with `report`, what reports on a large recording take.

All programs are run natively and under each tool, turn by turn, the order changing from round to round, so
that a machine that slows down slows all of them. A full run writes its tables into docs/benchmarks.md.
"""
import argparse
import datetime
import os
import platform
import subprocess
import sys
import tempfile

import actor
import api
import explain
import live
import measure
import outside
import page
import programs
import python
import reporting
import size
import table
import tools

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DOCUMENT = os.path.join(ROOT, "docs", "benchmarks.md")
MARKERS = "<!-- {}: begin -->\n", "<!-- {}: end -->\n"
SIZE = "size"           # not a program: the sizes of recordings
EXPLAIN, PAGE, ACTOR, PYTHON, API = "explain", "page", "actor", "python", "api"
REPORT = "report"        # once: memory hardly differs from run to run
OUTSIDE, LIVE = "outside", "live"   # each alone, and with a part of the document of its own
FEWEST_ROUNDS = 5       # for a figure that goes into the document
PACKAGES = ("clang-14", "gcc-12", "heaptrack", "libc6", "libstb-dev", "python3", "redis-server",
            "sqlite3", "valgrind")
OUTSIDE_PACKAGES = ("libc6", "python3", "smem", "time")
LIVE_PACKAGES = ("libc6", "libncursesw6")
EXPLAIN_PACKAGES = ("libc6",)
PYTHON_PACKAGES = ("heaptrack", "libc6", "python3", "python3-numpy")
API_PACKAGES = ("libc6",)
PAGE_PACKAGES = ("chromium",)
ACTOR_PACKAGES = ("gcc-12", "libc6")
REPORT_PACKAGES = ("libc6", "libzstd1", "libjansson4", "zlib1g")


def run_once(program, tool, scratch, is_first):
    """One run in a fresh directory, which is thrown away. Returns the Run and the program's result. The first
    time the recording is also read: it must have every allocation that the program is known to make."""
    with tempfile.TemporaryDirectory(dir=scratch) as directory:
        run = measure.run_command(tool.wrap(program.command), directory, program.drive)
        run.recording_bytes = tools.recording_bytes(tool, directory)
        if is_first and tool.count:
            run.allocations = tool.count(directory)
            if run.allocations < max(program.pairs, 1):
                raise measure.Failed(f"{tool.name} has {run.allocations} allocations")
        return run, program.result(run.stdout, directory)


def say(text):
    print(text, file=sys.stderr, flush=True)


def run_rounds(rounds, chosen, compared, scratch):
    """Every program under every tool, round by round. Where a tool has failed, it is not tried again."""
    runs, results, failed = {}, {}, set()
    for number in range(rounds):
        turn = number % len(compared)
        for index in range(len(chosen[False])):
            for tool in compared[turn:] + compared[:turn]:
                program = chosen[tool.small_input][index]
                key = (program.name, tool.name)
                if number >= tool.most_rounds or key in failed:
                    continue
                try:
                    run, result = run_once(program, tool, scratch, number == 0)
                    if result != results.setdefault((program.name, tool.small_input), result) or not result:
                        raise measure.Failed(f"its result is {result or 'missing'}")
                except (measure.Failed, OSError, subprocess.SubprocessError) as problem:
                    say(f"{program.name}, {tool.name}: FAILED: {problem}")
                    failed.add(key)
                    runs.pop(key, None)
                    continue
                runs.setdefault(key, []).append(run)
                say(f"{number + 1}/{rounds} {program.name:13} {tool.name:13} cpu {run.cpu_s:7.3f} s"
                    f"  own {run.own_cpu_s:5.2f} s  wall {run.wall_s:7.3f} s")
    return runs


def build_all(build, *more):
    targets = ["tidemark", "libtidemark.so", "bench/calltree", "bench/many_sites", "bench/mmap_loop", "bench/shapes", "bench/steps", *more]
    commands = [["ninja", "--quiet", "-C", build, *targets]]
    if not os.path.exists(os.path.join(build, "build.ninja")):
        commands.insert(0, ["meson", "setup", build, ROOT])
    for command in commands:
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0:
            sys.exit("bench: the build failed")


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def machine(packages):
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        models = [line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")]
    versions = output_of("dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages).split("\n")
    commit = output_of("git", "-C", ROOT, "describe", "--always", "--dirty")
    return (f"{models[0] if models else 'unknown CPU'}, {os.cpu_count()} CPUs, Linux {platform.release()}; "
            f"tidemark {commit}, {', '.join(versions)}")


def made_by(command, rounds, packages):
    return f"Made on {datetime.date.today()} by `{command}`, {'once' if rounds == 1 else f'{rounds} rounds'}, on {machine(packages)}."


def report(results, sizes, found, rounds):
    parts = [made_by("./scripts/bench", rounds, PACKAGES)]
    if results.real():
        parts += ["### Real programs", table.real_table(results)]
    if results.synthetic():
        parts += ["### Free/malloc pairs from deep stacks", table.synthetic_table(results)]
    if sizes:
        parts += ["### Recordings of 1,000 call sites", size.size_table(sizes)]
    return "\n\n".join([*parts, "### Bars", table.bars_table(found)]) + "\n"


def write_document(name, text):
    begin, end_marker = (marker.format(name) for marker in MARKERS)
    with open(DOCUMENT, encoding="utf-8") as document:
        before, _, rest = document.read().partition(begin)
    _, end, after = rest.partition(end_marker)
    if not end:
        sys.exit(f"bench: {DOCUMENT} has lost its markers")
    with open(DOCUMENT, "w", encoding="utf-8") as document:
        document.write(before + begin + text + end + after)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench",
                                     description="What recording costs, beside other tools.")
    parser.add_argument("--quick", action="store_true", help="one round, without DHAT, documents untouched")
    parser.add_argument("--rounds", type=int, default=7, metavar="N",
                        help="how often everything is run (default 7)")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), metavar="DIR",
                        help="build directory (default build)")
    parser.add_argument("programs", nargs="*", metavar="PROGRAM",
                        help=f"only these; documents untouched: {', '.join(programs.NAMES)}, {SIZE}; "
                             f"or {OUTSIDE}, {LIVE}, {EXPLAIN}, {PAGE}, {ACTOR}, {PYTHON}, {REPORT} or {API} alone, which write their own parts")
    options = parser.parse_args()
    unknown = sorted(set(options.programs) - {*programs.NAMES, SIZE, OUTSIDE, LIVE, EXPLAIN, PAGE, ACTOR, PYTHON, REPORT, API})
    if unknown:
        parser.error(f"no such program: {' '.join(unknown)}")
    for alone in (OUTSIDE, LIVE, EXPLAIN, PAGE, ACTOR, PYTHON, REPORT, API):
        if alone in options.programs and len(options.programs) > 1:
            parser.error(f"{alone} is measured alone")
    return options


def finish_part(name, rounds, packages, tables, found, fewest_rounds=FEWEST_ROUNDS):
    text = "\n\n".join([made_by(f"./scripts/bench {name}", rounds, packages), tables, table.bars_table(found)]) + "\n"
    print(text)
    if rounds >= fewest_rounds:
        write_document(f"bench {name}", text)
    return 0 if all(holds for *_, holds in found) else 1


def run_outside(build, rounds):
    with tempfile.TemporaryDirectory(prefix="tidemark-bench-") as scratch:
        measured = outside.measure_outside(build, scratch, rounds, say)
    return finish_part(OUTSIDE, rounds, OUTSIDE_PACKAGES, outside.outside_report(measured), outside.outside_bars(measured))


def run_live(build, rounds):
    measured = live.measure_live(build, rounds, say)
    return finish_part(LIVE, rounds, LIVE_PACKAGES, live.live_report(measured), live.live_bars(measured))


def run_explain(build, rounds):
    measured = explain.measure_explain(build, rounds, say)
    return finish_part(EXPLAIN, rounds, EXPLAIN_PACKAGES, explain.explain_report(measured), explain.explain_bars(measured))


def run_page(build, rounds):
    with tempfile.TemporaryDirectory(prefix="tidemark-bench-") as scratch:
        measured = page.measure_page(build, scratch, rounds, say)
    return finish_part(PAGE, rounds, PAGE_PACKAGES, page.page_report(measured), page.page_bars(measured))


def run_python(build, rounds):
    measured = python.measure_python(build, rounds, say)
    return finish_part(PYTHON, rounds, PYTHON_PACKAGES, python.python_report(measured), python.python_bars(measured))


def run_actor(build, rounds):
    measured = actor.measure_actor(build, rounds, say)
    return finish_part(ACTOR, rounds, ACTOR_PACKAGES, actor.actor_report(measured), actor.actor_bars(measured))


def run_reports(build, is_quick):
    with tempfile.TemporaryDirectory(prefix="tidemark-bench-") as scratch:
        measured = reporting.measure_reports(build, scratch, say)
    return finish_part(REPORT, 1, REPORT_PACKAGES, reporting.reports_table(measured),
                       reporting.reports_bars(measured), fewest_rounds=2 if is_quick else 1)


def run_api(build, rounds):
    with tempfile.TemporaryDirectory(prefix="tidemark-bench-") as scratch:
        measured = api.measure_api(build, scratch, rounds, say)
    return finish_part(API, rounds, API_PACKAGES, api.api_report(measured), api.api_bars(measured))


def main():
    options = parse_arguments()
    build = os.path.abspath(options.build)
    rounds = 1 if options.quick else options.rounds
    if options.programs == [OUTSIDE]:
        build_all(build)
        return run_outside(build, rounds)
    if options.programs == [LIVE]:
        build_all(build)
        return run_live(build, rounds)
    if options.programs == [EXPLAIN]:
        build_all(build)
        return run_explain(build, rounds)
    if options.programs == [PYTHON]:
        build_all(build)
        return run_python(build, rounds)
    if options.programs == [ACTOR]:
        build_all(build, *actor.TARGETS)
        return run_actor(build, rounds)
    if options.programs == [PAGE]:
        build_all(build, "tests/web/maker")
        return run_page(build, rounds)
    if options.programs == [REPORT]:
        build_all(build, "bench/large_recording")
        return run_reports(build, options.quick)
    if options.programs == [API]:
        build_all(build, "bench/annotated")
        return run_api(build, rounds)
    compared = [tool for tool in tools.all_tools(build) if not (options.quick and tool.small_input)]
    build_all(build)
    measure.adopt_orphans()
    wanted = options.programs or [*programs.NAMES, SIZE]
    with tempfile.TemporaryDirectory(prefix="tidemark-bench-") as scratch:
        chosen = {small: [program for program in programs.all_programs(build, scratch, small)
                          if program.name in wanted] for small in (False, True)}
        results = table.Results(chosen, compared, run_rounds(rounds, chosen, compared, scratch))
        sizes = size.measure_sizes(build, compared, scratch, say) if SIZE in wanted else {}
    found = table.bars(results) + (size.size_bars(sizes) if SIZE in wanted else [])
    text = report(results, sizes, found, rounds)
    print(text)
    if not options.programs and rounds >= FEWEST_ROUNDS:
        write_document("bench", text)
    return 0 if all(holds for *_, holds in found) else 1


sys.exit(main())
