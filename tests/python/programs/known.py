"""Allocates blocks of sizes that come once only, in all ways in which Python code runs, and says where each of them was
made: a line of JSON with its size, its thread, and the frames as the interpreter itself names them.

Usage: known.py TRUTH-FILE"""
import asyncio
import contextlib
import ctypes
import functools
import json
import sys
import threading

try:
    import numpy
except ImportError:
    numpy = None

blocks, truth = [], []
MODULE = sys._getframe().f_code
sizes = iter(range(100003, 10**9, 1002))


def frames_of(frame):
    """Innermost first, up to this file's module: who runs that may differ."""
    chain = []
    while frame:
        chain.append([frame.f_code.co_qualname, frame.f_code.co_filename, frame.f_lineno])
        frame = None if frame.f_code is MODULE else frame.f_back
    return chain


def size(way, extra_bytes=1):
    """A new size, for the line that calls this. A bytearray takes one byte more."""
    number = next(sizes)
    truth.append({'way': way, 'bytes': number + extra_bytes, 'thread': threading.current_thread().name,
                  'frames': frames_of(sys._getframe(1))})
    return number


def function():
    blocks.append(bytearray(size('function')))


def nested():
    def inner():
        blocks.append(bytearray(size('nested function')))
    inner()


def on_several_lines():
    blocks.append(
        bytearray(size('call on several lines'))
    )


def recursion(depth):
    if depth:
        recursion(depth - 1)
    else:
        blocks.append(bytearray(size('recursion')))


def mutual_recursion_through_c(depth):
    if depth:
        list(map(mutual_recursion_through_c, [depth - 1]))
    else:
        blocks.append(bytearray(size('recursion through C')))


def generator():
    for way in ('generator', 'generator, again'):
        blocks.append(bytearray(size(way)))
        yield


def generator_of_generators():
    yield from generator()


def drive_generators():
    for _ in generator_of_generators():
        pass
    suspended = generator()
    next(suspended)
    return suspended


async def coroutine():
    await asyncio.sleep(0)
    blocks.append(bytearray(size('coroutine')))


async def coroutines():
    await asyncio.gather(coroutine(), coroutine())
    async for _ in asynchronous_generator():
        pass


async def asynchronous_generator():
    blocks.append(bytearray(size('asynchronous generator')))
    yield


def comprehensions():
    blocks.extend([bytearray(size('list comprehension')) for _ in range(2)])
    blocks.extend({k: bytearray(size('dict comprehension')) for k in range(1)}.values())
    blocks.extend(bytearray(size('generator expression')) for _ in range(1))


class Sorted:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        blocks.append(bytearray(size('comparison in sorted()')))
        return self.value < other.value

    @property
    def attribute(self):
        return bytearray(size('property'))

    def __del__(self):
        blocks.append(bytearray(size('finalizer')))


def callbacks():
    sorted([Sorted(2), Sorted(1)])
    max([1], key=lambda _: blocks.append(bytearray(size('key function'))))
    blocks.append(Sorted(1).attribute)
    blocks.append(functools.reduce(lambda total, _: bytearray(size('functools')), [1, 2]))
    json.loads('{"a": 1}', object_hook=lambda _: blocks.append(bytearray(size('json hook'))))


def by_ctypes():
    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    def compare(_a, _b):
        blocks.append(bytearray(size('callback from libc')))
        return 0

    array = (ctypes.c_int * 2)(2, 1)
    ctypes.CDLL(None).qsort(array, 2, ctypes.sizeof(ctypes.c_int), compare)


def raising():
    try:
        raise ValueError(bytearray(size('exception')))
    except ValueError as error:
        blocks.append(error)
        blocks.append(bytearray(size('except')))
    finally:
        blocks.append(bytearray(size('finally')))


@contextlib.contextmanager
def context():
    blocks.append(bytearray(size('context manager')))
    yield


def by_exec():
    exec(compile('def first():\n\n    blocks.append(bytearray(size("exec")))\nfirst()', '<made up>', 'exec'))
    eval('blocks.append(bytearray(size("eval")))')
    letters = 'def sprøk():\n    blocks.append(bytearray(size("name of other letters")))\nsprøk()'
    exec(compile(letters, 'fil é 中.py', 'exec'))


def in_thread():
    function()
    for name in None, 'renamed', 'renamed again':
        threading.current_thread().name = name or threading.current_thread().name
        blocks.append(bytearray(size('thread')))


def threads():
    for name in ('reader', 'a worker with a long name'):
        thread = threading.Thread(target=in_thread, name=name)
        thread.start()
        thread.join()


def arrays():
    if not numpy:
        return
    blocks.append(numpy.empty(size('numpy', 0), numpy.uint8))
    blocks.append(numpy.zeros(size('numpy, without the GIL', 0), numpy.uint8))


def main():
    function()
    nested()
    on_several_lines()
    recursion(30)
    mutual_recursion_through_c(5)
    suspended = drive_generators()
    asyncio.run(coroutines())
    comprehensions()
    callbacks()
    by_ctypes()
    raising()
    with context():
        pass
    by_exec()
    threads()
    arrays()
    del suspended
    with open(sys.argv[1], 'w', encoding='utf-8') as file:
        for row in truth:
            print(json.dumps(row), file=file)


main()
