"""The budget register on SQLite and on PostgreSQL: one contract, and nobody spends the last epsilon twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from node.registers.audit import check_chain
from node.registers.budget import Spender, charge, give_back, reserve
from node.registers.budget_chain import (
    check_budget,
    check_not_behind,
    current_head,
    is_behind,
    keep_budget_head,
    sign_budget_head,
)
from node.registers.budget_counts import forecast, foresee, spent, who_spent
from node.registers.budget_populations import (
    WHOLE_HOSPITAL,
    assign_dataset,
    ceiling_number,
    find_ceiling,
    join_populations,
    list_decisions,
    list_populations,
    next_ceiling,
    population_of,
    set_ceiling,
)
from node.registers.budget_runs import runs_that_spent
from node.state.engine import open_state, sessions
from node.state.tables import AuditEvent, BudgetEntry
from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.spec.ids import SiteId
from privacy.budgets.conversion import rho_within
from privacy.budgets.losses import PICO, ConcentratedLoss, PureLoss
from tests.support.federation_root import NOW, key
from tests.support.node_desk import SITE
from tests.support.postgres import find_binaries, new_database

Maker = sessionmaker[Session]
ME = SiteId(SITE)
FEMTO = 10**9
ONE = PureLoss(pico_epsilon=PICO)
"""An epsilon of 1: five of them are the whole ceiling."""


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'state.sqlite'}"
    else:
        if find_binaries() is None:
            pytest.skip("no PostgreSQL server on this machine")
        url = new_database().replace("postgresql://", "postgresql+psycopg://")
    opened = open_state(url)
    yield opened
    opened.dispose()


@pytest.fixture
def maker(engine: Engine) -> Maker:
    made = sessions(engine)
    with made.begin() as session:
        _set(session, 5)
    return made


def _set(session: Session, epsilon: int, population: str = WHOLE_HOSPITAL) -> None:
    micro = epsilon * 10**6
    set_ceiling(
        session, population, micro_epsilon=micro, femto_delta=FEMTO, by="it-lead", reason="as agreed", now=NOW
    )


def _spender(run: str, *, project: str = "heart-1", permit: str = "permit-1") -> Spender:
    return Spender(run=run, project=project, permit=permit, spec_digest=f"sha256:{'1' * 64}")


def _reserve(session: Session, run: str, *ordinals: int, dataset: str = "cdm", **of: str) -> int:
    return reserve(
        session, _spender(run, **of), dataset=dataset, losses=dict.fromkeys(ordinals, ONE), now=NOW
    )


def _charge(session: Session, run: str, ordinal: int) -> bool:
    return charge(session, run=run, ordinal=ordinal, loss=ONE, now=NOW)


def _refused(act: Callable[[], object], kind: type[OnggiError] = Refused) -> str:
    with pytest.raises(kind) as refused:
        act()
    return refused.value.code


def _counts(session: Session, population: str = WHOLE_HOSPITAL) -> tuple[int, int]:
    found = spent(session, population)
    return found.charged, found.reserved


# --- reserved, charged, given back -------------------------------------------------------------------


def test_each_answer_is_reserved_charged_and_given_back_once(maker: Maker) -> None:
    with maker.begin() as session:
        assert _reserve(session, "run-1", 0, 1, 2) == 3
        assert _counts(session) == (0, 3)
        assert _charge(session, "run-1", 0)
        assert _counts(session) == (1, 2)
    with maker.begin() as session:
        assert _reserve(session, "run-1", 0, 1, 2) == 0
        assert not _charge(session, "run-1", 0)
        assert _reserve(session, "run-1", 3) == 1, "a run may ask for more while there is room"
        assert give_back(session, run="run-1", now=NOW, ordinals=[0, 3, 9]) == 1
        assert give_back(session, run="run-1", now=NOW) == 2
        assert give_back(session, run="run-1", now=NOW) == 0
        assert _counts(session) == (1, 0)
        assert _refused(lambda: _charge(session, "run-1", 1)) == "budget.not_reserved"
        assert _refused(lambda: _reserve(session, "run-1", 1)) == "budget.given_back"
        assert not _charge(session, "run-1", 0), "what left stays paid for"
        assert check_budget(session)[0] == 1 + 4 + 1 + 3


def test_only_what_was_reserved_is_charged_and_at_its_loss(maker: Maker) -> None:
    other = PureLoss(pico_epsilon=PICO // 2)
    with maker.begin() as session:
        _reserve(session, "run-1", 0)
        for act in (
            lambda: _charge(session, "run-1", 1),
            lambda: _charge(session, "run-2", 0),
        ):
            assert _refused(act) == "budget.not_reserved"
        assert (
            _refused(lambda: charge(session, run="run-1", ordinal=0, loss=other, now=NOW))
            == "budget.other_cost"
        )
        assert (
            _refused(lambda: reserve(session, _spender("run-1"), dataset="cdm", losses={0: other}, now=NOW))
            == "budget.other_cost"
        )
        assert _counts(session) == (0, 1)


def test_a_run_is_reserved_whole_or_not_at_all(maker: Maker) -> None:
    with maker.begin() as session:
        assert _refused(lambda: _reserve(session, "run-1", *range(6))) == "budget.exhausted"
        assert _counts(session) == (0, 0)
        assert _reserve(session, "run-1", *range(5)) == 5
        assert _refused(lambda: _reserve(session, "run-2", 0)) == "budget.exhausted"
        give_back(session, run="run-1", now=NOW, ordinals=[4])
        assert _reserve(session, "run-2", 0) == 1


def test_without_a_ceiling_nothing_is_spent(engine: Engine) -> None:
    with sessions(engine).begin() as session:
        assert _refused(lambda: _reserve(session, "run-1", 0)) == "budget.no_ceiling"
        assert spent(session, WHOLE_HOSPITAL).ceiling is None
        assert (spent(session, WHOLE_HOSPITAL).share, spent(session, WHOLE_HOSPITAL).micro_epsilon) == (
            0,
            None,
        )


def test_two_that_ask_at_once_cannot_both_have_the_last_of_it(maker: Maker) -> None:
    with maker.begin() as session:
        _reserve(session, "run-0", 0, 1, 2, 3)
    start, ended = threading.Barrier(4), []

    def ask(run: str) -> None:
        start.wait()
        try:
            with maker.begin() as session:
                ended.append(_reserve(session, run, 0))
        except Refused as no:
            ended.append(no.code)

    askers = [threading.Thread(target=ask, args=(f"run-{number}",)) for number in range(1, 5)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert sorted(map(str, ended)) == ["1", *["budget.exhausted"] * 3]
    with maker() as session:
        assert _counts(session) == (0, 5)
        check_budget(session)
        check_chain(session)


def test_the_database_itself_knows_no_second_charge(maker: Maker) -> None:
    with maker.begin() as session:
        _reserve(session, "run-1", 0)
        _charge(session, "run-1", 0)
    copy = "INSERT INTO budget SELECT entry + 1, at, what, population, about, ordinal, dataset, project, "
    copy += "permit, spec_digest, content, \"by\", reason, prev_hash, hash FROM budget WHERE what = 'charged'"
    with pytest.raises(IntegrityError), maker.begin() as session:
        session.execute(text(copy))


# --- ceilings ----------------------------------------------------------------------------------------


def test_a_lowered_ceiling_holds_for_what_is_reserved_already(maker: Maker) -> None:
    with maker.begin() as session:
        _reserve(session, "run-1", 0, 1, 2)
        _charge(session, "run-1", 0)
        _set(session, 2)
        assert _charge(session, "run-1", 1)
        assert _refused(lambda: _charge(session, "run-1", 2)) == "budget.exhausted"
        assert spent(session, WHOLE_HOSPITAL).share > 10**6
        _set(session, 3)
        assert _charge(session, "run-1", 2)
        assert spent(session, WHOLE_HOSPITAL).share == 10**6


@pytest.mark.parametrize(("epsilon", "leave", "leaving"), [(5, "all", 2), (2, "some", 1), (1, "none", 0)])
def test_what_is_told_beforehand_of_another_ceiling_comes_true(
    maker: Maker, epsilon: int, leave: str, leaving: int
) -> None:
    with maker.begin() as session:
        reserve(session, _spender("run-1"), dataset="cdm", losses={0: ONE, 1: ONE, 2: ONE}, now=NOW)
        charge(session, run="run-1", ordinal=0, loss=ONE, now=NOW)
        ceiling = next_ceiling(session, WHOLE_HOSPITAL, micro_epsilon=epsilon * 10**6, femto_delta=FEMTO)
        told = foresee(session, WHOLE_HOSPITAL, ceiling)
    with maker.begin() as session:
        _set(session, epsilon)
        now = spent(session, WHOLE_HOSPITAL)
    assert now.ceiling == ceiling
    assert told.reserved_leave == now.reserved_leave == leave
    assert (told.share, told.share_charged) == (now.share, now.share_charged)
    assert told.takes_more == now.takes_more == (epsilon == 5)
    left = 0
    for ordinal in (1, 2):
        try:
            with maker.begin() as session:
                charge(session, run="run-1", ordinal=ordinal, loss=ONE, now=NOW)
            left += 1
        except Refused as refused:
            assert refused.code == "budget.exhausted"  # noqa: PT017 - how many leave is what counts
    assert left == leaving


def test_the_second_who_changes_a_ceiling_is_told(maker: Maker) -> None:
    def change(epsilon: int, by: str, seen: int) -> bool:
        with maker.begin() as session:
            return set_ceiling(
                session,
                WHOLE_HOSPITAL,
                micro_epsilon=epsilon * 10**6,
                femto_delta=FEMTO,
                by=by,
                reason=f"{by} thinks so",
                now=NOW,
                seen=seen,
            )

    with maker() as session:
        seen = ceiling_number(session, WHOLE_HOSPITAL)
    assert change(4, "it-1", seen)
    assert not change(4, "it-1", seen), "sent twice, it is one change"
    with pytest.raises(Refused, match=r"budget\.ceiling_changed"):
        change(6, "it-2", seen)
    with maker() as session:
        decided = list_decisions(session, WHOLE_HOSPITAL)
        assert change(6, "it-2", ceiling_number(session, WHOLE_HOSPITAL))
    assert [(each.by, each.reason) for each in decided] == [
        ("it-lead", "as agreed"),
        ("it-1", "it-1 thinks so"),
    ]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "two\nlines", "right\u202eto-left"])
def test_a_ceiling_changes_for_a_reason_of_one_line(maker: Maker, reason: str) -> None:
    with pytest.raises(Refused, match=r"budget\.reason_wrong"), maker.begin() as session:
        set_ceiling(
            session,
            WHOLE_HOSPITAL,
            micro_epsilon=10**6,
            femto_delta=FEMTO,
            by="it-1",
            reason=reason,
            now=NOW,
        )
    with maker() as session:
        assert check_budget(session)[0] == 1


def test_a_ceiling_keeps_its_order_once_something_was_reserved_under_it(maker: Maker) -> None:
    with maker.begin() as session:
        first = find_ceiling(session, WHOLE_HOSPITAL)
        _set(session, 1)
        free = find_ceiling(session, WHOLE_HOSPITAL)
        _reserve(session, "run-1", 0)
        _set(session, 9)
        kept = find_ceiling(session, WHOLE_HOSPITAL)
        entries = check_budget(session)[0]
        _set(session, 9)
        assert check_budget(session)[0] == entries, "the same again is no act"
    assert first is not None
    assert free is not None
    assert kept is not None
    assert first.order != free.order == kept.order
    assert kept.micro_epsilon == 9_000_000


def test_gaussian_answers_fill_a_ceiling_by_their_rho(maker: Maker) -> None:
    rho = rho_within(5 * PICO, FEMTO)
    tenth = ConcentratedLoss(pico_rho=rho // 10)
    with maker.begin() as session:
        losses = dict.fromkeys(range(10), tenth)
        assert reserve(session, _spender("run-1"), dataset="cdm", losses=losses, now=NOW) == 10
        found = spent(session, WHOLE_HOSPITAL)
        assert 999_990 < found.share <= 10**6
        assert found.micro_epsilon == 0
        for ordinal in range(10):
            charge(session, run="run-1", ordinal=ordinal, loss=tenth, now=NOW)
        assert 4_999_000 < (spent(session, WHOLE_HOSPITAL).micro_epsilon or 0) <= 5_000_000
        more = forecast(session, dataset="cdm", losses=[tenth])
        assert (more.fits, more.share_after > 10**6) == (False, True)


# --- persons -----------------------------------------------------------------------------------------


def test_one_population_pays_for_every_data_set_permit_and_project(maker: Maker) -> None:
    with maker.begin() as session:
        _reserve(session, "run-1", 0, 1, dataset="cdm")
        _reserve(session, "run-2", 0, 1, dataset="ecg", permit="permit-2", project="other")
        assert _refused(lambda: _reserve(session, "run-3", 0, 1, dataset="notes")) == "budget.exhausted"


def test_data_sets_of_other_persons_have_a_ceiling_of_their_own(maker: Maker) -> None:
    with maker.begin() as session:
        assert assign_dataset(
            session, "donors", population="donors", by="it-lead", reason="for a test", now=NOW
        )
        assert not assign_dataset(
            session, "donors", population="donors", by="it-lead", reason="for a test", now=NOW
        )
        assert _refused(lambda: _reserve(session, "run-1", 0, dataset="donors")) == "budget.no_ceiling"
        _set(session, 1, "donors")
        _reserve(session, "run-1", 0, dataset="donors")
        _reserve(session, "run-2", *range(5))
        assert (_counts(session, "donors"), _counts(session)) == ((0, 1), (0, 5))
        assert list_populations(session) == (WHOLE_HOSPITAL, "donors")


def test_what_was_spent_on_persons_is_never_left_behind(maker: Maker) -> None:
    with maker.begin() as session:
        _reserve(session, "run-1", 0)
        give_back(session, run="run-1", now=NOW)
        moved = partial(
            assign_dataset, session, "cdm", population="new", by="it-lead", reason="a test", now=NOW
        )
        assert _refused(moved) == "budget.dataset_used"
        assert population_of(session, "cdm") == WHOLE_HOSPITAL


def test_joined_populations_count_together_for_good(maker: Maker) -> None:
    with maker.begin() as session:
        for name in ("donors", "staff"):
            assign_dataset(session, name, population=name, by="it-lead", reason="for a test", now=NOW)
            _set(session, 5, name)
            _reserve(session, f"run-{name}", 0, 1, dataset=name)
        assert join_populations(session, "donors", into="staff", by="it-lead", reason="for a test", now=NOW)
        assert not join_populations(
            session, "staff", into="donors", by="it-lead", reason="for a test", now=NOW
        )
        assert _counts(session, "donors") == _counts(session, "staff") == (0, 4)
        assert _charge(session, "run-donors", 0)
        assert join_populations(
            session, "staff", into=WHOLE_HOSPITAL, by="it-lead", reason="for a test", now=NOW
        )
        assert _counts(session) == (1, 3)
        assert spent(session, "donors").joined == ("donors", "staff")
        assert list_populations(session) == (WHOLE_HOSPITAL,)
        assert population_of(session, "donors") == WHOLE_HOSPITAL
        assert _refused(lambda: _reserve(session, "run-9", 0, 1, dataset="donors")) == "budget.exhausted"


# --- who ---------------------------------------------------------------------------------------------


def test_it_tells_who_spent_how_much(maker: Maker) -> None:
    with maker.begin() as session:
        _reserve(session, "run-1", 0, 1)
        _charge(session, "run-1", 0)
        _reserve(session, "run-2", 0, project="other", permit="permit-2")
        later = NOW + timedelta(days=1)
        reserve(session, _spender("run-3"), dataset="cdm", losses={0: ONE}, now=later)
        give_back(session, run="run-3", now=later)
        found = [
            (one.project, one.permit, one.runs, one.charged, one.reserved, one.share)
            for one in who_spent(session, WHOLE_HOSPITAL)
        ]
        assert found == [
            ("heart-1", "permit-1", 2, 1, 1, 400_000),
            ("other", "permit-2", 1, 0, 1, 200_000),
        ]
        assert who_spent(session, WHOLE_HOSPITAL)[0].last == "2026-11-23T05:00:00Z"
        assert who_spent(session, "nobody") == ()


def test_it_tells_what_each_run_spent_the_latest_first(maker: Maker) -> None:
    with maker.begin() as session:
        for number in range(1, 4):
            _reserve(session, f"run-{number}", 0)
        _charge(session, "run-1", 0)
        give_back(session, run="run-2", now=NOW)
        found = runs_that_spent(session, WHOLE_HOSPITAL, most=2)
        further = runs_that_spent(session, WHOLE_HOSPITAL, before=found[-1].entry, most=2)
    told = [(each.run, each.charged, each.reserved, each.returned, each.share) for each in (*found, *further)]
    assert told == [
        ("run-3", 0, 1, 0, 200_000),
        ("run-2", 0, 0, 1, 0),
        ("run-1", 1, 0, 0, 200_000),
    ]


# --- books -------------------------------------------------------------------------------------------


def test_a_row_and_its_event_are_one_change(maker: Maker) -> None:
    with maker() as session:
        _reserve(session, "run-1", 0)
        session.rollback()
        assert _counts(session) == (0, 0)
        _reserve(session, "run-1", 0)
        _charge(session, "run-1", 0)
        session.commit()
        events = session.scalars(select(AuditEvent.event).order_by(AuditEvent.number)).all()
    assert events == ["hospital:budget:set_ceiling", "node:budget:reserve", "node:budget:charge"]


@pytest.mark.parametrize(
    "change",
    [
        *(
            f"UPDATE budget SET {column} = {value} WHERE entry = 2"
            for column, value in {
                "at": "'2020-01-01T00:00:00Z'",
                "what": "'returned'",
                "population": "'x'",
                "about": "'run-9'",
                "ordinal": "9",
                "dataset": "'x'",
                "project": "'x'",
                "permit": "'x'",
                "spec_digest": "'x'",
                "content": "'x'",
                '"by"': "'x'",
                "reason": "'x'",
                "prev_hash": "hash",
            }.items()
        ),
        "DELETE FROM budget WHERE entry = 2",
        "DELETE FROM budget WHERE entry = 1",
    ],
)
def test_an_altered_or_removed_row_breaks_the_chain(maker: Maker, change: str) -> None:
    with maker.begin() as session:
        _reserve(session, "run-1", 0, 1)
        assert check_budget(session)[0] == 3
        session.execute(text(change))
        assert _refused(lambda: check_budget(session), NotTrusted) == "budget.chain_broken"


def test_an_unreadable_row_is_never_guessed_at(maker: Maker) -> None:
    with maker.begin() as session:
        _reserve(session, "run-1", 0)
        session.execute(text("UPDATE budget SET content = '{}'"))
        assert _refused(lambda: find_ceiling(session, WHOLE_HOSPITAL)) == "budget.ceiling_unreadable"
        session.execute(text("UPDATE budget SET what = 'x' WHERE what = 'ceiling'"))
        assert _refused(lambda: spent(session, WHOLE_HOSPITAL)) == "budget.loss_unreadable"


# --- a backup that is too old ------------------------------------------------------------------------


def test_a_restored_register_that_lacks_charges_counts_as_wholly_spent(maker: Maker) -> None:
    mine = key(SITE)
    with maker.begin() as session:
        early = sign_budget_head(session, site=ME, key=mine)
        _reserve(session, "run-1", 0, 1)
        _charge(session, "run-1", 0)
        kept = sign_budget_head(session, site=ME, key=mine)
        assert (kept.entries, kept.head) == current_head(session) == check_budget(session)
        backup = [dict(row) for row in session.execute(select(BudgetEntry.__table__)).mappings()]
        keep_budget_head(session, kept, site=ME, key=mine.public_key)
        keep_budget_head(session, early, site=ME, key=mine.public_key)
        check_not_behind(session)
        session.execute(delete(BudgetEntry).where(BudgetEntry.entry == 4))
        found = spent(session, WHOLE_HOSPITAL)
        assert (found.behind, found.share) == (True, 10**6)
        assert not forecast(session, dataset="cdm", losses=[ONE]).fits
        for act in (
            lambda: _reserve(session, "run-2", 0),
            lambda: _charge(session, "run-1", 0),
            lambda: give_back(session, run="run-1", now=NOW),
            lambda: _set(session, 9),
        ):
            with pytest.raises(Refused) as behind:
                act()
            assert (behind.value.code, behind.value.facts) == ("budget.behind", {"kept": 4, "here": 3})
        session.execute(BudgetEntry.__table__.insert(), backup[3:])
        assert not is_behind(session), "restored forward"
        assert _charge(session, "run-1", 1)
    with maker() as session:
        assert check_budget(session)[0] == 5


def test_going_on_from_an_old_backup_is_noticed_by_another_past(maker: Maker) -> None:
    mine = key(SITE)
    with maker.begin() as session:
        _reserve(session, "run-1", 0)
        kept = sign_budget_head(session, site=ME, key=mine)
        session.execute(delete(BudgetEntry).where(BudgetEntry.entry == 2))
        _reserve(session, "run-2", 0)
        keep_budget_head(session, kept, site=ME, key=mine.public_key)
        assert _refused(lambda: _charge(session, "run-2", 0)) == "budget.behind"


def test_a_head_that_this_hospital_did_not_sign_stands_in_nobodys_way(maker: Maker) -> None:
    mine = key(SITE)
    with maker.begin() as session:
        kept = sign_budget_head(session, site=ME, key=mine)
        forged = [
            kept.model_copy(update={"entries": 9}),
            kept.model_copy(update={"head": "f" * 64}),
            kept.model_copy(update={"site": SiteId("zurich")}),
            kept.model_copy(update={"signature": "AAAA"}),
            kept.model_copy(update={"signature": "not base64"}),
            sign_budget_head(session, site=ME, key=key("zurich")),
        ]
        for head in forged:
            taken = lambda head=head: keep_budget_head(session, head, site=ME, key=mine.public_key)  # noqa: E731
            assert _refused(taken, NotTrusted) == "budget.head_forged"
        assert _reserve(session, "run-1", 0) == 1
