"""examples/actors/chat on loopback: guests hear each other, come and go, and are told what they weigh.

Usage: chat.py CHAT WEIGH"""
import socket
import subprocess
import sys


class Guest:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.lines = self.socket.makefile("r", encoding="utf-8")

    def say(self, text):
        self.socket.sendall(text.encode() + b"\n")

    def hears(self, text):
        """Reads until it does; what never comes ends in a timeout."""
        while text not in (line := self.lines.readline()):
            assert line, f"the server has gone, {text!r} was not heard"
        return line


def chat(program):
    with subprocess.Popen([program], stdout=subprocess.PIPE, text=True) as server:
        try:
            port = int(server.stdout.readline().split()[-1])
            first, second = Guest(port), Guest(port)
            first.say("hello")
            first.hears("1: hello")
            second.say("who is there?")
            first.hears("2: who is there?")
            third = Guest(port)
            third.say("x" * 2500)   # longer than a line may be: in pieces
            assert sum(first.hears("3: x").count("x") for _ in range(3)) == 2500
            second.socket.shutdown(socket.SHUT_RDWR)
            while True:             # until the room has noticed
                first.say("/weight")
                if "2 × guest" in first.hears("guest"):
                    break
            first.say("/weight")
            assert "1 × room" in first.hears("room")
            assert server.poll() is None
        finally:
            server.terminate()


def weigh(program):
    text = subprocess.run([program], capture_output=True, text=True, timeout=60, check=True).stdout
    sizes = [int(line.split("= ")[1].split()[0]) for line in text.splitlines() if "= " in line]
    # 100 lines in slots of 48 bytes, 20 in each slab of 1 KiB with its header of 48
    assert len(sizes) == 5 and sizes[0] == sizes[4] and sizes[3] == sizes[0] + 100 * 48 + 5 * 48, text
    assert "Stale" in text, text


chat(sys.argv[1])
weigh(sys.argv[2])
