"""Small steps of an attrition funnel are withheld, and so is the step that would reveal them."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations_with_replacement

import pytest

from privacy.disclosure.funnel_suppression import decide_withheld

title = "Small steps are withheld, and so is the step that would reveal them"


def shown(funnel: str, *, threshold: int = 10) -> str:
    counts = [int(part) for part in funnel.split()]
    reasons = decide_withheld(counts, threshold=threshold, zero_drop_is_small=False)
    return " ".join("··" if reason else str(count) for count, reason in zip(counts, reasons, strict=True))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("920 628 370 217", "920 628 370 217"),
        ("920 628 370 9  ", "920 628 370 ··"),
        ("920 628 370 0  ", "920 628 370 ··"),  # a zero is small too
        ("920 915 370 217", "920 ·· 370 217"),  # 920 - 915 would show a group of five
        ("920 915 912 300", "920 ·· ·· 300"),  # each step is held against the last one shown
        ("920 915 910 300", "920 ·· 910 300"),
        ("920 920 370 370", "920 920 370 370"),  # nobody dropped out: nothing to withhold
        ("920 50 50 50   ", "920 50 50 50"),
        ("920 49 49 20   ", "920 49 ·· 20"),  # "everybody of these 49 has it" tells of few
        ("11 10 10 3     ", "11 ·· ·· ··"),
        ("5 5 2          ", "·· ·· ··"),
    ],
)
def test_what_is_shown(before: str, after: str) -> None:
    assert shown(before) == after


def test_each_withheld_step_says_why() -> None:
    assert decide_withheld([920, 915, 300, 4], threshold=10, zero_drop_is_small=False) == (
        None,
        "difference_too_small",
        None,
        "too_few_persons",
    )
    # Under twice the threshold the reasons would give the number away, so they read the same.
    assert decide_withheld([11, 10], threshold=10, zero_drop_is_small=False) == (None, "too_few_persons")
    assert decide_withheld([11, 4], threshold=10, zero_drop_is_small=False) == (None, "too_few_persons")


@pytest.mark.parametrize("threshold", [2, 3, 4, 5])
def test_a_reader_who_knows_the_rules_cannot_work_out_a_withheld_step(threshold: int) -> None:
    """Every funnel of four steps up to 16 persons: which of them lead to the same published table?"""
    tables = defaultdict(list)
    for rising in combinations_with_replacement(range(17), 4):
        funnel = rising[::-1]
        reasons = decide_withheld(funnel, threshold=threshold, zero_drop_is_small=False)
        published = tuple(reason or count for count, reason in zip(funnel, reasons, strict=True))
        tables[published].append(funnel)
    withheld = 0
    for published, possible in tables.items():
        for step, cell in enumerate(published):
            if isinstance(cell, str):
                withheld += 1
                assert len({funnel[step] for funnel in possible}) >= 2, published
    assert withheld > 100


def test_a_funnel_that_widens_is_a_fault() -> None:
    with pytest.raises(ValueError, match="never widens"):
        decide_withheld([10, 20], threshold=10, zero_drop_is_small=False)
