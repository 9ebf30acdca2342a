"""Every pair of states with every party; what the tables mean in words; and the page printed from them."""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from coordinator.decisions.explain import whose_turn
from coordinator.states import (
    ACCOUNT_REQUEST_MOVES,
    APPLICATION_MOVES,
    EXPORT_MOVES,
    FIRST_STATES,
    JOB_MOVES,
    MEETING_MOVES,
    PERMIT_MOVES,
    RECOVERY_MOVES,
    STATEMENT_MOVES,
    AccountRequestState,
    ApplicationState,
    ExportState,
    JobState,
    MeetingState,
    Party,
    PermitState,
    RecoveryState,
    StatementState,
    check_move,
    is_final,
    may_move,
)
from coordinator.states_page import states_page
from onggi.errors import Refused

TABLES: list[tuple[type[StrEnum], Any]] = [
    (JobState, JOB_MOVES),
    (PermitState, PERMIT_MOVES),
    (StatementState, STATEMENT_MOVES),
    (ExportState, EXPORT_MOVES),
    (ApplicationState, APPLICATION_MOVES),
    (MeetingState, MEETING_MOVES),
    (AccountRequestState, ACCOUNT_REQUEST_MOVES),
    (RecoveryState, RECOVERY_MOVES),
]
PAGE = Path(__file__).parents[2] / "docs" / "states.md"


@pytest.mark.parametrize(("states", "moves"), TABLES)
def test_every_pair_with_every_party(states: type[StrEnum], moves: Any) -> None:
    tried = 0
    for now, to, by in product(states, states, Party):
        expected = (now, to) in moves and by in moves[now, to].by
        assert may_move(moves, now, to, by=by) is expected, (now, to, by)
        tried += 1
    assert tried == len(states) ** 2 * len(Party)


@pytest.mark.parametrize(("states", "moves"), TABLES)
def test_every_state_is_reached_and_every_way_ends(states: type[StrEnum], moves: Any) -> None:
    (first,) = [state for state in FIRST_STATES if type(state) is states]
    reached, edge = {first}, [first]
    while edge:
        now = edge.pop()
        following = {to for before, to in moves if before == now} - reached
        reached |= following
        edge += following
    assert reached == set(states)
    ends = {state for state in states if is_final(moves, state)}
    assert ends
    able = set(ends)
    while more := {now for now, to in moves if to in able} - able:
        able |= more
    assert able == set(states)


@pytest.mark.parametrize(
    ("now", "to", "by"),
    [
        # Written by hand, so that the table is checked too and not only the code that reads it.
        (JobState.WAITING_FOR_APPROVAL, JobState.READY, Party.RESEARCHER),
        (JobState.WAITING_FOR_APPROVAL, JobState.READY, Party.COORDINATOR),
        (JobState.HELD, JobState.RELEASED, Party.RESEARCHER),
        (JobState.HELD, JobState.RELEASED, Party.COORDINATOR),
        (JobState.HELD, JobState.RELEASED, Party.COMMITTEE),
        (JobState.HELD, JobState.CANCELLED, Party.COMMITTEE),
        (JobState.HELD, JobState.CANCELLED, Party.CHECKER),
        (JobState.SUBMITTED, JobState.RUNNING, Party.COORDINATOR),
        (JobState.WAITING_FOR_APPROVAL, JobState.RUNNING, Party.COORDINATOR),
        *[(JobState.RELEASED, to, by) for to in JobState for by in Party],
        *[(JobState.REFUSED, to, by) for to in JobState for by in Party],
    ],
)
def test_what_must_never_happen(now: JobState, to: JobState, by: Party) -> None:
    assert not may_move(JOB_MOVES, now, to, by=by)


@pytest.mark.parametrize(
    ("now", "to", "by"),
    [
        (AccountRequestState.REQUESTED, AccountRequestState.OPENED, Party.OPERATOR),
        (AccountRequestState.VOUCHED, AccountRequestState.OPENED, Party.ORGANISATION),
        (AccountRequestState.REQUESTED, AccountRequestState.VOUCHED, Party.COORDINATOR),
        (AccountRequestState.REQUESTED, AccountRequestState.VOUCHED, Party.RESEARCHER),
        (AccountRequestState.VOUCHED, AccountRequestState.REFUSED, Party.ORGANISATION),
        *[(AccountRequestState.OPENED, to, by) for to in AccountRequestState for by in Party],
        *[(AccountRequestState.REFUSED, to, by) for to in AccountRequestState for by in Party],
    ],
)
def test_no_account_opens_without_a_voucher_and_an_operator(
    now: AccountRequestState, to: AccountRequestState, by: Party
) -> None:
    assert not may_move(ACCOUNT_REQUEST_MOVES, now, to, by=by)


def test_the_refusal_says_whether_it_is_impossible_or_not_yours() -> None:
    with pytest.raises(Refused) as impossible:
        check_move(JOB_MOVES, JobState.RELEASED, JobState.READY, by=Party.COORDINATOR)
    with pytest.raises(Refused) as not_yours:
        check_move(JOB_MOVES, JobState.HELD, JobState.RELEASED, by=Party.RESEARCHER)
    assert (impossible.value.code, not_yours.value.code) == ("state.not_possible", "state.not_your_move")


def test_a_withdrawn_permit_stays_withdrawn() -> None:
    assert is_final(PERMIT_MOVES, PermitState.WITHDRAWN)


def test_every_job_state_says_whose_turn_it_is_in_both_languages() -> None:
    for state in JobState:
        turn = whose_turn(state)
        assert turn.ko.endswith("니다.")
        assert turn.en.endswith(".")


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == states_page(), (
        "run: python -m coordinator states > docs/states.md"
    )
