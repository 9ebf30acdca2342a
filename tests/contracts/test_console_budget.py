"""The privacy budget on the console: what is spent and by whom, and a ceiling tried before it is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from node.registers.budget import charge
from node.registers.budget_chain import keep_budget_head, sign_budget_head
from node.registers.budget_populations import WHOLE_HOSPITAL, assign_dataset, find_ceiling, join_populations
from node.state.tables import AuditEvent, BudgetEntry
from onggi.errors import Refused
from onggi.protocol.keys import FileKey
from onggi.spec.ids import SiteId
from privacy.budgets.losses import PICO, PureLoss
from tests.support.console_house import ConsoleHouse, ConsoleVisitor, console_house, furnished_console
from tests.support.node_desk import SITE
from tests.support.page_visitor import Form, Page

CEILING = "/en/budget/hospital/ceiling"
Kept = tuple[ConsoleHouse, ConsoleVisitor]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ConsoleHouse]:
    made = furnished_console(tmp_path)
    made.spend()
    yield made
    made.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """One house and its visitor for all that is refused: its ceiling stays."""
    made = furnished_console(tmp_path_factory.mktemp("budget"))
    made.spend()
    yield made, _visitor(made)
    made.close()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[ConsoleHouse]:
    made = console_house(tmp_path)
    yield made
    made.close()


def _visitor(house: ConsoleHouse, who: str = "it-1", *, language: str = "en") -> ConsoleVisitor:
    visitor = house.visitor(language=language)
    visitor.sign_in(who)
    return visitor


def _form(visitor: ConsoleVisitor) -> Form:
    return visitor.get(CEILING).form(f"{CEILING}/check")


def _check(visitor: ConsoleVisitor, **typed: str) -> Page:
    return visitor.send(_form(visitor), **({"delta": "1e-6", "reason": "for a test"} | typed))


def _save(page: Page) -> Form:
    return page.form(f"{CEILING}/save")


def _epsilon(house: ConsoleHouse) -> int | None:
    with house.desk.state() as session:
        found = find_ceiling(session, WHOLE_HOSPITAL)
    return None if found is None else found.micro_epsilon


# --- what is spent -----------------------------------------------------------------------------------------


def test_the_page_says_what_is_spent_reserved_and_left_and_by_which_project(house: ConsoleHouse) -> None:
    page = _visitor(house, "auditor-1").get("/en/budget")
    for text in (
        "answers that left 33.4 %, reserved 33.3 %, free 33.3 %",
        "Ceiling ε 3, δ 1e-6",
        "Answers that left 1",
        "Answers reserved 1",
        "heart-1 permit-heart-1 2 1 1 66.7 %",
        "Further jobs are taken as far as they fit. All reserved answers can leave.",
    ):
        assert text in page.words, text
    words = _visitor(house, language="ko").get("/ko/budget").words
    assert "나간 답 33.4 %, 예약 33.3 %, 남음 33.3 %" in words


def test_each_job_says_what_became_of_its_answer(house: ConsoleHouse) -> None:
    page = _visitor(house, "auditor-1").get("/en/budget/hospital")
    assert 'href="/en/consents/run-held"' in page.html
    words = page.words
    assert words.index("run-held") < words.index("run-left"), "the latest reservation first"
    assert "reserved 33.4 %" in words
    assert "left 33.4 %" in words
    assert "it-2 set a ceiling of the privacy budget ε 3, δ 1e-6: as the review board decided" in words


def test_jobs_are_shown_by_the_page(house: ConsoleHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.console.budget_pages.A_PAGE", 1)
    visitor = _visitor(house)
    first = visitor.get("/en/budget/hospital")
    assert ("run-held" in first.words, "run-left" in first.words) == (True, False)
    assert 'class="further"' in first.html
    further = visitor.get("/en/budget/hospital?before=3")
    assert ("run-held" in further.words, "run-left" in further.words) == (False, True)
    assert 'class="further"' not in further.html


def test_a_new_hospital_reads_that_nothing_may_be_spent(bare: ConsoleHouse) -> None:
    words = _visitor(bare).get("/en/budget").words
    assert "Until a ceiling is set, every job that asks for noise is declined." in words
    assert "No job has spent anything yet." in words
    checked = _check(_visitor(bare), epsilon="3")
    assert "Ceiling not set ε 3, δ 1e-6" in checked.words
    _visitor(bare).send(_save(checked))


def test_every_population_has_its_own_part_and_joined_ones_are_gone(house: ConsoleHouse) -> None:
    with house.desk.state() as session:
        assign_dataset(
            session, "donors", population="donors", by="it-1", reason="for a test", now=house.clock()
        )
    visitor = _visitor(house)
    assert "Population: donors" in visitor.get("/en/budget").words
    assert "Ceiling not set" in visitor.get("/en/budget/donors").words
    with house.desk.state() as session:
        join_populations(
            session, "donors", into=WHOLE_HOSPITAL, by="it-1", reason="for a test", now=house.clock()
        )
    assert visitor.get("/en/budget/donors").status == 404
    assert visitor.get("/en/budget/donors/ceiling").status == 404
    assert "joined two populations donors" in visitor.get("/en/budget/hospital").words


def test_a_register_that_lacks_rows_says_so_and_takes_no_ceiling(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    save = _save(_check(visitor, epsilon="5"))
    mine = FileKey.from_pem(house.desk.settings.identity_key.read_bytes())
    with house.desk.state() as session:
        head = sign_budget_head(session, site=SiteId(SITE), key=mine)
        session.delete(session.get_one(BudgetEntry, head.entries))
        keep_budget_head(session, head, site=SiteId(SITE), key=mine.public_key)
    for address in ("/en/budget", "/en/budget/hospital", CEILING):
        page = visitor.get(address)
        assert "The register lacks entries, so all of it counts as spent." in page.words
        assert address == "/en/budget" or "so nothing can be written into it" in page.words
        assert [form.action for form in page.forms] == ["/en/sign-out"]
    refused = visitor.send(save)
    assert (refused.status, "budget.behind" in refused.html) == (409, True)


# --- another ceiling ---------------------------------------------------------------------------------------


def test_a_ceiling_is_tried_then_set_with_author_and_reason(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    checked = _check(visitor, epsilon="4", reason="two more studies")
    for text in (
        "Ceiling ε 3, δ 1e-6 ε 4, δ 1e-6",
        "Used or reserved 66.7 % 50.0 %",
        "Free 33.3 % 50.0 %",
        "two more studies",
    ):
        assert text in checked.words, text
    assert _epsilon(house) == 3_000_000, "looking changes nothing"
    assert visitor.send(_save(checked)).path == "/en/budget/hospital"
    assert visitor.send(_save(checked)).path == "/en/budget/hospital", "sent twice, it is set once"
    assert house.events().count("hospital:budget:set_ceiling") == 2
    assert _epsilon(house) == 4_000_000
    assert (
        "it-1 set a ceiling of the privacy budget ε 4, δ 1e-6: two more studies"
        in visitor.get("/en/budget/hospital").words
    )
    with house.desk.state() as session:
        last = select(AuditEvent).where(AuditEvent.event == "hospital:budget:set_ceiling")
        facts = list(session.scalars(last))[-1].facts
    assert '"by":"it-1"' in facts
    assert '"reason":"two more studies"' in facts


def test_a_ceiling_under_what_is_spent_stops_what_is_reserved(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    checked = _check(visitor, epsilon="0.5")
    for text in (
        "Under this ceiling no further job that asks for noise is taken.",
        "None of the reserved answers can leave.",
        "Jobs whose reserved answers could not leave",
        "run-held",
    ):
        assert text in checked.words, text
    assert "run-left" not in checked.words
    visitor.send(_save(checked))
    assert "answers that left 200.0 %, reserved 200.0 %, free 0.0 %" in visitor.get("/en/budget").words
    with pytest.raises(Refused, match=r"budget\.exhausted"), house.desk.state() as session:
        charge(session, run="run-held", ordinal=0, loss=PureLoss(pico_epsilon=PICO), now=house.clock())


def test_the_second_of_two_is_told_and_may_set_it_after_comparing(house: ConsoleHouse) -> None:
    first, second = _visitor(house), _visitor(house, "it-2")
    mine = _save(_check(second, epsilon="2"))
    first.send(_save(_check(first, epsilon="5")))
    told = second.send(mine)
    assert (told.status, _epsilon(house)) == (409, 5_000_000)
    assert "Somebody else set another ceiling while you looked at it." in told.words
    assert "Ceiling ε 5, δ 1e-6 ε 2, δ 1e-6" in told.words, "compared with the one of now"
    assert second.send(_save(told)).path == "/en/budget/hospital"
    assert _epsilon(house) == 2_000_000


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"epsilon": ""}, "epsilon"),
        ({"epsilon": "0"}, "epsilon"),
        ({"epsilon": "-1"}, "epsilon"),
        ({"epsilon": "much"}, "epsilon"),
        ({"epsilon": "0.0000001"}, "epsilon"),
        ({"epsilon": "1e9"}, "epsilon"),
        ({"epsilon": "9" * 5000}, "epsilon"),
        ({"epsilon": "٣"}, "epsilon"),
        ({"epsilon": "<script>"}, "epsilon"),
        ({"delta": "0"}, "delta"),
        ({"delta": "1"}, "delta"),
        ({"delta": ""}, "delta"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"reason": "right\u202eto-left"}, "reason"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_stays_typed(
    kept: Kept, typed: dict[str, str], field: str
) -> None:
    house, visitor = kept
    page = _check(visitor, **({"epsilon": "2"} | typed))
    assert (page.status, f'href="#{field}"' in page.html) == (422, True)
    assert dict(page.form(f"{CEILING}/check").fields)[field] == typed[field]
    assert "<script>" not in page.html
    save = _save(_check(visitor, epsilon="2"))
    assert visitor.send(save, **typed).status == 422, "also where a sent form was altered"
    assert _epsilon(house) == 3_000_000


@pytest.mark.parametrize("seen", ["x", "-1", "9" * 5000, "٣"])
def test_an_entry_that_nobody_can_have_seen_is_refused(kept: Kept, seen: str) -> None:
    house, visitor = kept
    refused = visitor.send(_save(_check(visitor, epsilon="2")), seen=seen)
    assert (refused.status, _epsilon(house)) == (409, 3_000_000)


def test_a_ceiling_that_comes_from_no_page_of_ours_changes_nothing(
    kept: Kept,
) -> None:
    house, visitor = kept
    save = _save(_check(visitor, epsilon="2"))
    fields = [(name, value) for name, value in save.fields if name != "seen"]
    assert visitor.send(Form("post", save.action, fields)).status == 409
    assert _epsilon(house) == 3_000_000


def test_the_same_ceiling_is_no_change(kept: Kept) -> None:
    checked = _check(kept[1], epsilon="3.0", reason="")
    assert "It is the present ceiling already." in checked.words
    assert all(form.action != f"{CEILING}/save" for form in checked.forms)


def test_what_was_typed_can_be_changed_before_it_counts(kept: Kept) -> None:
    visitor = kept[1]
    checked = _check(visitor, epsilon="2", reason="less is more")
    again = next(form for form in checked.forms if ("again", "1") in form.fields)
    fields = dict(visitor.send(again).form(f"{CEILING}/check").fields)
    assert (fields["epsilon"], fields["reason"]) == ("2", "less is more")
