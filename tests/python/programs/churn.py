"""Four threads make functions, let them allocate and throw them away, so that code objects die and others get their
addresses. What a function allocates says which one it is: function number k of thread t is called f_t_k, and makes
BASE + 16 k + t bytes in line k % 50 + 2 of the file churn_t.

Usage: churn.py FUNCTIONS-OF-EACH-THREAD"""
import sys
import threading

BASE = 1 << 20


def churn(thread, functions):
    for k in range(functions):
        source = f'def f_{thread}_{k}():\n' + '\n' * (k % 50) + f' return bytearray({BASE + 16 * k + thread} - 1)\n'
        space = {}
        exec(compile(source, f'churn_{thread}', 'exec'), space)
        function = space.popitem()[1]
        for _ in range(3):
            function()
        del space, function


def main():
    functions = int(sys.argv[1])
    threads = [threading.Thread(target=churn, args=(number, functions)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
