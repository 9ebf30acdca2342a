"""Makes the random-looking numbers that hide a hospital's contribution, and adds or takes them away.

* A mask is the AES-256-CTR stream of one key, read as 64-bit little-endian numbers, starting at zero.
* Every key comes from fresh secrets of one sum through HKDF-SHA256 with a purpose and a binding (context
  digest, pair, public keys), so one key makes one mask: the nonce is fixed because no key is used twice.
* All masks of a vector are applied chunk by chunk, while the chunk is in cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from privacy.masks.fixed_point import Ring, check_vector

KEY_BYTES = 32
_CHUNK = 16_384  # 128 KiB of numbers and as much of keystream
_LABEL = b"onggi.masks.v1/"


@dataclass(frozen=True, slots=True)
class Mask:
    """One mask: its key, and whether it is added or subtracted."""

    key: bytes = field(repr=False)
    adds: bool

    def reversed(self) -> Mask:
        """The mask that takes this one away."""
        return Mask(key=self.key, adds=not self.adds)


def derive_key(secret: bytes, *, purpose: str, binding: bytes, length: int = KEY_BYTES) -> bytes:
    """A key for one purpose and one binding; another purpose or binding gives an unrelated key."""
    # The label ends with a zero byte, which no purpose holds: purpose and binding cannot run together.
    info = _LABEL + purpose.encode("ascii") + b"\0" + binding
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=info).derive(secret)


def apply_masks(
    vector: Ring, masks: Sequence[Mask], *, on_chunk: Callable[[memoryview], None] | None = None
) -> None:
    """Adds or subtracts all masks in place; `on_chunk` sees each finished chunk's bytes in order."""
    check_vector(vector, dtype=np.dtype("<u8"))
    if len({mask.key for mask in masks}) != len(masks):
        raise RuntimeError("one key for two masks")
    streams = [(_start(mask.key), np.add if mask.adds else np.subtract) for mask in masks]
    zeros = bytes(_CHUNK * 8)
    # update_into asks for room for one more block than it writes.
    room = bytearray(_CHUNK * 8 + 16)
    noise = np.frombuffer(room, dtype="<u8", count=_CHUNK)
    for start in range(0, vector.size, _CHUNK):
        part = vector[start : start + _CHUNK]
        for stream, put in streams:
            stream.update_into(memoryview(zeros)[: part.nbytes], room)
            put(part, noise[: part.size], out=part)
        if on_chunk is not None:
            on_chunk(part.data.cast("B"))
    room[:] = bytes(len(room))


def _start(key: bytes) -> CipherContext:
    return Cipher(algorithms.AES256(key), modes.CTR(bytes(16))).encryptor()
