"""The registers behind the guard against differences, on SQLite and on PostgreSQL: one contract.

Positions of persons are for ever, released sets are read back as they were written, and what was altered is
refused: a set that is forgotten, or read wrongly, lets the next answer tell of few.
"""

from __future__ import annotations

import json
import math
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from node.decisions.refusal_quota import DAYS
from node.decisions.site_policy import SitePolicy
from node.decisions.told_sets import NewSet, Sites, Standing
from node.registers.known_persons import PersonPositions, check_known
from node.registers.refusals import check_refusals, record_refusal
from node.registers.released_persons import ReleasedRegister
from node.registers.released_rows import check_released
from node.registers.releases import Leaving, record_release
from node.registers.sealed_rows import RowSeal
from node.registers.told_before import ToldBefore
from node.state.engine import open_state, sessions
from node.state.memory import get_fact, set_fact
from node.state.tables import KnownPersons, ReleasedPersons, Run, ToldRefusal, table_of
from node.store.keys import DataKey
from node.store.secret_bytes import SecretBytes
from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import canonical_json
from onggi.spec.base import as_instant
from onggi.spec.cohorts import cohort, everyone
from privacy.differencing.guard import Given
from privacy.differencing.meanings import Among, Between, Meaning
from privacy.differencing.released_sets import pack
from tests.support.federation_root import NOW
from tests.support.job_specs import make_spec
from tests.support.postgres import find_binaries, new_database

Maker = sessionmaker[Session]
Change = Callable[[Session], None]
KEY, OTHER_KEY = (DataKey(SecretBytes(bytes([each] * 32))) for each in (1, 2))
THREE: Sites = ("budapest", "cleveland", "longbeach")
_PERSONS, _SETS = table_of(KnownPersons), table_of(ReleasedPersons)


@pytest.fixture(params=["sqlite", "postgresql"])
def maker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maker]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'state.sqlite'}"
    else:
        if find_binaries() is None:
            pytest.skip("no PostgreSQL server on this machine")
        url = new_database().replace("postgresql://", "postgresql+psycopg://")
    opened: Engine = open_state(url)
    yield sessions(opened)
    opened.dispose()


def _seal(key: DataKey = KEY) -> RowSeal:
    return RowSeal(key, os.urandom)


def _process(key: DataKey = KEY) -> ToldBefore:
    """The registers as a process has them that starts now."""
    return ToldBefore(key, os.urandom)


# --- positions of persons ----------------------------------------------------------------------------


def _learn(maker: Maker, known: PersonPositions, *persons: int) -> list[int]:
    with maker.begin() as session:
        return list(map(int, known.learn(session, np.array(persons, dtype=np.int64))))


def test_a_position_is_for_ever(maker: Maker) -> None:
    known = PersonPositions(_seal())
    first = _learn(maker, known, 40, -7, 12)
    assert sorted(first) == [0, 1, 2]
    assert _learn(maker, known, 12, 40, -7) == [first[2], first[0], first[1]], "in whatever order"
    # Another version of the data: some persons are gone, others are new, large and negative ids among them.
    large, old, negative = _learn(maker, known, 2**62, 12, -(2**62))
    assert (old, sorted((large, negative))) == (first[2], [3, 4])
    everybody = (40, -7, 12, 2**62, -(2**62))
    found = _learn(maker, known, *everybody)
    assert sorted(found) == list(range(5))
    assert _learn(maker, PersonPositions(_seal()), *everybody) == found, "a process that starts anew"
    assert len(PersonPositions(_seal())) == 0


def test_a_person_who_comes_twice_in_one_call_is_one_person(maker: Maker) -> None:
    known = PersonPositions(_seal())
    one, other, again = _learn(maker, known, 5, 3, 5)
    assert (again, sorted((one, other))) == (one, [0, 1])
    assert _learn(maker, known, 3, 9, 3, 9, 9) == [other, 2, other, 2, 2]
    assert _learn(maker, known) == []


