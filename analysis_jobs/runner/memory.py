"""Lets a server process use freed memory again instead of giving it back after every large message.

Fetching pages from the system costs four times as much as copying forty megabytes into pages that are there.
"""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGEST = 1 << 30


def keep_freed_memory() -> None:
    """For processes that carry large messages, once at their start. Without glibc nothing changes.

    Before the first thread: a pool that a thread has begun stays, and gives its memory back.
    """
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is None:
        return
    # One pool for all threads, or each would keep its own.
    for which, value in ((_MMAP_THRESHOLD, _LARGEST), (_TRIM_THRESHOLD, _LARGEST), (_ARENA_MAX, 1)):
        tune(which, value)
