"""Hospitals that decide together tell no tracker its secret, and where they are broken they are found out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from node.decisions import masked_sets
from node.decisions.told_sets import Sites, Standing
from privacy.differencing.guard import AskedSet, is_released
from tests.trackers import attacker, masked_desk
from tests.trackers.corpus import TRACKERS
from tests.trackers.desk import THRESHOLD, OpensDesk
from tests.trackers.masked_desk import MaskedDesk, TablesDesk
from tests.trackers.quota_desk import with_quota
from tests.trackers.test_guard import told


@pytest.mark.parametrize("turn", [0, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("desk", [MaskedDesk, TablesDesk])
def test_no_tracker_learns_its_secret_from_sums(desk: OpensDesk, turn: int) -> None:
    assert list(told(with_quota(desk), turn=turn)) == []


def _everything_is_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masked_sets, "least_apart", lambda *_, **__: THRESHOLD)


def _worked_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A definition whose number was only worked out counts as one that was told."""

    def was_told(standing: Standing, asked: AskedSet, sites: Sites) -> bool:
        told = sites in standing.by_definition.get(asked.definition, {})
        return told and is_released(standing.answered.sets, asked.members)

    monkeypatch.setattr(masked_sets, "_was_told", was_told)


def _whatever_comes_near_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hospital leaves persons out for every answer that comes near at its own persons."""
    monkeypatch.setattr(masked_desk, "to_stand_apart_from", lambda *_, **__: None)


def _each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers of one table are held against earlier answers, never against them and each other."""

    def look(
        standing: Standing, asked: Sequence[AskedSet], near: Sequence[masked_sets.Near], **_: object
    ) -> tuple[list[int], list[bool]]:
        return [each.apart for each in near], [False] * len(asked)

    monkeypatch.setattr(masked_sets, "_look_together", look)


@pytest.mark.parametrize(
    ("broken", "by", "desk"),
    [
        (_everything_is_apart, "one person at each", MaskedDesk),
        (_worked_out_is_told, "each thirty times", MaskedDesk),
        (_whatever_comes_near_here, "another answer comes near at her hospital alone", MaskedDesk),
        (_each_by_itself, "rows of one table against columns of another", TablesDesk),
    ],
)
def test_a_broken_guard_is_found_out(
    broken: Any, by: str, desk: OpensDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attacker, "DRAWS", 8)
    tracker = [each for each in TRACKERS if each.name == by]
    assert list(told(desk, tracker)) == []
    broken(monkeypatch)
    assert list(told(desk, tracker)) == [by]
