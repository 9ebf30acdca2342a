"""Finds the combination of released sets from which a set of persons differs by fewer than a threshold.

A reader who has exact numbers of sets S_1 .. S_m works out the number of every combination sum c_i S_i, where
each person counts as often as the combination says. If the new set differs from one of them at fewer than
`threshold` persons, the new number would tell of these few. Two sets (m = 1, c = 1), complements, unions of
disjoint sets and longer chains are all cases of it.

The search is over *atoms*: persons who are in exactly the same released sets. Combinations cannot tell the
persons of an atom apart, which gives two shortcuts:

* Of an atom that the new set splits, the smaller part differs whatever the combination. Where these parts add
  up to the threshold, no combination is near.
* An atom in which the threshold of persons is on one side must be met exactly: a linear equation. Most often
  they leave one combination at most.

What is left free is a search for a codeword at a small distance: small atoms may differ as long as all that
do are few. Information-set decoding (Prange 1962) tries sets of atoms, drawn at random from a fixed seed,
that are held to be met, and counts who differs then. It may miss a combination of many sets that isolates a
few persons among many small atoms; it never reports one that is not near.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy.differencing.combinations import Combination

Members = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_TOLERANCE = 1e-7
_DRAWS, _FEWEST_DRAWS = 400, 2
_TRIED = 4
_LOOKED_AT, _LEAST_LOOKED_AT = 20, 2_000
_INDEPENDENT = 1e-3
_MENDED = 15
_SMALLEST_MISS = 1e-3
_NEARLY_MET = 0.02
_LEFT_OVER = 1e-3
_NOTHING = 1e-10


def find_near_combination(released: Members, asked: Members, *, threshold: int) -> Combination | None:
    """A combination from which `asked` differs at fewer than `threshold` persons, the simplest that is found.

    Args:
        released: shape (sets, persons), who is in which released set.
        asked: shape (persons,).
    """
    if not len(released):
        return None
    atoms = _atoms_of(released, asked)
    if int(np.minimum(atoms.inside, atoms.outside).sum()) >= threshold:
        return None
    forced = np.maximum(atoms.inside, atoms.outside) >= threshold
    wanted = (atoms.inside > atoms.outside).astype(np.float64)
    solved = _meet_forced(atoms.members[:, forced], wanted[forced])
    if solved is None:
        return None
    left = threshold - int(np.minimum(atoms.inside, atoms.outside)[forced].sum())
    best = _search(atoms.members[:, ~forced], wanted[~forced], _Part(atoms, ~forced), solved, left)
    if best is None:
        return None
    return Combination(
        tuple((at, times) for at, times in enumerate(best.tolist()) if abs(times) > _TOLERANCE)
    )


def is_apart(released: Members, asked: Members, *, groups: int) -> bool:
    """Whether every combination is certain to differ from the set at `groups` persons or more.

    False says nothing. Two ways lead to True, each true of everybody where it is true of some: the atoms that
    the set splits; or as many groups of persons, in each of which no combination is equal to the set, so that
    it differs at somebody of each.

    Args:
        released: shape (sets, persons); some persons will do, as many a group as there are sets, and more.
        asked: shape (persons,). Person ``i`` is in group ``i % groups``.
    """
    atoms = _atoms_of(released, asked)
    if int(np.minimum(atoms.inside, atoms.outside).sum()) >= groups:
        return True
    rows, wanted = released.astype(np.float64), asked.astype(np.float64)
    return not any(_is_combination(rows[:, at::groups], wanted[at::groups]) for at in range(groups))


def _is_combination(rows: Floats, wanted: Floats) -> bool:
    """Whether a combination of the rows may be what is wanted: what is left over by least squares."""
    sizes, kept, _ = _directions(rows)
    along = kept.T @ (rows @ wanted)
    return float(wanted @ wanted - along @ (along / sizes)) < _LEFT_OVER


def _directions(rows: Floats) -> tuple[Floats, Floats, Floats]:
    """Combinations of the rows that are something, their squared lengths first, and those that are nothing.

    Both as orthonormal columns of factors, by the inner products of the rows, which are whole and exact.
    """
    sizes, vectors = np.linalg.eigh(rows @ rows.T)
    large = sizes > _NOTHING * max(1.0, float(sizes[-1]))
    return sizes[large], vectors[:, large], vectors[:, ~large]


@dataclass(frozen=True, slots=True)
class _Atoms:
    """Shape (sets, atoms): which sets an atom is in; and how many of its persons were asked for, or not."""

    members: Floats
    inside: npt.NDArray[np.int64]
    outside: npt.NDArray[np.int64]


def _atoms_of(released: Members, asked: Members) -> _Atoms:
    keys = _hash_of(np.packbits(released, axis=0))
    _, first, at = np.unique(keys, return_index=True, return_inverse=True)
    inside = np.bincount(at[asked], minlength=len(first))
    size = np.bincount(at, minlength=len(first))
    return _Atoms(released[:, first].astype(np.float64), inside, size - inside)


def _hash_of(packed: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """64 bits of each person's column. That two of a million persons share them by chance: 3 in 10^8."""
    keys = np.zeros(packed.shape[1], dtype=np.uint64)
    factor = np.uint64(0x9E3779B97F4A7C15)
    for row in packed:
        keys = (keys ^ row) * factor
        keys ^= keys >> np.uint64(29)
    return keys


