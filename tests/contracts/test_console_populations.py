"""Data sets of other persons, and populations that are one after all: tried on the console first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from node.registers.budget import Spender, reserve
from node.registers.budget_chain import keep_budget_head, sign_budget_head
from node.registers.budget_populations import (
    WHOLE_HOSPITAL,
    assign_dataset,
    list_populations,
    population_of,
)
from node.state.tables import AuditEvent, BudgetEntry
from onggi.protocol.keys import FileKey
from onggi.spec.ids import SiteId
from privacy.budgets.losses import PureLoss
from tests.support.console_house import ConsoleHouse, ConsoleVisitor, furnished_console
from tests.support.node_desk import SITE
from tests.support.page_visitor import Form, Page

OF_HOSPITAL = "/en/budget/hospital/populations"
ASSIGN, JOIN = f"{OF_HOSPITAL}/assign", "/en/budget/donors/populations/join"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ConsoleHouse]:
    made = furnished_console(tmp_path)
    made.spend()
    yield made
    made.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleHouse]:
    """For all that is refused: its populations stay."""
    made = furnished_console(tmp_path_factory.mktemp("populations"))
    made.spend()
    made.set_apart()
    yield made
    made.close()


def _visitor(house: ConsoleHouse, who: str = "it-1", *, language: str = "en") -> ConsoleVisitor:
    visitor = house.visitor(language=language)
    visitor.sign_in(who)
    return visitor


def _check(visitor: ConsoleVisitor, address: str, **typed: str) -> Page:
    form = visitor.get(address).form(f"{address}/check")
    return visitor.send(form, **({"reason": "for a test"} | typed))


def _whose(house: ConsoleHouse, dataset: str) -> str:
    with house.desk.state() as session:
        return population_of(session, dataset)


def _populations(house: ConsoleHouse) -> tuple[str, ...]:
    with house.desk.state() as session:
        return list_populations(session)


# --- another population -------------------------------------------------------------------------------------


def test_a_data_set_is_put_into_a_new_population_with_author_and_reason(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    assert f'href="{ASSIGN}"' in visitor.get("/en/budget").html
    assert f'href="{ASSIGN}"' in visitor.get("/en/budget/hospital").html
    checked = _check(visitor, ASSIGN, dataset="donors", into="donors", reason="a cohort of its own")
    for text in (
        "Data set: donors",
        "Population Patients of this hospital Population: donors",
        "Until a ceiling is set, every job that asks for noise is declined.",
        "Ceiling ε 3, δ 1e-6 not set",
        "Free 33.3 % 0.0 %",
        "That population has no ceiling.",
        "This node has no data set of that name yet.",
        "Whoever is in both populations could be spent on twice",
        "a cohort of its own",
    ):
        assert text in checked.words, text
    assert _whose(house, "donors") == WHOLE_HOSPITAL, "looking changes nothing"
    save = checked.form(f"{ASSIGN}/save")
    assert visitor.send(save).path == "/en/budget/donors"
    assert _whose(house, "donors") == "donors"
    assert visitor.send(save).path == "/en/budget/donors", "sent twice, it is done once"
    assert house.events().count("hospital:budget:assign_dataset") == 1
    words = visitor.get("/en/budget/donors").words
    assert "it-1 said whose persons a data set holds donors : a cohort of its own" in words
    with house.desk.state() as session:
        (facts,) = session.scalars(
            select(AuditEvent.facts).where(AuditEvent.event == "hospital:budget:assign_dataset")
        )
    assert '"reason":"a cohort of its own"' in facts


def test_a_data_set_goes_where_its_population_was_joined_to(house: ConsoleHouse) -> None:
    house.set_apart()
    visitor = _visitor(house)
    visitor.send(_check(visitor, JOIN, into=WHOLE_HOSPITAL).form(f"{JOIN}/save"))
    checked = _check(visitor, ASSIGN, dataset="ecg", into="donors")
    assert "It is that population already." in checked.words
    assert all(form.action != f"{ASSIGN}/save" for form in checked.forms)


# --- one after all ------------------------------------------------------------------------------------------


def test_two_populations_are_joined_for_good(house: ConsoleHouse) -> None:
    house.set_apart(answers=1)
    visitor = _visitor(house)
    checked = _check(visitor, JOIN, into=WHOLE_HOSPITAL, reason="donors are patients")
    for text in (
        "Population: donors",
        "Ceiling ε 2, δ 1e-6 ε 3, δ 1e-6",
        "Used or reserved 50.0 % 100.0 %",
        "Used or reserved 66.7 % 100.0 %",
        "Once they are joined, no further job that asks for noise is taken of either.",
        "The population that remains Patients of this hospital",
        "Joined populations cannot be parted again.",
    ):
        assert text in checked.words, text
    assert _populations(house) == (WHOLE_HOSPITAL, "donors"), "looking changes nothing"
    save = checked.form(f"{JOIN}/save")
    assert visitor.send(save).path == "/en/budget/hospital"
    assert _populations(house) == (WHOLE_HOSPITAL,)
    assert visitor.send(save).path == "/en/budget/hospital", "sent twice, it is done once"
    assert house.events().count("hospital:budget:join_populations") == 1
    words = visitor.get("/en/budget/hospital").words
    assert "it-1 joined two populations donors : donors are patients" in words
    assert "answers that left 33.4 %, reserved 66.6 %, free 0.0 %" in words


def test_it_says_beforehand_which_jobs_could_not_leave_together(house: ConsoleHouse) -> None:
    house.set_apart(micro_epsilon=9 * 10**6, answers=3)
    checked = _check(_visitor(house), JOIN, into=WHOLE_HOSPITAL)
    for text in (
        "Jobs with reserved answers, of which some can leave",
        "Of the reserved answers those that come first can leave, not all of them.",
        "run-held",
        "run-asked",
    ):
        assert text in checked.words, text
    assert "run-left" not in checked.words


def test_the_population_that_remains_may_have_no_ceiling(house: ConsoleHouse) -> None:
    with house.desk.state() as session:
        assign_dataset(session, "x", population="x", by="it-1", reason="a test", now=house.clock())
    checked = _check(_visitor(house), f"{OF_HOSPITAL}/join", into="x")
    assert "The population that remains has no ceiling." in checked.words
    assert "Ceiling ε 3, δ 1e-6 not set" in checked.words
    assert "Free 33.3 % 0.0 %" in checked.words
    with house.desk.state() as session:
        assign_dataset(session, "y", population="y", by="it-1", reason="a test", now=house.clock())
    unspent = _check(_visitor(house), "/en/budget/x/populations/join", into="y")
    assert "Free 0.0 % 0.0 %" in unspent.words, "nothing is free without a ceiling"


def test_where_there_is_one_population_there_is_none_to_join(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    page = visitor.get(f"{OF_HOSPITAL}/join")
    assert "There is no other population." in page.words
    assert [form.action for form in page.forms] == ["/en/sign-out"]
    assert f'href="{OF_HOSPITAL}/join"' not in visitor.get("/en/budget").html


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "typed", "field", "words"),
    [
        (ASSIGN, {"dataset": ""}, "dataset", "This cannot be a name"),
        (ASSIGN, {"dataset": "<script>"}, "dataset", "This cannot be a name"),
        (ASSIGN, {"dataset": "cdm"}, "dataset", "whose budget was used"),
        (ASSIGN, {"dataset": "donors"}, "dataset", "belongs to another population: donors"),
        (ASSIGN, {"into": "Two words"}, "into", "This cannot be a name"),
        (ASSIGN, {"into": "x" * 64}, "into", "This cannot be a name"),
        (ASSIGN, {"reason": ""}, "reason", "This is decided for a reason"),
        (ASSIGN, {"reason": "right\u202eto-left"}, "reason", "This is decided for a reason"),
        (JOIN, {"into": ""}, "into", "There is no such population"),
        (JOIN, {"into": "nobody"}, "into", "There is no such population"),
        (JOIN, {"reason": "x" * 201}, "reason", "This is decided for a reason"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_stays_typed(
    kept: ConsoleHouse, address: str, typed: dict[str, str], field: str, words: str
) -> None:
    right = {"dataset": "ecg", "into": WHOLE_HOSPITAL if address == JOIN else "other", "reason": "a test"}
    visitor = _visitor(kept)
    form = Form("post", f"{address}/check", _fields(visitor, address, right))
    for sent in (form, visitor.send(form).form(f"{address}/save")):
        page = visitor.send(sent, **typed)
        assert (page.status, f'href="#{field}"' in page.html, words in page.words) == (422, True, True)
        assert "<script>" not in page.html
    if field != "into" or address == ASSIGN:
        assert dict(page.form(f"{address}/check").fields)[field] == typed[field]
    assert (_whose(kept, "ecg"), _populations(kept)) == (WHOLE_HOSPITAL, (WHOLE_HOSPITAL, "donors"))


def _fields(visitor: ConsoleVisitor, address: str, typed: dict[str, str]) -> list[tuple[str, str]]:
    """All that a browser sends, also of a choice that is not taken yet."""
    shown = [(name, value) for name, value in visitor.get(address).form(f"{address}/check").fields]
    return [each for each in shown if each[0] not in typed] + list(typed.items())


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 5000, "٣", "0"])
@pytest.mark.parametrize("address", [ASSIGN, JOIN])
def test_what_comes_from_no_page_of_ours_changes_nothing(kept: ConsoleHouse, address: str, seen: str) -> None:
    visitor = _visitor(kept)
    typed = {"dataset": "ecg", "into": WHOLE_HOSPITAL if address == JOIN else "other"}
    refused = visitor.send(_check(visitor, address, **typed).form(f"{address}/save"), seen=seen)
    assert (refused.status, "Somebody else changed a ceiling or a population" in refused.words) == (409, True)
    assert (_whose(kept, "ecg"), _populations(kept)) == (WHOLE_HOSPITAL, (WHOLE_HOSPITAL, "donors"))


def test_the_second_of_two_is_told_and_may_decide_after_comparing(house: ConsoleHouse) -> None:
    house.set_apart()
    first, second = _visitor(house), _visitor(house, "it-2")
    mine = _check(second, JOIN, into=WHOLE_HOSPITAL).form(f"{JOIN}/save")
    ceiling = "/en/budget/hospital/ceiling"
    checked = _check(first, ceiling, epsilon="1")
    first.send(checked.form(f"{ceiling}/save"))
    told = second.send(mine)
    assert (told.status, _populations(house)) == (409, (WHOLE_HOSPITAL, "donors"))
    assert "Somebody else changed a ceiling or a population" in told.words
    assert "Ceiling ε 2, δ 1e-6 ε 1, δ 1e-6" in told.words, "compared with the one of now"
    assert second.send(told.form(f"{JOIN}/save")).path == "/en/budget/hospital"
    assert _populations(house) == (WHOLE_HOSPITAL,)


def test_a_population_that_was_joined_meanwhile_is_joined_no_further(house: ConsoleHouse) -> None:
    house.set_apart()
    with house.desk.state() as session:
        assign_dataset(session, "staff", population="staff", by="it-1", reason="a test", now=house.clock())
    first, second = _visitor(house), _visitor(house, "it-2")
    mine = _check(second, JOIN, into="staff").form(f"{JOIN}/save")
    first.send(_check(first, JOIN, into=WHOLE_HOSPITAL).form(f"{JOIN}/save"))
    assert second.send(mine).status == 404
    assert _populations(house) == (WHOLE_HOSPITAL, "staff")


def test_a_register_that_lacks_rows_takes_neither(house: ConsoleHouse) -> None:
    house.set_apart()
    visitor = _visitor(house)
    saves = [
        _check(visitor, ASSIGN, dataset="ecg", into="other").form(f"{ASSIGN}/save"),
        _check(visitor, JOIN, into=WHOLE_HOSPITAL).form(f"{JOIN}/save"),
    ]
    mine = FileKey.from_pem(house.desk.settings.identity_key.read_bytes())
    with house.desk.state() as session:
        reserve(
            session,
            Spender(run="run-9", project="p", permit="q", spec_digest=f"sha256:{'1' * 64}"),
            dataset="cdm",
            losses={0: PureLoss(pico_epsilon=1)},
            now=house.clock(),
        )
        longer = sign_budget_head(session, site=SiteId(SITE), key=mine)
        session.delete(session.get_one(BudgetEntry, longer.entries))
        keep_budget_head(session, longer, site=SiteId(SITE), key=mine.public_key)
    for address in (ASSIGN, JOIN):
        page = visitor.get(address)
        assert "so nothing can be written into it" in page.words
        assert [form.action for form in page.forms] == ["/en/sign-out"]
    for save in saves:
        refused = visitor.send(save)
        assert (refused.status, "budget.behind" in refused.html) == (409, True)


def test_the_form_names_what_can_be_moved(kept: ConsoleHouse) -> None:
    visitor = _visitor(kept)
    assert "can be moved now: - " in visitor.get(ASSIGN).words, "what was spent on"
    assert "There are also: donors" in visitor.get(ASSIGN).words


def test_what_was_typed_can_be_changed_before_it_counts(kept: ConsoleHouse) -> None:
    visitor = _visitor(kept)
    checked = _check(visitor, ASSIGN, dataset="ecg", into="other", reason="perhaps")
    again = next(form for form in checked.forms if ("again", "1") in form.fields)
    fields = dict(visitor.send(again).form(f"{ASSIGN}/check").fields)
    assert (fields["dataset"], fields["into"], fields["reason"]) == ("ecg", "other", "perhaps")
    assert visitor.get(f"{ASSIGN}/check").path == ASSIGN, "what was typed has no address of its own"
