"""No sum and difference of up to four released counts determines a small group: every combination is tried.

A combination that cannot be negative, whoever the patients are, counts persons. Its value is then nobody, or
enough persons.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from onggi.errors import Refused
from onggi.spec.results import Withheld
from privacy.disclosure.partition_suppression import check_partition
from privacy.disclosure.selection_differences import check_selections, decide_withheld_selections

_QUICK: dict[str, Any] = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
RULES = 3
PATTERNS = range(1 << RULES)
Columns = npt.NDArray[np.int64]


@st.composite
def hospitals(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """How many persons met exactly each set of rules, and which choices of rules are asked."""
    few = st.sampled_from([0, 0, 12, 15, 20, 20, 30, 3])
    persons = draw(st.lists(few, min_size=len(PATTERNS), max_size=len(PATTERNS)))
    own = [(1 << step) - 1 for step in range(RULES + 1)]
    further = draw(st.lists(st.sampled_from([mask for mask in PATTERNS if mask not in own]), unique=True))
    return persons, [*own, *further]


def _members(masks: list[int]) -> Columns:
    """A row per kind of person, a column per choice: whether such a person is counted there."""
    return np.array([[mask & ~met == 0 for mask in masks] for met in PATTERNS], dtype=np.int64)


def small_groups(members: Columns, persons: Columns, threshold: int) -> list[tuple[int, ...]]:
    """The combinations, as columns, that count persons and come to 1..threshold-1 of them."""
    found = []
    for size in range(1, 5):
        for columns in combinations(range(members.shape[1]), size):
            for signs in product((-1, 1), repeat=size):
                per_person = members[:, columns] @ np.array(signs)
                if (per_person >= 0).all() and 0 < per_person @ persons < threshold:
                    found.append(columns)
    return found


@settings(max_examples=150, **_QUICK)
@given(hospitals(), st.sampled_from([3, 5, 10]))
def test_what_passes_the_check_determines_no_small_group(
    case: tuple[list[int], list[int]], threshold: int
) -> None:
    persons, masks = np.array(case[0]), case[1]
    members = _members(masks)
    counts = persons @ members
    names = [str(mask) for mask in masks]
    try:
        check_selections(names, masks, counts.tolist(), threshold=threshold, zero_drop_is_small=False)
    except Refused:
        assume(False)
    assert small_groups(members, persons, threshold) == []


@settings(max_examples=150, **_QUICK)
@given(hospitals(), st.sampled_from([3, 5, 10]))
def test_what_is_released_determines_no_small_group(
    case: tuple[list[int], list[int]], threshold: int
) -> None:
    persons, masks = np.array(case[0]), case[1]
    members = _members(masks)
    counts = (persons @ members).tolist()
    withheld = decide_withheld_selections(masks, counts, threshold=threshold, zero_drop_is_small=False)
    shown = [at for at, reason in enumerate(withheld) if reason is None]
    assert small_groups(members[:, shown], persons, threshold) == []
    assert all(counts[at] >= threshold for at in shown)
    assert set(withheld) <= {None, "small_alone_or_by_difference"}


def test_the_search_finds_what_the_rules_forbid() -> None:
    """Persons who met neither of two rules, and those who met none of three."""
    two = [0, 0b01, 0b10, 0b11]
    persons = np.array([4, 20, 20, 20, 0, 0, 0, 0])
    members = _members(two)
    assert small_groups(members, persons, 10) == [(0, 1, 2, 3)]
    assert (
        decide_withheld_selections(two, (persons @ members).tolist(), threshold=10, zero_drop_is_small=False)[
            -1
        ]
        is not None
    )
    every = list(PATTERNS)
    alone = np.array([4, *[20] * 7])
    counts = (alone @ _members(every)).tolist()
    shown = decide_withheld_selections(every, counts, threshold=10, zero_drop_is_small=False)
    expected: Withheld = "small_alone_or_by_difference"
    assert shown == (*[None] * 7, expected)


@settings(max_examples=100, **_QUICK)
@given(hospitals(), st.lists(st.sampled_from([0, 10, 25, 25, 25]), min_size=3, max_size=3))
def test_groups_beside_funnels_determine_no_small_group(
    case: tuple[list[int], list[int]], groups: list[int]
) -> None:
    """The last step by three groups, the last of them "value missing"."""
    persons, masks = case[0], case[1]
    persons = [*persons[:-1], sum(groups)]
    counts = np.array(persons) @ _members(masks)
    try:
        check_selections(
            [str(mask) for mask in masks], masks, counts.tolist(), threshold=10, zero_drop_is_small=False
        )
        check_partition(dict(zip("ab?", groups, strict=True)), missing="?", threshold=10)
    except Refused:
        assume(False)
    # A row per kind of person: the last kind three times, once for each group.
    members = np.vstack([_members(masks), *[_members(masks)[-1:]] * 2])
    in_group = np.zeros((len(members), 3), dtype=np.int64)
    in_group[-3:] = np.eye(3)
    everything = np.hstack([members, in_group])
    assert small_groups(everything, np.array([*persons[:-1], *groups]), 10) == []
