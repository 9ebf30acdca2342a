"""Which decided exports the committee looks at again: by chance, one in ten, and one of every month."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from coordinator.decisions.export_samples import ONE_IN, Decided, choose_samples

START = datetime(2026, 10, 31, 14, 59, tzinfo=UTC)
"""The last minute of October in Seoul."""
LATER = START + timedelta(days=400)


def decided(number: int, *, at: datetime = START, trail: str = "trail") -> Decided:
    entry = hashlib.sha256(f"vote {number}".encode()).hexdigest()
    return Decided(job=f"job-{number:08d}", at=at, entries=(entry,), trail=trail)


def test_about_one_in_ten_is_chosen() -> None:
    chosen = choose_samples([decided(number) for number in range(5000)], now=LATER)
    assert 400 < len(chosen) < 600


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 700), unique=True, max_size=40))
def test_every_month_that_is_over_has_one(hours: list[int]) -> None:
    exports = [decided(number, at=START + timedelta(hours=12 * each)) for number, each in enumerate(hours)]
    chosen = choose_samples(exports, now=LATER)

    def month(at: datetime) -> str:
        return (at + timedelta(hours=9)).strftime("%Y-%m")

    assert {month(each.at) for each in exports if each.job in chosen} == {month(each.at) for each in exports}


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(0, 1500))
def test_what_is_chosen_once_stays_chosen(number: int, hours: int) -> None:
    """Neither time nor later decisions take a sample back."""
    exports = [decided(each, at=START + timedelta(hours=20 * each)) for each in range(number)]
    now = START + timedelta(hours=hours)
    known = [each for each in exports if each.at <= now]
    assert choose_samples(known, now=now) <= choose_samples(exports, now=LATER)


def test_a_month_chooses_its_one_when_it_is_over_in_seoul() -> None:
    quiet = next(decided(n) for n in range(100) if not choose_samples([decided(n)], now=START))
    assert choose_samples([quiet], now=START + timedelta(seconds=59)) == frozenset()
    assert choose_samples([quiet], now=START + timedelta(seconds=60)) == {quiet.job}


def test_the_same_records_choose_the_same_in_any_order() -> None:
    exports = [decided(number) for number in range(200)]
    assert choose_samples(exports, now=START) == choose_samples(reversed(exports), now=START)


def test_neither_votes_nor_trail_alone_decide() -> None:
    """A voter who tries entries until one suits does not know the trail; the trail's writer not the votes."""
    moved = {choose_samples([decided(1, trail=f"trail {each}")], now=START) for each in range(ONE_IN * 20)}
    assert moved == {frozenset(), frozenset({"job-00000001"})}
    chosen = [bool(choose_samples([decided(each)], now=START)) for each in range(ONE_IN * 20)]
    assert set(chosen) == {True, False}


def test_nothing_decided_nothing_chosen() -> None:
    assert choose_samples([], now=START) == frozenset()
