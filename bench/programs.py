"""The programs that are measured: their inputs, their commands, and the result that no tool may change."""
import hashlib
import os
import random
import re
import subprocess
import time
from dataclasses import dataclass
from typing import Callable, Optional

from measure import Failed, has_ended, last_words

INPUTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inputs")
NAMES = ("calltree-1", "calltree-2", "sqlite3", "python3", "cc1", "clang", "redis-server")
SERVER_START_SECONDS = 60


@dataclass(frozen=True)
class Program:
    name: str
    command: list               # run in an empty directory
    result: Callable            # (stdout, directory) → text that is the same in every run
    pairs: int = 0              # free/malloc pairs; 0: a real program
    drive: Optional[Callable] = None    # (directory, pid): what is done from outside while it runs


def matching(pattern):
    def find(stdout, _directory):
        found = re.search(pattern, stdout, re.MULTILINE)
        return found.group(0) if found else ""
    return find


def contents(name):
    def digest(_stdout, directory):
        with open(os.path.join(directory, name), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    return digest


def calltree(build, threads, small):
    pairs = 1_000_000 if small else 16_000_000
    return Program(f"calltree-{threads}",
                   [os.path.join(build, "bench", "calltree"), str(pairs), str(threads)],
                   matching(r"sum [0-9a-f]{16}"), pairs=pairs)


def write_insert_script(path, rows):
    numbers = random.Random(1)
    with open(path, "w", encoding="ascii") as script:
        script.write("PRAGMA synchronous = off;\n"
                     "CREATE TABLE orders(id INTEGER PRIMARY KEY, customer TEXT, item TEXT,\n"
                     "    price REAL, day INTEGER);\n"
                     "CREATE INDEX by_customer ON orders(customer);\n"
                     "CREATE INDEX by_day ON orders(day, price);\n"
                     "BEGIN;\n")
        for row in range(rows):
            script.write(f"INSERT INTO orders VALUES({row}, 'customer {numbers.randrange(20000)}', "
                         f"'item {numbers.randrange(500)}', {numbers.randrange(100000) / 100}, "
                         f"{numbers.randrange(3650)});\n")
        script.write("COMMIT;\nSELECT 'rows', count(*), sum(day) FROM orders;\n")


def sqlite3(scratch, small):
    rows = 60_000 if small else 200_000
    script = os.path.join(scratch, f"insert-{rows}.sql")
    write_insert_script(script, rows)
    return Program("sqlite3", ["/usr/bin/sqlite3", "orders.db", f".read {script}"],
                   matching(r"^rows\|.*$"))


def python3(small):
    documents = 24_000 if small else 100_000
    return Program("python3",
                   ["/usr/bin/python3", os.path.join(INPUTS, "documents.py"), str(documents)],
                   matching(r"^\d+ \d+ \d+$"))


def cc1(scratch, small):
    flags = ["-DSMALL_INPUT"] if small else []
    source = os.path.join(scratch, f"image_libraries{'-small' if small else ''}.i")
    subprocess.run(["gcc", "-E", *flags, os.path.join(INPUTS, "image_libraries.c"), "-o", source], check=True)
    compiler = subprocess.check_output(["gcc", "-print-prog-name=cc1"], text=True).strip()
    return Program("cc1", [compiler, "-quiet", "-fpreprocessed", "-O2", source, "-o", "out.s"],
                   contents("out.s"))


def clang(small):
    flags = ["-DSMALL_INPUT"] if small else []
    source = os.path.join(INPUTS, "word_index.cc")
    return Program("clang", ["clang++-14", "-std=c++17", "-O2", *flags, "-c", source, "-o", "out.o"],
                   contents("out.o"))


def wait_for_server(socket, directory, pid):
    deadline = time.monotonic() + SERVER_START_SECONDS
    ping = ["redis-cli", "-s", socket, "ping"]
    while subprocess.run(ping, capture_output=True, check=False).stdout != b"PONG\n":
        if has_ended(pid) or time.monotonic() > deadline:
            raise Failed(f"redis-server does not answer: {last_words(directory)}")
        time.sleep(0.02)


def drive_redis(requests):
    """Load the server, then tell it to end. Only the server is measured."""
    def drive(directory, pid):
        socket = os.path.join(directory, "redis.socket")
        wait_for_server(socket, directory, pid)
        benchmark = ["redis-benchmark", "-s", socket, "-q", "-t", "set,get,incr,lpush,sadd,hset,zadd",
                     "-r", "100000", "-d", "100", "-P", "16", "-n", str(requests)]
        for command in benchmark, ["redis-cli", "-s", socket, "shutdown", "nosave"]:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return drive


def redis(small):
    requests = 40_000 if small else 200_000
    return Program("redis-server",
                   ["/usr/bin/redis-server", "--port", "0", "--unixsocket", "redis.socket", "--save", "",
                    "--appendonly", "no", "--daemonize", "no"],
                   matching("bye bye"), drive=drive_redis(requests))


def all_programs(build, scratch, small):
    return [calltree(build, 1, small), calltree(build, 2, small), sqlite3(scratch, small), python3(small),
            cc1(scratch, small), clang(small), redis(small)]
