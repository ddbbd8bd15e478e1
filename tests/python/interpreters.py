"""Which interpreters there are to test with."""
import glob
import os
import re
import subprocess
import sys

KNOWN = ('3.11', '3.12', '3.13')  # src/python/layout.c


def interpreters():
    """'3.11.2' → '/usr/bin/python3.11'; the one that runs this is among them."""
    candidates = [sys.executable, *sorted(glob.glob('/usr/bin/python3.*') + glob.glob('/usr/local/bin/python3.*') +
                                          glob.glob(os.path.expanduser('~/.pyenv/versions/3.*/bin/python3')))]
    found = {}
    for path in candidates:
        if not re.search(r'python3(\.\d+)?$', path):
            continue
        done = subprocess.run([path, '-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        version = done.stdout.strip()
        if done.returncode == 0 and version.rsplit('.', 1)[0] in KNOWN:
            found.setdefault(version, os.path.realpath(path))
    return found
