"""A program with actors, recorded: its actors and schedulers are owners, and what they have is charged to them.

Usage: owners.py TIDEMARK PROGRAM, which is bench/actor's: 128 actors of one type that live to the end"""
import json
import os
import subprocess
import sys
import tempfile

tidemark, program = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    recording = os.path.join(folder, "actors.tide")
    subprocess.run([tidemark, "record", "-o", recording, program, "pingpong", "2", "1000"], check=True, timeout=60)
    report = subprocess.run([tidemark, "report", "--format", "json", recording], check=True, capture_output=True)
owners = json.loads(report.stdout)["owners"]
below = {}
for owner in owners[1:]:
    parent = owner["parent"]
    below.setdefault(owners[parent]["name"] if parent is not None else None, []).append(owner)

assert {owner["name"] for owner in below[None]} == {"actors", "schedulers"}, below[None]
assert {owner["name"] for owner in below["actors"]} == {"player", "referee"}, below["actors"]
assert len(below["player"]) == 128
for owner in below["player"]:   # a cell of 256 bytes and a state of 16, in a block of 32
    assert (owner["used_bytes"], owner["allocated_bytes"], owner["reserved_bytes"]) == (272, 288, 288), owner
schedulers = {owner["name"]: owner for owner in below["schedulers"]}
assert set(schedulers) == {"scheduler 0", "scheduler 1", "foreign", "pool"}, schedulers
for owner in schedulers.values():
    assert owner["used_bytes"] <= owner["allocated_bytes"] <= owner["reserved_bytes"] > 0, owner
