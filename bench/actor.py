"""Actors: what a message costs, and what it costs to know what each actor weighs.

One program (bench/actor/messages.c), built three times: counting nothing, memory, memory and messages. Every round runs
all shapes with all three, turn by turn; what counts is the CPU time between the first message and the last."""
import os
import subprocess
from statistics import median

from measure import Failed, clean_environment
from table import figure, markdown

BUILDS = {"off": "counting nothing", "memory": "memtrack", "messages": "memtrack_messages"}
SHAPES = {  # name: messages in a run, and how much dearer they may be when all is counted
    "pingpong": (4_000_000, 1.03),
    "ring": (4_000_000, 1.03),
    "fanin": (6_000_000, 1.03),
    "payload": (3_000_000, 1.05),
    "alloc": (800_000, 1.05),
}
PONY = {"pingpong": 32.7, "ring": 56.7, "fanin": 22.6}  # libponyrt 0.51.1, counting nothing
PONY_PAIR, PAIRS = 8.5, 5_000_000   # a pair of malloc and free where that was measured
SCHEDULERS = (1, 2)
TARGETS = [f"bench/actor_{build}" for build in BUILDS]


def run(build, name, shape, schedulers, messages):
    """CPU ns and wall ns per message."""
    command = [os.path.join(build, "bench", f"actor_{name}"), shape, str(schedulers), str(messages)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=clean_environment())
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)} ended with {done.returncode}")
    return tuple(map(float, done.stdout.split()))


def measure_actor(build, rounds, say):
    """(shape, schedulers, build): a list of (CPU ns, wall ns); and "malloc"."""
    found, builds = {}, list(BUILDS)
    for number in range(rounds):
        for schedulers in SCHEDULERS:
            for shape, (messages, _) in SHAPES.items():
                turn = number % len(builds)
                for name in builds[turn:] + builds[:turn]:
                    found.setdefault((shape, schedulers, name), []).append(run(build, name, shape, schedulers, messages))
        found.setdefault("malloc", []).append(run(build, "off", "malloc", 1, PAIRS))
        say(f"{number + 1}/{rounds}")
    return found


def cpu(found, shape, schedulers, name):
    return min(cpu_ns for cpu_ns, _ in found[shape, schedulers, name])


def dearer(found, shape, schedulers, name="messages"):
    return cpu(found, shape, schedulers, name) / cpu(found, shape, schedulers, "off")


def spread(found, shape, schedulers, name):
    values = [cpu_ns for cpu_ns, _ in found[shape, schedulers, name]]
    return f"{min(values):.1f} ({median(values):.1f}–{max(values):.1f})"


def actor_report(found):
    pair = min(cpu_ns for cpu_ns, _ in found["malloc"])
    costs = [[shape, str(schedulers), *(spread(found, shape, schedulers, name) for name in BUILDS),
              *(figure(dearer(found, shape, schedulers, name), 2) for name in ("memory", "messages")),
              figure(1000 / median(wall for _, wall in found[shape, schedulers, "messages"]), 1)]
             for schedulers in SCHEDULERS for shape in SHAPES]
    beside = [[shape, figure(cpu(found, shape, 1, "messages"), 1), figure(pony, 1),
               figure(cpu(found, shape, 1, "messages") / pair, 1), figure(pony / PONY_PAIR, 1)]
              for shape, pony in PONY.items()]
    return "\n\n".join([
        markdown(["shape", "schedulers", *BUILDS.values(), "memory ×", "all ×", "M messages/s, all counted"], costs),
        f"A pair of malloc and free took {pair:.1f} ns here, and {PONY_PAIR} ns where libponyrt was measured:",
        markdown(["shape, one scheduler", "ns, all counted", "libponyrt, ns, nothing counted", "in pairs of malloc and free",
                  "libponyrt, in its pairs"], beside)])


def actor_bars(found):
    bars = [(f"{shape}, one scheduler: all counted × nothing counted", dearer(found, shape, 1), most)
            for shape, (_, most) in SHAPES.items()]
    pair = min(cpu_ns for cpu_ns, _ in found["malloc"])
    bars += [(f"{shape}, pairs of malloc and free per message", cpu(found, shape, 1, "messages") / pair, pony / PONY_PAIR)
             for shape, pony in PONY.items()]
    return [(what, value, most, value <= most) for what, value, most in bars]
