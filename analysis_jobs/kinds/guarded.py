"""What a hospital's guard needs beside a job's first reply: who is in each set, and its own evidence.

Sets stay at the hospital. Under masks some numbers a set join the kind's evidence, so that hospitals learn
together what none can see alone, and all come to the same verdict:

* persons that tell a set from every combination of earlier sets are added up over hospitals: a combination
  that differs from it by few in all differs at each hospital by no more;
* a set that is the very set of an earlier answer at every hospital tells nothing new;
* what few hospitals have that told theirs to nobody is their own: it must not be small at one of them;
* where one and the same earlier set, or combination of sets, comes near at every hospital, the number that
  it gives is known already and can be given again;
* hospitals count at how many of them each earlier set comes near, by places that its name falls into: what
  comes near at one of them alone must not matter, or the sum would tell of the few that make it near there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from analysis_jobs.kinds.contract import (
    Array,
    Arrays,
    Ask,
    Entry,
    Kind,
    Layout,
    PersonSet,
    Rows,
    Table,
    TellsSetsLater,
)
from analysis_jobs.variables.table_schema import table_schema
from onggi.spec.job import JobSpec

Packed = npt.NDArray[np.uint8]
_FLAGS, _PERSONS, _NAMES, _SQUARES = "_sets_flags", "_sets_persons", "_sets_names", "_sets_squares"
_BESIDE = "_sets_beside"
_ALL: Final = (_FLAGS, _PERSONS, _NAMES, _SQUARES, _BESIDE)
"""No kind's own evidence begins with an underscore."""
_PARTS, _LARGEST = 4, 1023
_PLACES = 256
_FEWEST_SUMMED = 3
"""A sum over fewer hospitals shows one of them what another one has."""


@dataclass(frozen=True, slots=True)
class SetHere:
    """What a hospital says of one set.

    Args:
        apart: at least so many persons tell it from what was answered before and with it
            (`guard.least_apart`).
        same: it is the very set of an earlier answer over the same hospitals.
        reference: the name of what comes near, one earlier set or a combination, equal at every hospital.
        near: the names of all earlier sets that come near.
        beside: how many persons tell the two apart here.
        given: the number in the reply is that of the reference.
        alone: what this hospital told in clear gives the number, or nearly.
        small: there are persons here, fewer than the minimum.
        empty: there is nobody here in a part that all others leave over: where that is so everywhere, a zero.
    """

    apart: int = 0
    same: bool = False
    reference: str | None = None
    near: frozenset[str] = frozenset()
    beside: int = 0
    given: bool = False
    alone: bool = False
    small: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True)
class PooledVerdict:
    """Sets by position: those that come near, and those whose number is, or can be, an earlier one.

    `most_apart` says how many persons may stand between such a set and what its number is taken from.

    Args:
        small: how many hospitals have few persons of a set, for each set.
        shows_small: a sum of fewer than three hospitals follows from this one and from what others told in
            clear, with few persons at one of them.
    """

    near: tuple[int, ...] = ()
    to_work_out: tuple[int, ...] = ()
    worked_out: tuple[int, ...] = ()
    most_apart: Mapping[int, int] = field(default_factory=dict)
    beside: Array | None = None
    small: tuple[int, ...] = ()
    shows_small: bool = False

    def is_near_at(self, name: str, *, place: int, sites: int) -> bool:
        """Whether an earlier set, by its name, comes near to the set at so many hospitals.

        Another set whose name falls into the same place may make it seem so.
        """
        return self.beside is not None and bool(self.beside[place, _place_of(name)] >= sites)

    def small_beside(self, here: Sequence[SetHere]) -> list[int]:
        """Sets of which another hospital than the one that said this of them has few persons."""
        told = enumerate(zip(self.small, here, strict=True))
        return [at for at, (number, each) in told if number > each.small]


def is_guarded(spec: JobSpec) -> bool:
    """Whether answers are held against earlier ones. Noise that is paid for needs no guard."""
    return spec.privacy.differential_privacy is None


def sets_of(kind: Kind, spec: JobSpec, table: Table, ask: Ask) -> tuple[PersonSet, ...]:
    """The sets that the reply to an ask is the first to describe."""
    if ask.ordinal == 0:
        return kind.sets(spec, table)
    return kind.sets_at(spec, table, ask) if isinstance(kind, TellsSetsLater) else ()


def sets_told(kind: Kind, spec: JobSpec, ask: Ask) -> tuple[PersonSet, ...]:
    """The same sets without anybody in them."""
    return sets_of(kind, spec, table_schema(spec).empty_table(), ask)


