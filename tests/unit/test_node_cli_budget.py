"""`onggi-node budget`: what is spent and by whom, a ceiling with its author, and what a job would cost."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from node.registers.audit import check_chain
from node.registers.budget import Spender, charge, reserve
from node.registers.budget_chain import keep_budget_head, sign_budget_head
from node.state.tables import AuditEvent, BudgetEntry
from onggi.protocol.keys import FileKey
from onggi.spec.ids import SiteId
from privacy.budgets.losses import PICO, PureLoss
from tests.support.node_desk import NOW, SITE, NodeDesk, ready_node

ONE = PureLoss(pico_epsilon=PICO)
WHY = ("--reason", "as agreed")


@pytest.fixture
def desk(tmp_path: Path) -> NodeDesk:
    return ready_node(tmp_path)


def _spend(desk: NodeDesk) -> None:
    spender = Spender(run="run-1", project="heart-1", permit="permit-1", spec_digest=f"sha256:{'1' * 64}")
    with desk.state() as session:
        reserve(session, spender, dataset="cdm", losses={0: ONE, 1: ONE}, now=NOW)
        charge(session, run="run-1", ordinal=0, loss=ONE, now=NOW)


def _set(desk: NodeDesk, *more: str, epsilon: str = "4", delta: str = "1e-6") -> int:
    return desk.type(
        "budget", "set", "--epsilon", epsilon, "--delta", delta, "--reason", "as agreed", *more
    ).code


def _as_set(epsilon: str, *, delta: str = "1e-6", reason: str = "as agreed") -> tuple[str, ...]:
    return ("set", "--epsilon", epsilon, "--delta", delta, "--reason", reason)


def test_a_new_node_says_that_nothing_may_be_spent(desk: NodeDesk) -> None:
    shown = desk.type("budget", "show", "--json").json
    assert [(one["population"], one["ceiling"], one["share"]) for one in shown["populations"]] == [
        ("hospital", None, 0)
    ]
    assert "nothing may be spent" in desk.type("budget", "show").out
    refused = desk.type("budget", "cost", "--epsilon", "1", "--delta", "1e-6", "--json")
    assert refused.json["error"]["code"] == "budget.no_ceiling"


def test_a_ceiling_is_set_with_its_author_and_shown_with_what_is_spent(desk: NodeDesk) -> None:
    assert _set(desk) == 0
    _spend(desk)
    (found,) = desk.type("budget", "show", "--json").json["populations"]
    assert (found["charged"], found["reserved"], found["share"]) == (1, 1, 500_000)
    assert (found["share_charged"], found["micro_epsilon"]) == (250_000, 1_000_000)
    assert found["by"] == [
        {
            "project": "heart-1",
            "permit": "permit-1",
            "runs": 1,
            "charged": 1,
            "reserved": 1,
            "share": 500_000,
            "last": "2026-11-22T05:00:00Z",
        }
    ]
    for line in ("ε 4, δ 1e-6", "50.0 %", "25.0 %", "ε 1", "heart-1"):
        assert line in desk.type("budget", "show").out
    assert "대상 집단" in desk.type("--lang", "ko", "budget", "show").out
    with desk.state() as session:
        check_chain(session)
        (first,) = session.scalars(select(BudgetEntry).where(BudgetEntry.what == "ceiling"))
        assert first.by
        assert first.reason == "as agreed"
        assert "hospital:budget:set_ceiling" in session.scalars(select(AuditEvent.event)).all()


def test_it_tells_beforehand_what_a_job_would_cost(desk: NodeDesk) -> None:
    _set(desk)
    small = desk.type("budget", "cost", "--epsilon", "1", "--delta", "1e-6", "--json").json
    assert (small["fits"], small["share_before"]) == (True, 0)
    assert 0 < small["share_after"] < 500_000
    large = desk.type("budget", "cost", "--epsilon", "4.5", "--delta", "1e-6", "--json").json
    assert (large["fits"], large["share_after"] > 10**6) == (False, True)
    assert desk.type("budget", "show", "--json").json["register"]["entries"] == 1, "asking costs nothing"


def test_it_tells_beforehand_what_another_ceiling_would_mean(desk: NodeDesk) -> None:
    _set(desk)
    _spend(desk)
    told = {}
    for epsilon in ("4", "2", "1.5", "0.5"):
        answer = desk.type("budget", "preview", "--epsilon", epsilon, "--delta", "1e-6", "--json").json
        told[epsilon] = (answer["share"], answer["reserved_leave"], answer["takes_more"])
    assert told == {
        "4": (500_000, "all", True),
        "2": (1_000_000, "all", False),
        "1.5": (1_333_334, "none", False),
        "0.5": (4_000_000, "none", False),
    }
    shown = desk.type("budget", "preview", "--epsilon", "0.5", "--delta", "1e-6").out
    for line in ("ε 4, δ 1e-6", "ε 0.5, δ 1e-6", "50.0 % → 400.0 %", "none of them can leave"):
        assert line in shown
    assert desk.type("budget", "show", "--json").json["register"]["entries"] == 4, "looking changes nothing"


def test_it_tells_what_each_job_spent(desk: NodeDesk) -> None:
    assert "No job has spent" in desk.type("budget", "runs").out
    _set(desk)
    _spend(desk)
    (found,) = desk.type("budget", "runs", "--json").json["runs"]
    assert (found["run"], found["project"], found["title"]) == ("run-1", "heart-1", None)
    assert (found["charged"], found["reserved"], found["returned"], found["share"]) == (1, 1, 0, 500_000)
    assert "50.0 %" in desk.type("budget", "runs").out


def test_persons_are_told_apart_before_the_first_answer_and_joined_for_good(desk: NodeDesk) -> None:
    _set(desk)
    assert desk.type("budget", "assign", "donors", "donors", *WHY, "--json").json["changed"]
    assert not desk.type("budget", "assign", "donors", "donors", *WHY, "--json").json["changed"]
    _set(desk, "--population", "donors", epsilon="1")
    _spend(desk)
    names = [one["population"] for one in desk.type("budget", "show", "--json").json["populations"]]
    assert names == ["hospital", "donors"]
    late = desk.type("budget", "assign", "cdm", "donors", *WHY, "--json")
    assert late.json["error"]["code"] == "budget.dataset_used"
    assert desk.type("budget", "join", "donors", "hospital", *WHY, "--json").json["changed"]
    (one,) = desk.type("budget", "show", "--json").json["populations"]
    assert one["joined"] == ["donors"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (_as_set("x"), "budget.ceiling_wrong"),
        (_as_set("nan"), "budget.ceiling_wrong"),
        (_as_set("1e999999"), "budget.ceiling_wrong"),
        (_as_set("1e99"), "budget.ceiling_wrong"),
        (_as_set("9" * 5000), "budget.ceiling_wrong"),
        (_as_set("-1"), "budget.ceiling_wrong"),
        (_as_set("0.0000001"), "budget.ceiling_wrong"),
        (_as_set("1.00000000000000000001"), "budget.ceiling_wrong"),
        (_as_set("1", delta="1"), "budget.delta_wrong"),
        (_as_set("1", delta="0"), "budget.delta_wrong"),
        (_as_set("1", reason=""), "budget.reason_wrong"),
        (_as_set("1", reason="x" * 201), "budget.reason_wrong"),
        (_as_set("1", reason="two\nlines"), "budget.reason_wrong"),
        ((*_as_set("1"), "--population", "All persons"), "budget.name_wrong"),
        (("preview", "--epsilon", "0", "--delta", "1e-6"), "budget.ceiling_wrong"),
        (("runs", "--population", "nobody"), "budget.population_not_found"),
        (("assign", "CDM", "x", *WHY), "budget.name_wrong"),
        (("assign", "ecg", "x", "--reason", " "), "budget.reason_wrong"),
        (("join", "x", "../y", *WHY), "budget.name_wrong"),
        (("join", "x", "y", "--reason", "two\nlines"), "budget.reason_wrong"),
    ],
)
def test_what_makes_no_sense_is_refused_and_writes_nothing(
    desk: NodeDesk, words: tuple[str, ...], code: str
) -> None:
    answer = desk.type("budget", *words, "--json")
    assert answer.json["error"]["code"] == code
    assert 100 <= answer.code <= 199
    assert desk.type("budget", "show", "--json").json["register"]["entries"] == 0


def test_a_register_with_missing_rows_is_shown_as_wholly_spent(desk: NodeDesk) -> None:
    _set(desk)
    _spend(desk)
    mine = FileKey.from_pem(desk.settings.identity_key.read_bytes())
    with desk.state() as session:
        head = sign_budget_head(session, site=SiteId(SITE), key=mine)
        session.delete(session.get_one(BudgetEntry, head.entries))
        keep_budget_head(session, head, site=SiteId(SITE), key=mine.public_key)
    (found,) = desk.type("budget", "show", "--json").json["populations"]
    assert (found["behind"], found["share"]) == (True, 10**6)
    assert "all of it counts as spent" in desk.type("budget", "show").out
    refused = desk.type("budget", *_as_set("9"), "--json")
    assert refused.json["error"]["code"] == "budget.behind"


def test_an_altered_register_is_not_shown_as_if_nothing_were(desk: NodeDesk) -> None:
    _set(desk)
    with desk.state() as session:
        session.get_one(BudgetEntry, 1).by = "nobody"
    answer = desk.type("budget", "show", "--json")
    assert answer.json["error"]["code"] == "budget.chain_broken"
