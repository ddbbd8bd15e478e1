"""An interpreter that has memray, which is compared with; None where it cannot be had."""
import os
import subprocess
import sys


def has_memray(python):
    return subprocess.run([python, '-c', 'import memray'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


def interpreter(folder):
    """That of TIDEMARK_MEMRAY, or one in `folder`, where it is installed from PyPI the first time."""
    given = os.environ.get('TIDEMARK_MEMRAY')
    if given:
        return given if has_memray(given) else None
    python = os.path.join(folder, 'bin', 'python')
    if os.path.exists(python) and has_memray(python):
        return python
    for argv in ([sys.executable, '-m', 'venv', '--system-site-packages', folder], # with numpy, if that is there
                 [python, '-m', 'pip', '--quiet', 'install', 'memray']):
        try:
            if subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=180,
                              check=False).returncode:
                return None
        except (OSError, subprocess.TimeoutExpired):
            return None
    return python
