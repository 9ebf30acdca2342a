"""Writes a picture of a page as a PNG with a palette: pages have few colours, so few bytes do."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE = 3
"""The colour type in which every pixel is an index."""


def palette_png(pixels: np.ndarray[Any, np.dtype[np.uint8]], *, colours: int) -> bytes:
    """`pixels`: height x width x 3. The most frequent colours stay exact, each other takes its nearest."""
    height, width, _ = pixels.shape
    known, index, count = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    kept = known[np.argsort(count)[::-1][:colours]].astype(np.int32)
    distance = ((known.astype(np.int32)[:, None, :] - kept[None, :, :]) ** 2).sum(axis=2)
    rows = distance.argmin(axis=1).astype(np.uint8)[index.reshape(-1)].reshape(height, width)
    unfiltered = np.zeros((height, 1), np.uint8)
    packed = zlib.compress(np.hstack([unfiltered, rows]).tobytes(), 9)
    header = struct.pack(">IIBBBBB", width, height, 8, _PALETTE, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", kept.astype(np.uint8).tobytes()), (b"IDAT", packed), (b"IEND", b""))
    return _SIGNATURE + b"".join(_part(name, data) for name, data in parts)


def _part(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
