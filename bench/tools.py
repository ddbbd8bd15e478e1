"""The tools that are compared: how each is put in front of a command, and whether it measured something."""
import glob
import json
import os
import subprocess
from dataclasses import dataclass
from typing import Callable, Optional

from measure import Failed


@dataclass(frozen=True)
class Tool:
    name: str
    wrap: Callable      # command → command under the tool; relative files end up in the run's own directory
    recording: str      # what it writes, as a pattern
    smallest_bytes: int = 0     # a smaller recording is an empty one
    count: Optional[Callable] = None    # directory → allocations in its recording
    baseline: str = "native"
    small_input: bool = False   # too slow for the full one
    most_rounds: int = 1000


def count_with(tidemark):
    def count(directory):
        command = [tidemark, "report", "--format", "json", "recording.tide"]
        with subprocess.Popen(command, cwd=directory, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as report:
            line = next((line for line in report.stdout if line.startswith('"totals":')), None)
            if line is None:
                raise Failed("tidemark report shows no totals")
            for _rest in report.stdout:
                pass
        totals = json.loads("{" + line.rstrip(",\n") + "}")["totals"]
        if totals["lost_events"]:
            raise Failed(f"tidemark lost {totals['lost_events']} events")
        return sum(totals["size_classes"])
    return count


def all_tools(build):
    tidemark = os.path.join(build, "tidemark")
    return [
        Tool("native", lambda command: command, ""),
        Tool("native-small", lambda command: command, "", small_input=True, most_rounds=5),
        Tool("tidemark", lambda command: [tidemark, "record", "-q", "-o", "recording.tide", "--", *command],
             "recording.tide", smallest_bytes=512, count=count_with(tidemark)),
        # Its script must start the program itself: a taskset or sh in between takes the variable that turns
        # the recording on, and nothing is measured.
        Tool("heaptrack", lambda command: ["heaptrack", "--raw", "-o", "recording", *command],
             "recording.raw.*", smallest_bytes=4096),
        Tool("dhat", lambda command: ["valgrind", "-q", "--tool=dhat", "--dhat-out-file=recording.dhat",
                                      *command],
             "recording.dhat", smallest_bytes=512, baseline="native-small", small_input=True, most_rounds=1),
    ]


def recording_bytes(tool, directory):
    """The size of the recording that `tool` left in `directory`. Raises Failed when it recorded nothing."""
    if not tool.recording:
        return 0
    size = sum(os.path.getsize(path) for path in glob.glob(os.path.join(directory, tool.recording)))
    if size < tool.smallest_bytes:
        raise Failed(f"{tool.name} recorded nothing ({size} bytes)")
    return size