def layout_of_sum(kind: Kind, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
    """What hospitals add up for an ask: the kind's own layout, and the guard's evidence on new sets."""
    layout = kind.layout(spec, ask, participants=participants)
    if not spec.privacy.masked or not is_guarded(spec):
        return layout
    sets = len(sets_told(kind, spec, ask))
    if not sets:
        return layout
    further = (
        Entry(_FLAGS, (sets, 5), 0.0, 1.0, whole=True),
        Entry(_PERSONS, (sets, 2), 0.0, float(spec.privacy.minimum_persons), whole=True),
        Entry(_NAMES, (sets, _PARTS), 0.0, _LARGEST, whole=True),
        Entry(_SQUARES, (sets, _PARTS), 0.0, _LARGEST**2, whole=True),
        Entry(_BESIDE, (sets, _PLACES), 0.0, 1.0, whole=True),
    )
    return replace(layout, evidence=(*layout.evidence, *further))


def evidence_of(sets: Iterable[SetHere]) -> dict[str, Array]:
    """One hospital's evidence."""
    told = list(sets)
    names = np.array([_numbers_of(each.reference) for each in told], dtype=np.float64)
    flags = np.array(
        [(each.same, each.given, each.alone, each.small, each.empty) for each in told], dtype=np.float64
    )
    persons = np.array([(each.apart, each.beside) for each in told], dtype=np.float64)
    beside = np.zeros((len(told), _PLACES))
    for row, each in zip(beside, told, strict=True):
        row[[_place_of(name) for name in each.near]] = 1
    return {_FLAGS: flags, _PERSONS: persons, _NAMES: names, _SQUARES: names**2, _BESIDE: beside}


def split_evidence(evidence: Arrays) -> tuple[Arrays, Arrays]:
    """(the kind's own evidence, the guard's)."""
    own = {name: array for name, array in evidence.items() if name not in _ALL}
    return own, {name: evidence[name] for name in _ALL if name in evidence}


def judge_pooled(
    evidence: Arrays, *, told: Sequence[PersonSet], sites: int, whole: bool, threshold: int
) -> PooledVerdict:
    """The verdict on the sums of `evidence_of` over so many hospitals.

    Args:
        told: the sets; who is in them does not matter here.
        whole: these hospitals are all participants. Earlier sets and numbers are of all of them: over fewer
            hospitals the same set is another one, and its number a new one.
    """
    if _FLAGS not in evidence:
        return PooledVerdict()
    # Sums tell the true number of every set beside theirs: in a description nothing is worked out.
    may_work_out = whole and not any(each.described for each in told)
    same, given, alone, small, empty = evidence[_FLAGS].T
    few_left = (alone > 0) & (alone < sites) & (alone > sites - _FEWEST_SUMMED)
    apart, beside = evidence[_PERSONS].T
    names, squares = evidence[_NAMES], evidence[_SQUARES]
    # All numbers of a column are equal where the mean of the squares is the square of the mean.
    agreed = ((squares * sites == names**2) & (names > 0)).all(axis=1)
    near: list[int] = []
    to_work_out: list[int] = []
    worked_out: list[int] = []
    most_apart: dict[int, int] = {}
    fresh = False
    for at in sorted(range(len(told)), key=lambda at: told[at].implied):
        each = told[at]
        is_same = (whole and same[at] >= sites) or empty[at] >= sites
        if apart[at] >= threshold or is_same:
            fresh |= bool(each.counted) and not is_same
            continue
        if each.implied and not fresh:
            continue  # only numbers that were told before add up to it
        if each.implied or not (may_work_out and agreed[at]):
            near.append(at)
            continue
        (worked_out if given[at] >= sites else to_work_out).append(at)
        close = beside[at] < threshold
        most_apart[at] = threshold - 1 if close else (threshold - 1) * sites
    return PooledVerdict(
        near=tuple(sorted(near)),
        to_work_out=tuple(to_work_out),
        worked_out=tuple(worked_out),
        most_apart=most_apart,
        beside=evidence[_BESIDE],
        small=tuple(int(each) for each in small),
        shows_small=bool((few_left & (small > 0)).any()),
    )


def _place_of(name: str) -> int:
    return hashlib.sha256(name.encode()).digest()[0]


def _numbers_of(reference: str | None) -> list[int]:
    """Numbers from 1 that stand for a name, all of them 0 for none: two names share them once in 10^12."""
    if reference is None:
        return [0] * _PARTS
    digest = hashlib.sha256(reference.encode()).digest()
    return [int.from_bytes(digest[2 * at : 2 * at + 2], "big") % _LARGEST + 1 for at in range(_PARTS)]


def pack_rows(sets: Iterable[PersonSet], *, rows: int) -> Packed:
    """A yes or no for each set and row of the table, eight to a byte. Shape (sets, bytes)."""
    packed = [np.packbits(each.rows) for each in sets]
    return np.array(packed, dtype=np.uint8).reshape(len(packed), -(-rows // 8))


def unpack_rows(packed: Packed, *, rows: int) -> Rows:
    """The reverse: shape (sets, rows)."""
    return np.unpackbits(packed, axis=1, count=rows).astype(np.bool_)
