"""However a Python program ends, it does so as without Tidemark, and the recording is whole.

Usage: ends.py TIDEMARK PROGRAMS [PATTERN]"""
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'acceptance'))
import harness  # noqa: E402
from harness import case, expect, expect_equal, native, record  # noqa: E402

PYTHON = sys.executable


def same_as_native(*args, end, env=None):
    plain, recorded = native(PYTHON, *args, env=env), record(PYTHON, *args, env=env)
    hide = lambda text: re.sub(rb'0x[0-9a-f]+', b'0x', text)  # noqa: E731
    for what in 'status', 'stdout', 'stderr':
        got, wanted = getattr(recorded, what), getattr(plain, what)
        if what != 'status':
            got, wanted = hide(got), hide(wanted)
        expect_equal(got, wanted, what)
    info = recorded.report.recording
    expect_equal((info['end'], info['end_status'], info['torn']), (*end, False), 'end')
    expect(recorded.report.totals['lost_events'] == 0, 'events were lost')
    return recorded


@case
def a_syntax_error():
    same_as_native('-c', 'def (', end=('exited', 1))


@case
def a_script_that_is_not_there():
    same_as_native('no-such-script.py', end=('exited', 2))


@case
def an_exception_and_its_traceback():
    same_as_native('-c', 'def f(n):\n  return f(n - 1) if n else 1 / 0\nf(5)', end=('exited', 1))


@case
def recursion_without_end():
    same_as_native('-c', 'def f(): f()\nf()', end=('exited', 1))


@case
def ctrl_c():
    same_as_native('-c', 'import os, signal; os.kill(os.getpid(), signal.SIGINT)', end=('signaled', 2))


@case
def ctrl_c_that_is_caught():
    same_as_native('-c', 'import os, signal\ntry:\n  os.kill(os.getpid(), signal.SIGINT)\n'
                   'except KeyboardInterrupt:\n  print("caught")', end=('exited', 0))


@case
def sys_exit_3():
    same_as_native('-c', 'import sys; sys.exit(3)', end=('exited', 3))


@case
def os__exit_4():
    same_as_native('-c', 'import os; print("x", flush=True); os._exit(4)', end=('exited', 4))


@case
def a_fault_in_an_extension():
    same_as_native('-c', 'import ctypes; ctypes.string_at(0)', end=('signaled', 11))


@case
def a_fault_with_faulthandler():
    same_as_native('-X', 'faulthandler', '-c', 'import ctypes\ndef f(): ctypes.string_at(0)\nf()', end=('signaled', 11))


@case
def an_abort():
    same_as_native('-c', 'import os; os.abort()', end=('signaled', 6))


@case
def threads_that_are_left_behind():
    same_as_native('-c', 'import threading, time\n'
                   'def f():\n  while True: bytes(100000)\n'
                   'for i in range(4): threading.Thread(target=f, daemon=True).start()\n', end=('exited', 0))


@case
def a_small_recursion_limit():
    same_as_native('-c', 'import sys; sys.setrecursionlimit(10**6)\n'
                   'def f(n):\n  return f(n - 1) if n else len(bytearray(100000))\nprint(f(50000))', end=('exited', 0))


@case
def the_allocators_that_python_can_be_told_to_use():
    for allocator in 'malloc', 'debug', 'malloc_debug', 'pymalloc':
        same_as_native('-c', 'print(sum(len(str(i)) for i in range(10000)))', end=('exited', 0),
                       env={'PYTHONMALLOC': allocator})
        recorded = record(PYTHON, '-c', 'print(sum(len(str(i)) for i in range(10000)))',
                          env={'PYTHONMALLOC': allocator}, options=['--python-allocators'])
        expect_equal((recorded.status, recorded.stdout), (0, b'38890\n'), allocator)


@case
def a_child_that_is_forked():
    recorded = same_as_native('-c', 'import os\npid = os.fork()\nif not pid:\n  x = [bytes(2000) for _ in range(99)]\n'
                              '  os._exit(7)\nprint(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))',
                              end=('exited', 0))
    expect_equal(recorded.stdout, b'7\n', 'the child')


@case
def worker_processes_have_recordings_of_their_own():
    script = os.path.join(harness.folder, 'pool.py')
    with open(script, 'w', encoding='utf-8') as file:
        file.write('import multiprocessing\n'
                   'def work(n):\n    block = bytearray(1000000 + n)\n    return len(block)\n'
                   'if __name__ == "__main__":\n'
                   '    with multiprocessing.get_context("fork").Pool(2) as pool:\n'
                   '        print(sum(pool.map(work, range(8))))\n')
    for options in ['--follow'], ['--follow', '--python-allocators']:
        recorded = record(PYTHON, script, options=options)
        expect_equal((recorded.status, recorded.stdout), (0, b'8000028\n'), 'the program')
        reports = [harness.Report(str(path)) for path in pathlib.Path(harness.folder).glob('recording.tide.*')]
        total_bytes = sum(site.total_bytes for report in reports for site in report.of('work')
                          if site.frames[0]['function'] == 'work' and site.total_bytes >= 1000000)
        expect_equal(total_bytes, 8000028 + 8, 'bytes of the workers')
        for path in pathlib.Path(harness.folder).glob('recording.tide.*'):
            path.unlink()


harness.main()