class _Part:
    """Some of the atoms, and how many persons differ there for given values of a combination."""

    def __init__(self, atoms: _Atoms, chosen: Members) -> None:
        self._inside, self._outside = atoms.inside[chosen], atoms.outside[chosen]
        self.sizes = self._inside + self._outside
        self.lean = np.abs(self._inside - self._outside)

    def differing(self, values: Floats) -> int:
        is_one = np.abs(values - 1) < _TOLERANCE
        is_zero = np.abs(values) < _TOLERANCE
        persons = np.where(is_one, 0, self._inside) + np.where(is_zero, 0, self._outside)
        return int(persons.sum())


@dataclass(frozen=True, slots=True)
class _Solved:
    """Factors that meet the forced atoms, and the directions in which they may still move (rows)."""

    start: Floats
    free: Floats


def _meet_forced(rows: Floats, wanted: Floats) -> _Solved | None:
    """Every combination that is as wanted on these atoms, refined once; None where there is none."""
    sizes, kept, free = _directions(rows)
    start: Floats = np.zeros(len(rows))
    for _ in range(2):
        start += kept @ ((kept.T @ (rows @ (wanted - start @ rows))) / sizes)
    if np.abs(start @ rows - wanted).max(initial=0.0) > _TOLERANCE:
        return None
    return _Solved(start, np.ascontiguousarray(free.T))


def _search(rows: Floats, wanted: Floats, part: _Part, solved: _Solved, threshold: int) -> Floats | None:
    """Factors for which fewer than `threshold` persons of these atoms differ."""
    start, free = solved.start, solved.free
    values, moves = start @ rows, free @ rows
    is_moved = np.linalg.norm(moves, axis=1) > _TOLERANCE if len(moves) else np.zeros(0, dtype=np.bool_)
    free, moves = free[is_moved], moves[is_moved]
    if not len(moves):
        return start if part.differing(values) < threshold else None
    missing = wanted - values
    for held in _held_atoms(moves, missing, part):
        steps = np.linalg.lstsq(moves[:, held].T, missing[held], rcond=_TOLERANCE)[0]
        if part.differing(values + steps @ moves) < threshold:
            return np.asarray(start + steps @ free)
    return None


def _held_atoms(moves: Floats, missing: Floats, part: _Part) -> Iterator[npt.NDArray[np.int64]]:
    """Atoms that might all be met at once."""
    draw = np.random.default_rng(0)
    # Exponential races: an atom comes early as often as it has persons.
    sizes = part.sizes
    some = np.argsort(draw.exponential(size=sizes.size) / sizes, kind="stable")
    some = some[: max(_LEAST_LOOKED_AT, _LOOKED_AT * len(moves))]
    steps = _least_misses(moves[:, some], missing[some], part.lean[some])
    yield np.flatnonzero(np.abs(missing - steps @ moves) < _NEARLY_MET)
    for _ in range(max(_FEWEST_DRAWS, _DRAWS // len(moves))):
        order = np.argsort(draw.exponential(size=sizes.size) / sizes, kind="stable")
        yield _first_independent(moves, order)


def _first_independent(moves: Floats, order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The first atoms in this order that can all be met, as many as there are directions.

    Each one's part that the earlier ones do not determine is taken out of those that follow.
    """
    tried = order[: _TRIED * len(moves)]
    left = moves[:, tried].copy()
    lengths = np.linalg.norm(left, axis=0)
    held = []
    for at in range(len(tried)):
        column = left[:, at]
        length = float(np.linalg.norm(column))
        if length <= _INDEPENDENT * lengths[at] or length < _TOLERANCE:
            continue
        held.append(at)
        if len(held) == len(moves):
            break
        unit = column / length
        left[:, at + 1 :] -= np.outer(unit, unit @ left[:, at + 1 :])
    return tried[held]


def _least_misses(moves: Floats, missing: Floats, persons: npt.NDArray[np.int64]) -> Floats:
    """How far to go in each direction so that the sum of misses is least, persons counted.

    Least absolute deviations, by least squares with weights that are mended again and again: it meets most
    atoms exactly where few have to differ (Candes and Tao 2005).
    """
    misses: Floats = np.ones(len(missing))
    steps: Floats = np.zeros(len(moves))
    for _ in range(_MENDED):
        weighted = moves * (persons / np.maximum(misses, _SMALLEST_MISS))
        steps = np.asarray(
            np.linalg.lstsq(weighted @ moves.T, weighted @ missing, rcond=_TOLERANCE**2)[0], dtype=np.float64
        )
        misses = np.abs(missing - steps @ moves)
    return steps
