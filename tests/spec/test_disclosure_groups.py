"""Groups of a known total are withheld together where one of them is small."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest

from onggi.errors import Refused
from privacy.disclosure.partition_suppression import check_partition, decide_withheld_groups

title = "Groups are withheld together where one of them is small"


def shown(groups: str, *, threshold: int = 10, total_shown: bool = True) -> str:
    counts = [int(part) for part in groups.split()]
    reasons = decide_withheld_groups(counts, threshold=threshold, total_shown=total_shown)
    return " ".join("··" if reason else str(count) for count, reason in zip(counts, reasons, strict=True))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("40 60 80 0", "40 60 80 0"),  # nobody's value is missing: that is said of the whole cohort
        ("40 60 80 12", "40 60 80 12"),
        ("40 3 80 30", "·· ·· ·· ··"),  # with only two withheld, the total would narrow them down
        ("40 0 80 30", "·· ·· ·· ··"),  # nobody aged so: a zero is small too
        ("40 60 80 4", "·· ·· ·· ··"),
    ],
)
def test_what_is_shown(before: str, after: str) -> None:
    assert shown(before) == after


def test_nothing_is_shown_of_a_total_that_is_not() -> None:
    assert shown("40 60 80 0", total_shown=False) == "·· ·· ·· ··"


@pytest.mark.parametrize("threshold", [3, 4, 5])
def test_a_reader_who_knows_rules_and_total_cannot_work_out_a_withheld_group(threshold: int) -> None:
    """Every table of two groups and "missing" of up to 20 persons: which lead to the same published one?"""
    tables = defaultdict(list)
    for counts in product(range(21), repeat=3):
        if not threshold <= sum(counts) <= 20:
            continue  # a smaller total is not shown, nor are its groups
        reasons = decide_withheld_groups(counts, threshold=threshold, total_shown=True)
        published = (
            sum(counts),
            *(None if why else count for count, why in zip(counts, reasons, strict=True)),
        )
        tables[published].append(counts)
    withheld = 0
    for published, possible in tables.items():
        for at, cell in enumerate(published[1:]):
            if cell is None:
                withheld += 1
                assert len({counts[at] for counts in possible}) >= threshold, published
    assert withheld > 30


@pytest.mark.parametrize(
    "groups", [{"a": 9, "b": 50, "?": 0}, {"a": 0, "b": 50, "?": 0}, {"a": 50, "b": 50, "?": 1}]
)
def test_small_groups_are_refused_before_anything_is_sent(groups: dict[str, float]) -> None:
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        check_partition(groups, missing="?", threshold=10)


def test_large_groups_pass_and_nobody_may_be_missing() -> None:
    check_partition({"a": 10, "b": 50, "?": 0}, missing="?", threshold=10)
