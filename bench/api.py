"""The API: what annotations cost a program with and without the tracker, and what an owner adds to an allocation."""
import os
import subprocess
from statistics import median

from measure import Failed
from table import figure, markdown

MOST = {("without", "annotation"): 1, ("tracked", "enter_or_leave"): 2, ("tracked", "owner"): 5}
ROWS = (("annotation, no tracker", "without", "annotation"), ("enter or leave, no tracker", "without", "enter_or_leave"),
        ("annotation", "tracked", "annotation"), ("enter or leave an owner", "tracked", "enter_or_leave"),
        ("malloc and free, no owner", "tracked", "pair"), ("the same, with an owner below another", "tracked", "pair_with_owner"),
        ("what an owner adds per allocation", "tracked", "owner"),
        ("a section, begin and end", "tracked", "section"), ("malloc and free, stopped", "tracked", "pair_stopped"))


def run(*command):
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if ran.returncode:
        raise Failed(f"{command[0]}: exit status {ran.returncode}")
    found = dict(line.split() for line in ran.stdout.splitlines())
    return {name: float(ns) for name, ns in found.items()}


def measure_api(build, scratch, rounds, say):
    """found[how][name]: a list of ns, one for each round."""
    annotated, found = os.path.join(build, "bench", "annotated"), {}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        tracked = run(os.path.join(build, "tidemark"), "record", "-f", "-o", os.path.join(scratch, "api.tide"), annotated)
        tracked["owner"] = tracked["pair_with_owner"] - tracked["pair"]
        for how, values in (("without", run(annotated)), ("tracked", tracked)):
            for name, ns in values.items():
                found.setdefault((how, name), []).append(ns)
    return found


def api_bars(found):
    """As table.bars."""
    names = {(how, name): what for what, how, name in ROWS}
    return [(f"{names[key]}, ns", median(found[key]), most, median(found[key]) <= most) for key, most in MOST.items()]


def api_report(found):
    rows = [[what, *(figure(pick(found[how, name]), 1) for pick in (median, min, max))] for what, how, name in ROWS]
    return markdown(["ns of CPU", "median", "least", "most"], rows)
