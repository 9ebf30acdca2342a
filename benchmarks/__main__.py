"""Runs all benchmarks, or those that are named, and writes `benchmarks/results.json`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from benchmarks.harness import NotMeasured, find_benchmarks, record_entry, run_benchmark
from benchmarks.machine import machine_facts


def main(names: Sequence[str]) -> int:
    """Exit status: 0 when all that can be measured here was, whatever the figures; 2 for an unknown name."""
    # Told to end, it still ends every process that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    known = find_benchmarks()
    if unknown := [name for name in names if name not in known]:
        print(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}", file=sys.stderr)
        return 2
    for name in names or sorted(known):
        machine = machine_facts()
        print(f"{name} ...", flush=True)
        try:
            entry = run_benchmark(known[name])
        except NotMeasured as missing:
            print(f"{name}: not measured, its entry stays: {missing}", flush=True)
            continue
        record_entry(entry, machine=machine)
        verdict = "met" if entry.met else "NOT met"
        print(
            f"{name}: ours {entry.ours:g} {entry.unit}, peer {entry.peer:g} {entry.unit}, "
            f"ratio {entry.ratio:g} (mark {entry.mark}: {verdict})",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
    sys.exit(130)
