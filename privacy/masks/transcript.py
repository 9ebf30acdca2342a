"""Keeps the whole record of one sum, from which any hospital recomputes the sum bit for bit.

For the small vectors of statistics: the record holds every masked input. It holds no clear number of any
hospital; the sum is in it, so it is for those who may know the sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from onggi.errors import NotTrusted
from privacy.masks.combine import recover_sum
from privacy.masks.context import DIGEST_BYTES, SumContext
from privacy.masks.fixed_point import Ring
from privacy.masks.messages import Advertisement, Confirmation, Letter, MaskedInput, SomeLetter
from privacy.masks.reveal import Unmasking
from privacy.masks.wire import (
    LARGEST_MESSAGE,
    LONGEST_NAME,
    MOST_PARTICIPANTS,
    VERSION,
    Json,
    malformed,
    read_bytes,
    read_message,
    to_canonical,
    to_text,
)

_KIND = "masked-sum-transcript"
_NAMES = ("context", "advertisements", "sharers", "inputs", "confirmations", "unmaskings")
# Larger vectors are summed as they arrive and have no transcript: text would hold them 1.33 times over.
MOST_ENTRIES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """Every letter that the sum rests on."""

    context: bytes
    advertisements: tuple[Advertisement, ...]
    sharers: tuple[str, ...]
    inputs: tuple[MaskedInput, ...]
    confirmations: tuple[Confirmation, ...]
    unmaskings: tuple[Unmasking, ...]

    def to_bytes(self) -> bytes:
        """The record as canonical bytes."""
        sharers: list[Json] = [*self.sharers]
        return to_canonical(
            {
                "kind": _KIND,
                "version": VERSION,
                "context": to_text(self.context),
                "advertisements": _write(self.advertisements),
                "sharers": sharers,
                "inputs": [to_text(masked.to_bytes()) for masked in self.inputs],
                "confirmations": _write(self.confirmations),
                "unmaskings": _write(self.unmaskings),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes, *, context: SumContext) -> Transcript:
        """Reads a record of this sum; its size is bounded by the declared length of the vector."""
        if context.entries > MOST_ENTRIES:
            raise NotTrusted("masks.message_too_large", kind=_KIND, most=MOST_ENTRIES)
        vector = context.entries * 8 + LARGEST_MESSAGE
        most = len(context.participants) * (vector + 3 * LARGEST_MESSAGE) * 4 // 3 + LARGEST_MESSAGE
        fields = read_message(data, kind=_KIND, names=_NAMES, most=most)

        def read_input(item: object) -> MaskedInput:
            raw = read_bytes(item, kind=_KIND, most=vector)
            return MaskedInput.from_bytes(raw, entries=context.entries)

        return cls(
            context=fields.data("context", length=DIGEST_BYTES),
            advertisements=fields.items(
                "advertisements", _reader(Advertisement.from_bytes), most=MOST_PARTICIPANTS
            ),
            sharers=fields.items("sharers", _read_site, most=MOST_PARTICIPANTS),
            inputs=fields.items("inputs", read_input, most=MOST_PARTICIPANTS),
            confirmations=fields.items(
                "confirmations", _reader(Confirmation.from_bytes), most=MOST_PARTICIPANTS
            ),
            unmaskings=fields.items("unmaskings", _reader(Unmasking.from_bytes), most=MOST_PARTICIPANTS),
        )


def verify_transcript(context: SumContext, transcript: Transcript) -> Ring:
    """The sum, after checking every signature, set of survivors, threshold and share of the record."""
    if transcript.context != context.digest():
        raise NotTrusted("masks.other_sum")
    return recover_sum(
        context,
        transcript.inputs,
        advertisements=transcript.advertisements,
        sharers=transcript.sharers,
        confirmations=transcript.confirmations,
        unmaskings=transcript.unmaskings,
    )


def _write(letters: tuple[Letter, ...]) -> list[Json]:
    return [to_text(letter.to_bytes()) for letter in letters]


def _reader(read: Callable[[bytes], SomeLetter]) -> Callable[[object], SomeLetter]:
    return lambda item: read(read_bytes(item, kind=_KIND, most=LARGEST_MESSAGE))


def _read_site(item: object) -> str:
    if not isinstance(item, str) or not 0 < len(item) <= LONGEST_NAME:
        raise malformed(_KIND)
    return item
