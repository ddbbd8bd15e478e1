"""Interpreters as they come: stripped, linked to a shared library, of versions that are not known.

Usage: builds.py TIDEMARK PROGRAMS [PATTERN]"""
import glob
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'acceptance'))
import harness  # noqa: E402
from harness import Skip, case, expect, expect_equal, record  # noqa: E402

SCRIPT = 'def outer():\n  return inner()\ndef inner():\n  return bytearray(1234567)\nouter()'


def expect_functions(recorded):
    expect(recorded.status == 0 and not recorded.stderr, recorded.stderr.decode())
    site, = [site for site in recorded.report.sites if site.total_bytes == 1234568]
    expect_equal([frame['function'] for frame in site.frames][:3], ['inner', 'outer', '<module>'], 'functions')


def strip(path, to):
    if not shutil.which('strip'):
        raise Skip('no strip here')
    subprocess.run(['strip', '-o', to, path], check=True)
    return to


@case
def a_stripped_interpreter():
    copy = strip(os.path.realpath(sys.executable), os.path.join(harness.folder, 'python3'))
    expect_functions(record(copy, '-c', SCRIPT, env={'PYTHONHOME': sys.base_prefix}))


@case
def a_stripped_shared_library():
    found = glob.glob(os.path.expanduser('~/.pyenv/versions/3.11*/lib/libpython3.11.so.1.0'))
    if not found:
        raise Skip('no python with a shared library here')
    strip(found[0], os.path.join(harness.folder, os.path.basename(found[0])))
    python = os.path.join(os.path.dirname(os.path.dirname(found[0])), 'bin', 'python3.11')
    expect_functions(record(python, '-c', SCRIPT, env={'LD_LIBRARY_PATH': harness.folder}))


@case
def an_older_version_is_shown_natively_and_said_to_be():
    older = [path for path in glob.glob(os.path.expanduser('~/.pyenv/versions/3.*/bin/python3')) +
             glob.glob('/usr/bin/python3.[0-9]') + glob.glob('/usr/bin/python3.[0-9][0-9]')
             if subprocess.run([path, '-c', 'import sys; sys.exit(sys.version_info >= (3, 11))'], check=False,
                               stderr=subprocess.DEVNULL).returncode == 0]
    if not older:
        raise Skip('no older python here')
    path = os.path.join(harness.folder, 'recording.tide')
    done = harness.run([harness.tidemark(), 'record', '-f', '-o', path, older[0], '-c', SCRIPT], None)
    expect_equal(done.returncode, 0, 'status')
    expect_equal(done.stderr.count(b'native frames are shown'), 1, done.stderr.decode())


@case
def an_interpreter_that_is_a_library_of_another_program():
    if not shutil.which('gdb'):
        raise Skip('no gdb here')
    expect_functions(record(shutil.which('gdb'), '-q', '-batch', '-nx', '-ex', 'python exec(%r, {})' % SCRIPT))


harness.main()
