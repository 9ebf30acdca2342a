"""What a hospital adds up about a number whose sums leave, so that the number itself can be judged.

Sums and squares of a number tell of single persons where few contribute to it, where all but a few have one
and the same value, or where one or two lie far from everybody else. All of that shows in sums, so the same
evidence serves one hospital and, under masks, all of them together. It never leaves as numbers that others
may read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis_jobs.kinds.centred_units import contributions, masked_noise
from analysis_jobs.kinds.contract import Array, Arrays, Entry
from analysis_jobs.kinds.ranges import count_entry, number_entry
from onggi.spec.job import JobSpec
from privacy.disclosure.spread_dominance import check_far_from_others
from privacy.disclosure.value_sums import ValueSums, check_values

SUMS, COUNTS = "number_sums", "number_counts"
_POWERS = 4
_PLACES = 16
_BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float64)
_OF_SUMS, _OF_COUNTS = 2 + _POWERS, 2 + _PLACES


@dataclass(frozen=True, slots=True)
class SummedNumber:
    """A number of each person, as it is added up, with the range that it cannot leave."""

    label: str
    low: float
    high: float


def number_entries(numbers: int, *, participants: int) -> tuple[Entry, ...]:
    """The evidence on so many numbers; none where there are none."""
    if not numbers:
        return ()
    return (
        number_entry(SUMS, numbers * _OF_SUMS, participants=participants),
        count_entry(COUNTS, numbers * _OF_COUNTS, participants=participants),
    )


class NumberEvidence:
    """Adds up the evidence on some numbers, block by block."""

    __slots__ = ("_counts", "_finer", "_high", "_largest", "_middle", "_sums")

    def __init__(self, numbers: Sequence[SummedNumber]) -> None:
        low, self._high = np.array([(each.low, each.high) for each in numbers]).reshape(-1, 2).T[:, :, None]
        self._middle, self._finer = low / 2 + self._high / 2, 1 / (self._high / 2 - low / 2)
        self._largest = np.maximum(np.abs(low), np.abs(self._high))
        self._sums = np.zeros((len(numbers), _OF_SUMS))
        self._counts = np.zeros((len(numbers), _OF_COUNTS))

    def add(self, values: Array) -> None:
        """Some persons: a row per number, a column per person; NaN where a person has no such number."""
        u, shares = (values - self._middle) * self._finer, values / self._largest
        missing = np.isnan(values)
        if missing.any():
            u[missing] = shares[missing] = 0.0  # of a share of 0 no place is set
        square = u * u
        powers = u.sum(axis=1), _products(u, u), _products(square, u), _products(square, square)
        sizes, squares, contributors = contributions(shares).T
        self._sums += np.stack([sizes, squares, *powers], axis=1)
        self._counts[:, 0] += contributors
        self._counts[:, 1] += np.count_nonzero(values < self._high, axis=1)
        for counts, row in zip(self._counts, shares, strict=True):
            counts[2:] += _places(row)

    @property
    def scaled(self) -> tuple[Array, Array]:
        """Sum and sum of squares of each number, in the unit in which its range is -1 to 1."""
        return self._sums[:, 2], self._sums[:, 3]

    def arrays(self) -> dict[str, Array]:
        """As it is held against the rules."""
        if not self._sums.size:
            return {}
        return {SUMS: self._sums.ravel(), COUNTS: self._counts.ravel()}


def evidence_of_counts(number: SummedNumber, values: Array, persons: Array) -> dict[str, Array]:
    """The evidence on one number in several groups, from how many persons of each group have which value.

    Args:
        persons: a row per group, a column per value.
    """
    shares = values / max(abs(number.low), abs(number.high))
    half = number.high / 2 - number.low / 2
    u = (values - (number.low / 2 + number.high / 2)) / half
    sums = [np.abs(shares), shares**2, *(u**power for power in range(1, _POWERS + 1))]
    counts = [shares != 0, values < number.high, *_BITS[_codes(shares)].reshape(-1, _PLACES).T]
    return {name: (persons @ np.array(each).T).ravel() for name, each in ((SUMS, sums), (COUNTS, counts))}


def joined(groups: Sequence[NumberEvidence]) -> dict[str, Array]:
    """The evidence on several groups of persons, one after the other."""
    arrays = [group.arrays() for group in groups]
    return {name: np.concatenate([each[name] for each in arrays]) for name in arrays[0]}


def evidence_of_groups(evidence: Arrays, groups: int) -> list[Arrays]:
    """The evidence on each group, from that on all of them."""
    return [
        {name: evidence[name].reshape(groups, -1)[at] for name in (SUMS, COUNTS) if name in evidence}
        for at in range(groups)
    ]


def _places(values: Array) -> Array:
    """For each binary place of the values' scrambled codes, for how many persons it is set."""
    counted: Array = np.concatenate([np.bincount(part, minlength=256) @ _BITS for part in _codes(values).T])
    return counted


def _codes(values: Array) -> npt.NDArray[np.uint8]:
    """Each value's scrambled code, a row of bytes.

    Where all but a few have one value, every place is set for all but a few, or for a few. Values are taken
    to seven digits, so that the last digits of a computed mean make no difference between persons. Scrambling
    (the finalizer of MurmurHash3) makes unlike values differ in about half of the places: of twenty persons
    with values of their own, ten or more stand out in some place.
    """
    code = (values + 0.0).astype(np.float32).view(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        code = (code ^ (code >> np.uint32(shift))) * np.uint32(factor)
    code ^= code >> np.uint32(16)
    return code.view(np.uint8).reshape(-1, 4)[:, : _PLACES // 8]


def _products(one: Array, other: Array) -> Array:
    found: Array = np.einsum("ij,ij->i", one, other)
    return found


def check_numbers(
    spec: JobSpec,
    numbers: Sequence[SummedNumber],
    evidence: Arrays,
    *,
    persons: float | Array,
    group: str = "",
) -> None:
    """The same rules for one hospital's evidence (clear) and for the pooled evidence (masked).

    Args:
        persons: how many the numbers are added up over; an array where not each number has as many.
        group: what they are called, where there are several groups of them.

    Raises:
        Refused: ``disclosure.small_cell``, ``effective_sample``, ``one_value`` or ``few_differ``.
    """
    if not numbers:
        return
    threshold, noise = spec.privacy.minimum_persons, masked_noise(spec, sites=len(spec.participants))
    effective = spec.privacy.rules.effective_contributors
    sums = evidence[SUMS].reshape(len(numbers), _OF_SUMS).tolist()
    counts = evidence[COUNTS].reshape(len(numbers), _OF_COUNTS).tolist()
    present = np.broadcast_to(persons, len(numbers)).tolist()
    for number, whole, (sizes, squares, *powers), (contributors, *places) in zip(
        numbers, present, sums, counts, strict=True
    ):
        label = f"{group}{number.label}"
        found = ValueSums(
            persons=whole,
            contributors=contributors,
            sizes=sizes,
            squares=squares,
            scaled=powers[0],
            scaled_squares=powers[1],
            noise=noise,
        )
        check_values(label, found, threshold=threshold, effective=effective)
        check_far_from_others(
            label,
            persons=whole,
            powers=powers,
            places=(contributors, *places),
            noise=noise,
            threshold=threshold,
        )
