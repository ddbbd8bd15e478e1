"""The page of `report --format html`, in Chromium: how soon it opens, and how soon it answers a hand. bench/page.mjs looks."""
import json
import os
import subprocess
from statistics import median

from measure import Failed
from table import figure, markdown

NODES, MOMENTS = 200_000, 20
MOST_OPENED_MS = 2000
MOST_ANSWER_MS = {"hover": 50, "scroll": 50, "zoom": 50, "search": 100}   # what a hand does again and again


def measure_page(build, scratch, rounds, say):
    """A list of what page.mjs printed, one for each round."""
    bench = os.path.dirname(os.path.abspath(__file__))
    command = ["node", os.path.join(bench, "page.mjs"), os.path.join(build, "tidemark"),
               os.path.join(build, "tests", "web", "maker"), scratch, str(NODES), str(MOMENTS)]
    found = []
    for number in range(rounds):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(done.stderr.strip())
        found.append(json.loads(done.stdout))
        say(f"page: round {number + 1} of {rounds}")
    return found


def opened(found):
    return [value for each in found for value in each["opened_ms"]]


def answers(found, what):
    return [value for each in found for value in each["answers_ms"][what]]


def page_bars(found):
    """As table.bars."""
    limits = [(f"a page with {NODES:,} nodes opens, ms", median(opened(found)), MOST_OPENED_MS)]
    limits += [(f"it answers: {what}, ms", median(answers(found, what)), limit) for what, limit in MOST_ANSWER_MS.items()]
    return [(what, value, limit, value <= limit) for what, value, limit in limits]


def page_report(found):
    rows = {"opening": opened(found), **{what: answers(found, what) for what in found[0]["answers_ms"]}}
    times = markdown([f"{NODES:,} nodes, {MOMENTS} readings of every call site, ms", "median", "least", "most"],
                     [[what, *(figure(pick(values), 0) for pick in (median, min, max))] for what, values in rows.items()])
    return f"{times}\n\nThe page has {found[0]['page_bytes'] / 2**20:.1f} MiB."
