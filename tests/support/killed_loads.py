"""Loads a folder again and again, each time in a process that kills itself one step further on.

Run as a program: `python -m tests.support.killed_loads SOURCE STORE`. Prints, as JSON, at which steps it died
and what the last load, which nothing stopped, remarked.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from node.store.cdm_tables import get_cdm_tables
from node.store.generations import Store
from node.store.load_journal import find_journal
from tests.support.cdm_folders import load


def _die_one_step_on(source: Path, store: Store, died: set[str], note: int) -> None:
    """In a child: loads until it reaches a step at which none died before, and notes that one."""

    def failpoint(step: str) -> None:
        journal = find_journal(store.root)
        label = f"{len(journal.done) if journal else 0} {step}"
        if label not in died:
            os.write(note, label.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    report = load(source, store, failpoint=failpoint)
    remarks = [[one.code, dict(one.facts)] for one in report.warnings if one.code.startswith("load.resumed")]
    os.write(note, json.dumps({"generation": report.generation, "remarks": remarks}).encode())
    os._exit(0)


def main(source: Path, store: Store) -> None:
    get_cdm_tables()  # imported once: the children only load
    died: list[str] = []
    while True:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                _die_one_step_on(source, store, set(died), writing)
            finally:
                os._exit(1)
        os.close(writing)
        with os.fdopen(reading) as note:
            told = note.read()
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            print(
                json.dumps({"died": died, "code": os.WEXITSTATUS(status), "last": json.loads(told or "{}")})
            )
            return
        died.append(told)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Store(Path(sys.argv[2])))
