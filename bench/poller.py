"""poller.py PROGRAM ARGUMENTS…: run it, read the PSS of it and its children ten times a second as scripts do it, and
print the highest sum on stderr: "peak BYTES". The plain way, to compare with."""
import subprocess
import sys
import time

GAP_SECONDS = 0.1


def pss_bytes(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii", errors="replace") as rollup:
        return next((int(line.split()[1]) * 1024 for line in rollup if line.startswith("Pss:")), 0)


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as listing:
        return [int(child) for child in listing.read().split()]


def tree_bytes(pid):
    try:
        return pss_bytes(pid) + sum(tree_bytes(child) for child in children(pid))
    except OSError:
        return 0    # it has ended meanwhile


def main():
    peak = 0
    with subprocess.Popen(sys.argv[1:]) as process:
        while process.poll() is None:
            peak = max(peak, tree_bytes(process.pid))
            time.sleep(GAP_SECONDS)
    print("peak", peak, file=sys.stderr)
    return process.returncode


sys.exit(main())
