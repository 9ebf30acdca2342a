"""Every move of a run, by everybody: nine hand-written sentences allow it, and all the rest is refused."""

from __future__ import annotations

from itertools import product

import pytest

from node.decisions.run_states import FINAL, MOVES, Party, RunState, check_move, may_move
from node.registers.audit import NodeEvent
from onggi.errors import Refused

# Written from the design and not from the table: whose move, from where to where, and the event it leaves.
SENTENCES = """
hospital                                moves asked    to accepted  hospital:order:consent
hospital,node                           moves asked    to declined  hospital:order:refuse
coordinator,hospital,committee,node     moves asked    to cancelled node:run:end
node                                    moves accepted to running   node:run:start
node                                    moves accepted to failed    node:run:end
coordinator,hospital,committee,node     moves accepted to cancelled node:run:end
coordinator                             moves running  to finished  node:run:end
node,coordinator                        moves running  to failed    node:run:end
coordinator,hospital,committee,node     moves running  to cancelled node:run:end
"""


def _allowed() -> dict[tuple[str, str, str], str]:
    allowed = {}
    for line in SENTENCES.strip().splitlines():
        parties, _, now, _, to, event = line.split()
        allowed.update({(now, to, party): event for party in parties.split(",")})
    return allowed


ALLOWED = _allowed()


@pytest.mark.parametrize(("now", "to", "by"), list(product(RunState, RunState, Party)))
def test_each_move_is_allowed_or_refused_as_written(now: RunState, to: RunState, by: Party) -> None:
    event = ALLOWED.get((str(now), str(to), str(by)))
    assert may_move(now, to, by) is (event is not None)
    if event is not None:
        assert check_move(now, to, by).event == event
        return
    with pytest.raises(Refused) as refused:
        check_move(now, to, by)
    assert refused.value.code == "run.no_such_move"
    assert refused.value.facts == {"now": str(now), "to": str(to)}


def test_no_sentence_is_missing_and_none_too_many() -> None:
    assert {(str(now), str(to), str(by)) for (now, to), move in MOVES.items() for by in move.by} == set(
        ALLOWED
    )


def test_nothing_leaves_a_final_state() -> None:
    assert {now for now, _ in MOVES} & FINAL == set()
    assert set(RunState) - {now for now, _ in MOVES} == FINAL


def test_every_move_writes_an_event_of_the_vocabulary() -> None:
    assert {move.event for move in MOVES.values()} <= {event.value for event in NodeEvent}


def test_only_the_hospital_can_consent() -> None:
    consenting = {by for by in Party if may_move(RunState.ASKED, RunState.ACCEPTED, by)}
    assert consenting == {Party.HOSPITAL}


def test_the_hospital_can_stop_whatever_is_not_over() -> None:
    for now in set(RunState) - FINAL:
        assert may_move(now, RunState.CANCELLED, Party.HOSPITAL)
