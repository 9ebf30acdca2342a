import cProfile
import os
import runpy
import signal
import sys

p = cProfile.Profile()
file = sys.argv[2] + ".prof"


def dump(*_):
    p.disable()
    p.dump_stats(file)
    p.enable()


signal.signal(signal.SIGUSR1, dump)


def start(*_):
    p.clear()
    p.enable()


signal.signal(signal.SIGUSR2, start)
runpy.run_module("benchmarks.federation." + os.environ.get("X", "timed_node"), run_name="__main__")
