"""Prints the tables of `coordinator.states` as docs/states.md, so that page and rule cannot differ."""

from __future__ import annotations

from coordinator.states import (
    ACCOUNT_REQUEST_MOVES,
    APPLICATION_MOVES,
    EXPORT_MOVES,
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
    Moves,
    PermitState,
    RecoveryState,
    S,
    StatementState,
    is_final,
)

_OPENING = """\
# States

Printed from the tables in `coordinator/states.py` by `python -m coordinator states > docs/states.md`.
A step that is not listed does not exist.
"""


def states_page() -> str:
    """The whole page."""
    parts = [
        _OPENING,
        _section("Job", "분석 작업", JobState, JOB_MOVES),
        _section("Permit", "데이터 이용승인", PermitState, PERMIT_MOVES),
        _section("Statement that collects signatures", "서명 대기 문서", StatementState, STATEMENT_MOVES),
        _section("Application to the committee", "심의 신청", ApplicationState, APPLICATION_MOVES),
        _section("Meeting of the committee", "심의 회의", MeetingState, MEETING_MOVES),
        _section("Export votes", "반출심의", ExportState, EXPORT_MOVES),
        _section("Request for an account", "계정 신청", AccountRequestState, ACCOUNT_REQUEST_MOVES),
        _section("Recovery of an account", "계정 복구", RecoveryState, RECOVERY_MOVES),
    ]
    return "\n".join(parts)


def _section(english: str, korean: str, states: type[S], moves: Moves[S]) -> str:
    lines = [
        f"## {english} ({korean})",
        "",
        "| from | to | whose move | act in the audit trail |",
        "|---|---|---|---|",
    ]
    for (now, to), move in moves.items():
        by = ", ".join(sorted(party.value for party in move.by))
        lines.append(f"| {now.value} | {to.value} | {by} | `{move.event.value}` |")
    last = ", ".join(state.value for state in _members(states) if is_final(moves, state))
    return "\n".join([*lines, "", f"Begins as {_members(states)[0].value}; ends as {last}.", ""])


def _members(states: type[S]) -> list[S]:
    members: list[S] = list(states)
    return members
