"""The first of our own lines inside the room: forbids memory dumps, finds our packages, starts one module.

Started by path under `python -I -S`: no start-up file of any installed package has run before it. Only the
folders that the launcher exposed are searched, in a fixed order.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import sys

OUR_CODE = "/onggi/code"
PACKAGES = ("/onggi/packages", "/onggi/packages64")
_PR_SET_DUMPABLE = 4


def forbid_dumps() -> None:
    """No core dump, and no other process of the job may read this one's memory."""
    if ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise SystemExit(70)


def main(arguments: list[str]) -> None:
    """Run `main(arguments)` of the module named first."""
    forbid_dumps()
    sys.path[:0] = [OUR_CODE, *PACKAGES]
    sys.dont_write_bytecode = True
    module = importlib.import_module(arguments[0])
    module.main(arguments[1:])
    # Nothing is left to be saved, and an orderly end of all libraries would take longer than most answers.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