def test_a_call_that_is_undone_gives_no_position(maker: Maker) -> None:
    known = PersonPositions(_seal())
    _learn(maker, known, 1, 2)
    with maker() as session:
        for persons in ([3, 4], [4, 5]):  # the second call sees what the first wrote
            known.learn(session, np.array(persons))
        session.rollback()
    assert _learn(maker, known, 5, 1) == [2, 0]
    assert _learn(maker, PersonPositions(_seal()), 1, 2, 5, 3) == [0, 1, 2, 3]


def test_two_calls_in_one_transaction_agree(maker: Maker) -> None:
    known = PersonPositions(_seal())
    with maker.begin() as session:
        first = known.learn(session, np.array([7, 8])).tolist()
        second = known.learn(session, np.array([9, 8, 7])).tolist()
    assert (second[:0:-1], second[0]) == (first, 2)
    assert _learn(maker, PersonPositions(_seal()), 7, 8, 9) == [*first, 2]


@pytest.mark.parametrize("shared", [True, False], ids=["one process", "two processes"])
def test_those_who_learn_at_once_give_nobody_another_s_position(maker: Maker, shared: bool) -> None:
    """A node's threads, or the node and a command beside it: 40 persons each, half of them in common."""
    mine = PersonPositions(_seal())
    learners = [mine if shared else PersonPositions(_seal()) for _ in range(4)]
    start, found = threading.Barrier(4), dict[int, list[list[int]]]()

    def learn(number: int) -> None:
        start.wait()
        found[number] = [
            _learn(maker, learners[number], *range(20 * number + part, 20 * number + 40, 4))
            for part in range(4)
        ]

    threads = [threading.Thread(target=learn, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everybody = _learn(maker, PersonPositions(_seal()), *range(100))
    assert sorted(everybody) == list(range(100))
    for number, parts in found.items():
        for part, positions in enumerate(parts):
            assert positions == everybody[20 * number + part : 20 * number + 40 : 4]


# --- released sets -----------------------------------------------------------------------------------


def _set(place: int, persons: Sequence[int], *, name: str | None = None) -> NewSet:
    members = np.zeros(max(persons, default=-1) + 1, dtype=np.bool_)
    members[list(persons)] = True
    return NewSet(place, _definition(name or f"set {place}"), len(persons), 0, pack(members))


def _definition(name: str) -> str:
    return name.encode().hex().ljust(64, "0")


def _tell(
    maker: Maker,
    register: ReleasedRegister,
    run: str,
    *told: NewSet,
    ordinal: int = 0,
    sites: Sites = (),
    claimed: bool = False,
) -> None:
    with maker.begin() as session:
        register.write(session, told, answer=(run, ordinal), sites=sites, claimed=claimed, now=NOW)


def _standing(maker: Maker, register: ReleasedRegister, without: str = "nobody") -> Standing:
    """What a run is held against with an answer."""
    with maker.begin() as session:
        return register.standing(session, without=without)


def _sets(standing: Standing) -> dict[str, tuple[bytes, Sites]]:
    """By name: the persons, and over which hospitals."""
    sets = standing.answered.sets
    bits = [np.packbits(each).tobytes() for each in sets.members(range(len(sets)), persons=64)]
    return dict(zip(standing.names, zip(bits, standing.sites, strict=True), strict=True))


def _names(maker: Maker, register: ReleasedRegister, without: str = "nobody") -> list[str]:
    return sorted(_standing(maker, register, without).names)


def test_a_released_set_is_read_back_as_it_was_written(maker: Maker) -> None:
    draw, register = np.random.default_rng(5), ReleasedRegister(_seal())
    sizes = (0, 1, 7, 8, 9, 1_000, 70_001)
    written = []
    for place, size in enumerate(sizes):
        members = draw.random(size) < 0.5
        members[-1:] = True
        written.append(NewSet(place, _definition(f"of {size}"), int(members.sum()), 0, pack(members)))
    number = NewSet(len(sizes), _definition("no set"), 412, 9)
    _tell(maker, register, "run-1", *written, number, sites=THREE)
    for read in (register, ReleasedRegister(_seal())):
        standing = _standing(maker, read)
        assert standing.names == [f"run-1 0 {place}" for place in range(len(sizes))]
        assert standing.sites == [THREE] * len(sizes)
        sets = standing.answered.sets
        assert sets.sizes.tolist() == [each.number for each in written]
        for at, each in enumerate(written):
            assert each.bits is not None
            assert next(sets.nearly_equal(each.bits, threshold=1)) == (at, 0)
        told = standing.by_definition[number.definition]
        assert told == {THREE: Given(412, 9)}, "a number in place of one: nobody counts as told"
        assert not standing.is_told(number.definition, THREE)


def test_a_process_that_goes_on_and_one_that_starts_see_the_same(maker: Maker) -> None:
    going_on = ReleasedRegister(_seal())
    for at, (run, claimed) in enumerate([("a", False), ("b", True), ("c", False), ("d", True), ("e", False)]):
        _tell(maker, going_on, run, _set(0, [at]), sites=THREE, claimed=claimed)
        assert _sets(_standing(maker, going_on)) == _sets(_standing(maker, ReleasedRegister(_seal())))
    with maker.begin() as session:
        going_on.release_claims(session, ("b", 0), sites=THREE[:2], now=NOW)
        going_on.drop_claims(session, ("d", 0), now=NOW)
    for without in ("nobody", "a", "b", "c", "d", "nobody"):
        fresh = _sets(_standing(maker, ReleasedRegister(_seal()), without))
        assert _sets(_standing(maker, going_on, without)) == fresh
        assert sorted(fresh) == [f"{run} 0 0" for run in "abce" if run != without]


def test_a_run_is_held_against_all_but_its_own_sets(maker: Maker) -> None:
    register = ReleasedRegister(_seal())
    _tell(maker, register, "run-1", _set(0, [1, 2]), _set(1, [3]))
    _tell(maker, register, "run-2", _set(0, [1, 2]), sites=THREE)
    _tell(maker, register, "run-22", _set(0, [4], name="set 4"))
    everything = ["run-1 0 0", "run-1 0 1", "run-2 0 0", "run-22 0 0"]
    for _ in range(2):  # before and after the register kept them
        assert _names(maker, register) == everything
        assert _names(maker, register, "run-1") == ["run-2 0 0", "run-22 0 0"]
        assert _names(maker, register, "run-2") == ["run-1 0 0", "run-1 0 1", "run-22 0 0"]
        assert _names(maker, register, "run-22") == ["run-1 0 0", "run-1 0 1", "run-2 0 0"]
    own = _standing(maker, register, "run-1")
    told = own.by_definition
    assert told.keys() == {_definition("set 0"), _definition("set 4")}
    assert told[_definition("set 0")].keys() == {THREE}, "another run's set of the same definition"


def test_a_run_s_later_answers_are_held_against_its_earlier_ones(maker: Maker) -> None:
    register = ReleasedRegister(_seal())
    for ordinal in range(3):
        _tell(maker, register, "run-1", _set(0, [ordinal]), ordinal=ordinal)
    told = [f"run-1 {ordinal} 0" for ordinal in range(3)]
    for _ in range(2):
        assert _standing(maker, register, "run-1").names == []
        assert _standing(maker, register, "run-2").names == told


def test_what_a_run_adds_to_its_standing_stays_its_own(maker: Maker) -> None:
    register = ReleasedRegister(_seal())
    _tell(maker, register, "run-1", _set(0, [1, 2]))
    for without in ("run-2", "run-1", "run-2"):
        standing = _standing(maker, register, without)
        standing.add(("run-3", 0), _set(5, [9]), THREE)
        assert "run-3 0 5" in standing.names
    assert _names(maker, register) == ["run-1 0 0"]


def test_a_claim_counts_until_it_is_dropped_and_for_good_once_released(maker: Maker) -> None:
    register, other = ReleasedRegister(_seal()), ReleasedRegister(_seal())
    _tell(maker, register, "run-1", _set(0, [1]), _set(1, [2]), sites=THREE, claimed=True)
    for each in (register, other):
        assert _names(maker, each) == ["run-1 0 0", "run-1 0 1"]
    with maker.begin() as session:
        register.drop_claims(session, ("run-2", 0), now=NOW)
        register.release_claims(session, ("run-2", 0), sites=(), now=NOW)
    assert _names(maker, register) == ["run-1 0 0", "run-1 0 1"], "another run's end is not this one's"
    with maker.begin() as session:
        register.drop_claims(session, ("run-1", 0), now=NOW)
    for each in (register, other):
        assert _names(maker, each) == []
    _tell(maker, register, "run-1", _set(0, [1]), sites=THREE, claimed=True)
    with maker.begin() as session:
        register.release_claims(session, ("run-1", 0), sites=THREE[:2], now=NOW)
    with maker.begin() as session:
        register.drop_claims(session, ("run-1", 0), now=NOW)
    for each in (register, other):
        ((bits, sites),) = _sets(_standing(maker, each)).values()
        assert (np.flatnonzero(np.unpackbits(np.frombuffer(bits, np.uint8))).tolist(), sites) == (
            [1],
            THREE[:2],
        )


def test_a_claim_is_who_is_in_it_and_no_earlier_answer(maker: Maker) -> None:
    """Nobody judged it yet: neither its number nor that it was told may be relied on."""
    register, other = ReleasedRegister(_seal()), ReleasedRegister(_seal())
    _tell(maker, register, "run-1", _set(0, [1]), _set(1, [2, 3]), sites=THREE, claimed=True)
    _tell(maker, register, "run-2", _set(1, [2, 3]), sites=THREE)
    for each in (register, other):
        standing = _standing(maker, each)
        assert standing.names == ["run-2 0 1", "run-1 0 0", "run-1 0 1"]
        assert standing.sites == [THREE, (), ()]
        assert {each: told.keys() for each, told in standing.by_definition.items()} == {
            _definition("set 1"): {THREE}
        }
        with maker.begin() as session:
            asked = each.standing(session, without="run-3", asked=(_definition("set 1"),))
        assert asked.names == ["run-2 0 1", "run-1 0 0"], "whoever asks for the very set asks anew"


def test_a_number_that_was_added_up_was_not_told_here(maker: Maker) -> None:
    register = ReleasedRegister(_seal())
    _tell(maker, register, "run-1", _set(0, [1, 2]), _set(1, [3]), sites=THREE)
    assert not _standing(maker, register).told_here().numbers
    _tell(maker, register, "run-2", NewSet(0, _definition("set 0"), 12, 9))
    _tell(maker, register, "run-3", _set(0, [1, 2]), sites=THREE)
    for each in (register, ReleasedRegister(_seal())):
        here = _standing(maker, each).told_here()
        assert {told: given.number for told, given in here.numbers.items()} == {_definition("set 0"): 12}
        assert len(here.sets) == 3, "who is in them counts all the same"


def test_a_sum_that_was_not_judged_here_may_have_few_at_another_hospital(maker: Maker) -> None:
    register = ReleasedRegister(_seal())
    for at, run in enumerate(("run-1", "run-2", "run-3")):
        sets = _set(at, [at]), _set(at + 3, [at])
        _tell(maker, register, run, *sets, sites=THREE, claimed=run != "run-3")
    with maker.begin() as session:
        register.release_claims(session, ("run-1", 0), sites=THREE, now=NOW)
        small = {_definition("set 4")}
        register.release_claims(session, ("run-2", 0), sites=THREE, small_beside=small, now=NOW)
    for each in (register, ReleasedRegister(_seal())):
        summed = {_definition(name) for name in ("set 1", "set 2", "set 5")}
        assert _standing(maker, each).told_here().summed == summed


def test_what_a_set_means_counts_where_its_number_was_told(maker: Maker) -> None:
    register = ReleasedRegister(_seal())
    meaning: Meaning = (Among("male", ("yes",), ("no", "yes")), Between("age", 50, math.inf))
    for at, within in enumerate((0, 9)):
        told = replace(_set(at, [at]), meaning=meaning, within=within)
        _tell(maker, register, f"run-{at}", told, sites=THREE[: 2 + at])
    for each in (register, ReleasedRegister(_seal())):
        standing = _standing(maker, each)
        assert standing.meanings_told(THREE[:2]) == [meaning]
        assert standing.meanings_told(THREE) == [], "a number that was worked out"
        assert standing.told_here().meanings == []


def test_what_an_earlier_attempt_claimed_is_never_dropped(maker: Maker) -> None:
    """Its sum may have been opened elsewhere, and was not judged here: it counts, as a claim."""
    register = ReleasedRegister(_seal())
    for _ in range(2):
        _tell(maker, register, "run-1", _set(0, [1]), sites=THREE, claimed=True)
        with maker.begin() as session:
            register.drop_claims(session, ("run-1", 1), now=NOW)
    _tell(maker, register, "run-1", _set(0, [9]), ordinal=1, sites=THREE, claimed=True)
    with maker.begin() as session:
        register.drop_claims(session, ("run-1", 0), now=NOW)
    for each in (register, ReleasedRegister(_seal())):
        assert _names(maker, each) == ["run-1 0 0", "run-1 1 0"]
    _tell(maker, register, "run-1", NewSet(0, _definition("set 0"), 40), sites=THREE, claimed=True)
    with maker.begin() as session:
        register.release_claims(session, ("run-1", 0), sites=THREE, now=NOW)
    for each in (register, ReleasedRegister(_seal())):
        standing = _standing(maker, each)
        assert (sorted(standing.names), standing.sites) == (["run-1 0 0", "run-1 1 0"], [(), ()])
        assert standing.by_definition[_definition("set 0")][THREE].number == 40


def test_claims_that_came_to_no_end_are_found_by_the_next_process(maker: Maker) -> None:
    register = ReleasedRegister(_seal())
    for run in ("run-1", "run-2", "run-3", "run-4"):
        _tell(maker, register, run, _set(0, [1]), _set(1, [2]), sites=THREE, claimed=run != "run-4")
    with maker.begin() as session:
        register.release_claims(session, ("run-2", 0), sites=THREE, now=NOW)
        register.drop_claims(session, ("run-3", 0), now=NOW)
        assert register.claiming(session) == ("run-1",)


def test_a_release_that_is_undone_was_told_to_nobody(maker: Maker) -> None:
    register = ReleasedRegister(_seal())
    with maker() as session:
        register.write(session, [_set(0, [1])], answer=("run-1", 0), sites=(), claimed=False, now=NOW)
        session.rollback()
    _tell(maker, register, "run-2", _set(0, [2]))
    assert _names(maker, register) == ["run-2 0 0"]


# --- damage ------------------------------------------------------------------------------------------


def _altered(table: type[KnownPersons] | type[ReleasedPersons], alter: Callable[[bytes], bytes]) -> Change:
    """The second row's sealed bytes."""

    def change(session: Session) -> None:
        rows = table_of(table)
        key = next(iter(rows.primary_key))
        where = session.scalars(select(key).order_by(key)).all()[1]
        content = session.scalar(select(rows.c.content).where(key == where))
        assert content is not None
        session.execute(update(rows).where(key == where).values(content=alter(content)))

    return change


def _swap(table: type[KnownPersons] | type[ReleasedPersons]) -> Change:
    def change(session: Session) -> None:
        rows = table_of(table)
        key = next(iter(rows.primary_key))
        found = session.execute(select(key, rows.c.content).order_by(key)).all()[:2]
        for (at, _), (_, content) in zip(found, reversed(found), strict=True):
            session.execute(update(rows).where(key == at).values(content=content))

    return change


_ALTERATIONS: dict[str, Callable[[bytes], bytes]] = {
    "first byte": lambda old: bytes([old[0] ^ 1]) + old[1:],
    "a byte within": lambda old: old[:20] + bytes([old[20] ^ 128]) + old[21:],
    "last byte": lambda old: old[:-1] + bytes([old[-1] ^ 1]),
    "cut short": lambda old: old[:-1],
    "nonce alone": lambda old: old[:12],
    "three bytes": lambda old: old[:3],
    "nothing": lambda _: b"",
    "longer": lambda old: old + b"\0",
}
_DAMAGE: dict[str, Change] = {
    **{
        f"{name}: {how}": _altered(table, alter)
        for name, table in (("persons", KnownPersons), ("sets", ReleasedPersons))
        for how, alter in _ALTERATIONS.items()
    },
    "persons: swapped": _swap(KnownPersons),
    "sets: swapped": _swap(ReleasedPersons),
    "sets: of another run": lambda session: _do(session, "UPDATE released_persons SET run = 'run-9'"),
    "sets: of another meaning": lambda session: _do(session, "UPDATE released_persons SET definition = 'x'"),
    "sets: read otherwise": lambda session: _do(session, "UPDATE released_persons SET meaning = '[]'"),
    "sets: of another state": lambda session: _do(
        session, "UPDATE released_persons SET what = 'dropped' WHERE number = 2"
    ),
    "sets: over other hospitals": lambda session: _do(
        session, "UPDATE released_persons SET sites = '[\"x\"]'"
    ),
    "sets: the first is missing": lambda session: _do(session, "DELETE FROM released_persons WHERE number=1"),
    "sets: one is missing": lambda session: _do(session, "DELETE FROM released_persons WHERE number=2"),
    "sets: the last is missing": lambda session: _do(session, "DELETE FROM released_persons WHERE number=3"),
    "sets: all are missing": lambda session: _do(session, "DELETE FROM released_persons"),
    "sets: no head": lambda session: _do(session, "DELETE FROM facts WHERE name='released_persons_head'"),
    "sets: the head is no head": lambda session: set_fact(session, "released_persons_head", '{"rows": 3}'),
    "sets: two change places": lambda session: [
        _do(session, f"UPDATE released_persons SET number={to} WHERE number={at}")
        for at, to in ((1, 9), (2, 1), (9, 2))
    ],
    "sets: chained anew without the last": lambda session: _chain_anew(session),
    "persons: the last are missing": lambda session: _do(session, "DELETE FROM known_persons WHERE first=4"),
    "persons: all are missing": lambda session: _do(session, "DELETE FROM known_persons"),
    "persons: no head": lambda session: _do(session, "DELETE FROM facts WHERE name='known_persons_head'"),
    "persons: the first are missing": lambda session: _do(session, "DELETE FROM known_persons WHERE first=0"),
    "persons: some are missing": lambda session: _do(session, "DELETE FROM known_persons WHERE first=2"),
}


_ONLY_WITH_THE_KEY = {"sets: chained anew without the last"}
"""What none but the node can notice; so are altered rows of persons, which are sealed and not chained."""


def _do(session: Session, statement: str) -> None:
    session.execute(text(statement))


def _chain_anew(session: Session) -> None:
    """Cut short by somebody who knows how rows are chained, and has no data key."""
    _do(session, "DELETE FROM released_persons WHERE number = 3")
    rows, last = 2, session.scalar(text("SELECT hash FROM released_persons WHERE number = 2"))
    kept = get_fact(session, "released_persons_head")
    assert kept is not None
    set_fact(session, "released_persons_head", json.dumps([rows, last, json.loads(kept)[2]]))


def _register_persons_and_sets(maker: Maker) -> ToldBefore:
    told = _process()
    for persons in ((10, 11), (12, 13), (14, 15)):
        _learn(maker, told.positions, *persons)
    for run in ("run-1", "run-2", "run-3"):
        _tell(maker, told.released, run, _set(0, [1, 2, 3]))
    return told


def _read(session: Session, told: ToldBefore) -> None:
    told.positions.learn(session, np.array([10, 15], dtype=np.int64))
    told.released.standing(session, without="nobody")


def test_what_was_altered_is_refused(maker: Maker) -> None:
    _register_persons_and_sets(maker)
    for name, damage in _DAMAGE.items():
        told = _process()
        with maker() as session:
            damage(session)
            for _ in range(2):  # nothing of it is kept and believed the next time
                with pytest.raises(NotTrusted) as refused:
                    _read(session, told)
                assert refused.value.code == "differencing.register_damaged", name
            session.rollback()
    with maker() as session:
        _read(session, told)


_COUNTS = {"persons: the last are missing", "persons: all are missing", "persons: no head"}
_OF_SETS = {name: damage for name, damage in _DAMAGE.items() if name.startswith("sets: ")}


def test_whoever_has_no_data_key_finds_it_too(maker: Maker) -> None:
    _register_persons_and_sets(maker)
    for name in (_OF_SETS.keys() - _ONLY_WITH_THE_KEY) | _COUNTS:
        with maker() as session:
            assert (check_known(session), check_released(session)) == (6, 3)
            _DAMAGE[name](session)
            check = check_released if name in _OF_SETS else check_known
            with pytest.raises(NotTrusted, match="register_damaged"):
                check(session)
            session.rollback()


def test_a_running_node_notices_what_goes_missing_and_writes_nothing_on_top(maker: Maker) -> None:
    told = _register_persons_and_sets(maker)
    sets, written = told.released, [_set(7, [1])]
    _tell(maker, sets, "run-0", _set(0, [9]), sites=THREE, claimed=True)
    # Rows that it has read and that were altered since stand in its memory as they were.
    missing = [name for name in _OF_SETS if re.search("missing|head|anew", name)]
    assert len(missing) == 7
    for name in missing:
        with maker() as session:
            _read(session, told)
            _DAMAGE[name](session)
            with pytest.raises(NotTrusted, match="register_damaged"):
                sets.standing(session, without="nobody")
            with pytest.raises(NotTrusted, match="register_damaged"):
                sets.write(session, written, answer=("run-4", 0), sites=(), claimed=False, now=NOW)
            with pytest.raises(NotTrusted, match="register_damaged"):
                sets.release_claims(session, ("run-0", 0), sites=(), now=NOW)
            session.rollback()
    _tell(maker, sets, "run-4", _set(0, [4]))
    assert _names(maker, _process().released) == [f"run-{at} 0 0" for at in range(5)]


def test_a_node_that_lacks_rows_starts_and_answers_nothing(maker: Maker) -> None:
    _register_persons_and_sets(maker)
    with maker.begin() as session:
        _do(session, "DELETE FROM released_persons")
    starting = _process()
    with maker.begin() as session:
        starting.take_up(session)
    with pytest.raises(NotTrusted, match="register_damaged"):
        _standing(maker, starting.released)


def test_rows_and_head_that_are_gone_together_are_missed_where_something_left(maker: Maker) -> None:
    """A node that never told of any set has a head from its first start on."""
    with maker.begin() as session:
        _process().take_up(session)
        leaving = Leaving(
            run="run-1",
            ordinal=0,
            spec_digest="sha256:" + "0" * 64,
            project="project-1",
            what="aggregate",
            result="count_table",
            size=1,
            object_digest="sha256:" + "0" * 64,
            decision="sent",
        )
        record_release(session, leaving, now=NOW)
    told = _process()
    with maker.begin() as session:
        told.take_up(session)
        _read(session, told)
    for name in ("released_persons_head", "known_persons_head"):
        with maker() as session:
            _do(session, f"DELETE FROM facts WHERE name = '{name}'")
            emptied = _process()
            emptied.take_up(session)
            with pytest.raises(NotTrusted, match="register_damaged"):
                _read(session, emptied)
            session.rollback()


def test_rows_and_head_are_one_change(maker: Maker) -> None:
    """Cut off before it is on the disk, a change leaves the register as it was: whole."""
    told = _register_persons_and_sets(maker)
    with maker() as session:
        told.positions.learn(session, np.array([90, 91], dtype=np.int64))
        told.released.write(session, [_set(0, [5])], answer=("run-4", 0), sites=THREE, claimed=True, now=NOW)
        told.released.drop_claims(session, ("run-4", 0), now=NOW)
        _read(session, told)
        session.rollback()
    for each in (told, _process()):
        with maker() as session:
            _read(session, each)
    _tell(maker, told.released, "run-5", _set(0, [5]))
    with maker() as session:
        assert (check_known(session), check_released(session)) == (6, 4)


def test_another_data_key_opens_nothing(maker: Maker) -> None:
    _register_persons_and_sets(maker)
    other = _process(OTHER_KEY)
    with pytest.raises(NotTrusted, match="register_damaged"):
        _learn(maker, other.positions, 10)
    with pytest.raises(NotTrusted, match="register_damaged"):
        _standing(maker, other.released)
    assert _learn(maker, _process().positions, 10, 15) == [0, 5], "and spoils nothing"


def test_who_is_in_the_registers_cannot_be_read_without_the_key(maker: Maker) -> None:
    """Nor how many: sets of a kind have sealed rows of a length, and equal sets have unequal rows."""
    told = _process()
    person = 7_308_332_247_651_906_675  # "seoullme" as bytes
    _learn(maker, told.positions, person)
    for run in ("run-1", "run-2"):
        _tell(maker, told.released, run, _set(0, [1, 2, 3]))
    with maker() as session:
        persons = session.scalars(select(_PERSONS.c.content)).one()
        one, other = session.scalars(select(_SETS.c.content)).all()
    assert person.to_bytes(8, "little") not in persons
    assert one != other


def test_the_secret_order_is_of_the_key_alone() -> None:
    """Who is left out first stays so through restarts and however many persons there are."""
    first = _process().order(100)
    assert len(set(first.tolist())) == 100
    assert (_process().order(1_000)[:100] == first).all()
    assert (_process(OTHER_KEY).order(100) != first).any()


# --- refusals ----------------------------------------------------------------------------------------

_THREE_REFUSALS = SitePolicy(refusal_quota=3)


def _take_run(
    session: Session, run: str, *, project: str = "project-1", question: str = "a", generation: int = 1
) -> None:
    spec = make_spec(cohort(everyone())).model_copy(update={"project": project, "title": question})
    session.add(
        Run(
            run=run,
            order_id=f"order-of-{run}",
            spec_digest=f"sha256:{question.encode().hex().rjust(64, '0')}",
            spec=canonical_json(spec).decode(),
            permit="{}",
            state="running",
            state_since=as_instant(NOW),
            generation=generation,
            received_at=as_instant(NOW),
        )
    )
    session.flush()


def _refuse(
    maker: Maker, run: str, *, at: datetime = NOW, code: str = "disclosure.small_cell", **of: Any
) -> None:
    with maker.begin() as session:
        _take_run(session, run, **of)
        record_refusal(session, run, code=code, now=at)


def _is_spent(maker: Maker, *, project: str = "project-1", at: datetime = NOW) -> bool:
    with maker() as session:
        try:
            check_refusals(session, _THREE_REFUSALS, project=project, now=at)
        except Refused as refused:
            return refused.code == "quota.refusals"
    return False


def test_each_question_that_was_refused_counts_once(maker: Maker) -> None:
    _refuse(maker, "run-1", question="a")
    _refuse(maker, "run-2", question="a")
    _refuse(maker, "run-3", question="a", code="differencing.too_near")
    _refuse(maker, "run-4", question="b")
    assert not _is_spent(maker), "two questions, however often"
    _refuse(maker, "run-5", question="b", generation=2)
    assert _is_spent(maker), "the same words on other data are another question"


def test_each_project_has_its_own_quota(maker: Maker) -> None:
    for at, project in enumerate(("project-1", "project-2") * 2):
        _refuse(maker, f"run-{at}", question=f"q{at}", project=project)
    assert not _is_spent(maker)
    assert not _is_spent(maker, project="project-2")
    _refuse(maker, "run-9", question="q9")
    assert _is_spent(maker)
    assert not _is_spent(maker, project="project-2")
    assert not _is_spent(maker, project="project")


def test_a_refusal_counts_for_thirty_days(maker: Maker) -> None:
    for day in range(3):
        _refuse(maker, f"run-{day}", question=f"q{day}", at=NOW + timedelta(days=day))
    last = NOW + timedelta(days=DAYS)
    assert _is_spent(maker, at=last)
    assert not _is_spent(maker, at=last + timedelta(seconds=1))
    _refuse(maker, "run-9", question="q0", at=last + timedelta(seconds=1))
    assert _is_spent(maker, at=last + timedelta(seconds=1)), "the old question, refused again today"


def test_only_the_first_refusal_of_a_run_is_noted(maker: Maker) -> None:
    _refuse(maker, "run-1")
    with maker.begin() as session:
        record_refusal(session, "run-1", code="differencing.too_near", now=NOW + timedelta(days=9))
    with maker() as session:
        (row,) = session.scalars(select(ToldRefusal))
    assert (row.code, row.at, row.project) == ("disclosure.small_cell", as_instant(NOW), "project-1")


@pytest.mark.parametrize("code", ["differencing.busy", "differencing.register_damaged", "node.fault"])
def test_a_refusal_that_tells_nothing_is_not_noted(maker: Maker, code: str) -> None:
    _refuse(maker, "run-1", code=code)
    with maker() as session:
        assert not session.scalars(select(ToldRefusal)).all()
