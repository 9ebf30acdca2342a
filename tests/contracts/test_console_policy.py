"""The policy as a form, tried on the past before it is saved; data, bounds and set-up beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from node.registers.objects import ObjectStore
from node.registers.policies import find_in_force
from node.state.tables import PermitJob, Run
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.statements import Bounds
from tests.support.console_house import (
    ConsoleHouse,
    ConsoleVisitor,
    console_house,
    furnished_console,
    make_permit,
)
from tests.support.page_visitor import Form


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ConsoleHouse]:
    made = furnished_console(tmp_path)
    yield made
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
    return visitor.get("/en/policy/edit").form("/en/policy/check")


def _consent(house: ConsoleHouse) -> str:
    with house.desk.state() as session:
        return find_in_force(
            session, ObjectStore(house.desk.settings.objects), house.desk.settings
        ).policy.consent


def test_the_policy_is_told_in_sentences(house: ConsoleHouse) -> None:
    words = _visitor(house).get("/en/policy").words
    for text in (
        "It runs without asking.",
        "The federation's minimum number of persons: 10",
        "settings file",
    ):
        assert text in words
    assert "묻지 않고 실행합니다." in _visitor(house, language="ko").get("/ko/policy").words


def test_a_change_is_tried_on_the_past_then_saved_with_its_author(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    checked = visitor.send(_form(visitor), consent="ask", **{"release.count_table": "hold"})
    for text in (
        "would have refused 0 of 4 jobs, asked you for 4, and held 2 replies",
        "Consent to runs It runs without asking. It waits for this hospital's consent.",
        "Statins after chest pain run-left heart-1 runs asks, replies held",
    ):
        assert text in checked.words, text
    assert _consent(house) == "automatic", "looking changes nothing"
    form = checked.form("/en/policy/save")
    assert visitor.send(form).path == "/en/policy"
    assert visitor.send(form).path == "/en/policy", "sent twice, it is saved once"
    assert house.events().count("hospital:policy:change") == 1
    assert _consent(house) == "ask"
    page = visitor.get("/en/policy")
    assert "It waits for this hospital's consent." in page.words
    assert "it-1" in page.words.split("Versions of the policy")[1]


def test_disclosure_rules_are_tightened_tried_on_the_past_and_loosened_again(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    page = visitor.get("/en/policy/edit")
    assert "Residual degrees of freedom of a model The federation's: 10" in page.words
    rules = {"rule.residual_dof": "25", "rule.zero_drop_is_small": "yes"}
    checked = visitor.send(_form(visitor), **rules)
    assert "would have refused 4 of 4 jobs" in checked.words
    assert "Residual degrees of freedom of a model no rule of its own 25" in checked.words
    visitor.send(checked.form("/en/policy/save"))
    told = visitor.get("/en/policy").words
    assert "Residual degrees of freedom of a model 10 25 25" in told
    assert "A step at which nobody drops out counts as small no yes yes" in told
    assert "모형에 남아야 하는 잔차 자유도 10 25 25" in _visitor(house, language="ko").get("/ko/policy").words
    usual = {"rule.residual_dof": "10", "rule.zero_drop_is_small": "no"}
    visitor.send(visitor.send(_form(visitor), **usual).form("/en/policy/save"))
    assert "Residual degrees of freedom of a model 10 10 10" in visitor.get("/en/policy").words
    assert house.events().count("hospital:policy:change") == 2


def test_a_rule_for_a_project_is_added_and_taken_away(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    checked = visitor.send(_form(visitor), new_project="lung-2", new_rule="never")
    visitor.send(checked.form("/en/policy/save"))
    assert "Project: lung-2 It never runs." in visitor.get("/en/policy").words
    checked = visitor.send(_form(visitor), **{"project.lung-2": "usual"})
    visitor.send(checked.form("/en/policy/save"))
    assert "lung-2" not in visitor.get("/en/policy").words.split("History")[0]


def test_the_second_saver_is_told_and_may_save_after_comparing(house: ConsoleHouse) -> None:
    first, second = _visitor(house), _visitor(house)
    mine = second.send(_form(second), consent="never").form("/en/policy/save")
    first.send(first.send(_form(first), consent="ask").form("/en/policy/save"))
    told = second.send(mine)
    assert (told.status, _consent(house)) == (409, "ask")
    assert "Somebody else changed the policy while you looked at it." in told.words
    assert "It waits for this hospital's consent. It never runs." in told.words, (
        "compared with the one of now"
    )
    assert second.send(told.form("/en/policy/save")).path == "/en/policy"
    assert _consent(house) == "never"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"minimum_persons": "9"}, "minimum_persons"),
        ({"minimum_persons": "0"}, "minimum_persons"),
        ({"minimum_persons": "ten"}, "minimum_persons"),
        ({"minimum_persons": ""}, "minimum_persons"),
        ({"minimum_persons": "9" * 5000}, "minimum_persons"),
        ({"rule.residual_dof": "9"}, "rule.residual_dof"),
        ({"rule.residual_dof": ""}, "rule.residual_dof"),
        ({"rule.rounding_base": "5.5"}, "rule.rounding_base"),
        ({"rule.shown_digits": "9" * 5000}, "rule.shown_digits"),
        ({"new_project": "Not A Slug"}, "new_project"),
        ({"new_project": "<script>"}, "new_project"),
        ({"new_project": "x" * 10_000}, "new_project"),
        ({"new_project": "right\u202eto-left"}, "new_project"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_stays_typed(
    house: ConsoleHouse, changes: dict[str, str], field: str
) -> None:
    visitor = _visitor(house)
    page = visitor.send(_form(visitor), consent="ask", **changes)
    assert (page.status, f'href="#{field}"' in page.html) == (422, True)
    assert dict(page.form("/en/policy/check").fields)[field] == changes[field]
    assert dict(page.form("/en/policy/check").fields)["consent"] == "ask", "what was typed elsewhere stays"
    assert "<script>" not in page.html


@pytest.mark.parametrize(
    "changes",
    [
        {"consent": "sometimes"},
        {"masked": "x"},
        {"kind.count": "x"},
        {"release.everything": "send"},
        {"rule.other": "1"},
        {"rule.empty_step_is_small": "x"},
    ],
)
def test_values_that_no_form_offers_are_refused(house: ConsoleHouse, changes: dict[str, str]) -> None:
    visitor = _visitor(house)
    assert visitor.send(_form(visitor), **changes).status == 422
    save = visitor.send(_form(visitor), consent="ask").form("/en/policy/save")
    assert visitor.send(save, **changes).status == 422
    assert "hospital:policy:change" not in house.events()


def test_a_saved_form_cannot_go_below_the_floor_either(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    save = visitor.send(_form(visitor), consent="ask").form("/en/policy/save")
    assert visitor.send(save, minimum_persons="9").status == 409
    assert _consent(house) == "automatic"


def test_what_was_typed_can_be_changed_before_saving(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    checked = visitor.send(_form(visitor), consent="ask", minimum_persons="25")
    again = next(form for form in checked.forms if ("again", "1") in form.fields)
    fields = dict(visitor.send(again).form("/en/policy/check").fields)
    assert (fields["consent"], fields["minimum_persons"]) == ("ask", "25")


# --- data, bounds, set-up ----------------------------------------------------------------------------------


def test_a_permits_bounds_show_what_was_used_here(house: ConsoleHouse) -> None:
    bounds = Bounds(
        kinds=("count",), minimum_persons=10, minimum_sites=3, maximum_jobs=40, results=("count_table",)
    )
    permit = make_permit().model_copy(update={"bounds": bounds})
    with house.desk.state() as session:
        for row in session.scalars(select(Run)):
            row.permit = canonical_json(permit).decode()
        for number in range(3):
            digest = f"sha256:{number:064}"
            session.add(PermitJob(permit=permit.id, spec_digest=digest, accepted_at="2026-11-22T05:00:00Z"))
    words = _visitor(house, "auditor-1").get("/en/bounds").words
    assert "Jobs accepted 1" in words, "the same job ordered again is one job"
    assert "Jobs within the bounds:" in words
    assert "3 " in words.split("Jobs within the bounds:")[1][:40]
    assert "40" in words.split("Jobs within the bounds:")[1][:60]
    assert "counted against the hospital's own ceiling. See the budget" in words


def test_bounds_without_any_job_say_so(bare: ConsoleHouse) -> None:
    assert "No job has been accepted." in _visitor(bare).get("/en/bounds").words


def test_the_set_up_says_the_one_next_command(bare: ConsoleHouse) -> None:
    page = _visitor(bare, "auditor-1").get("/en/setup")
    assert "Next: Enrolment" in page.words
    assert f"onggi-node --home {bare.desk.home} enrol &lt;token&gt;" in page.html
    assert [form.action for form in page.forms] == ["/en/sign-out"], "nothing is typed into it"
    assert "1. Folder and keys Done" in page.words
    assert bare.desk.settings.root_fingerprint in page.words
    assert "4. Data Not yet" in page.words
    assert "다음 단계: 중앙 서버에 등록" in _visitor(bare, language="ko").get("/ko/setup").words


def test_the_set_up_tells_what_the_doctor_finds(bare: ConsoleHouse) -> None:
    bare.desk.settings.keys_folder.chmod(0o755)
    page = _visitor(bare).get("/en/setup")
    assert "Keys and file modes:" in page.words
    assert "8. Doctor Not yet" in page.words


def test_a_node_without_data_says_so_and_what_comes_next(bare: ConsoleHouse) -> None:
    words = _visitor(bare, "auditor-1").get("/en/data").words
    for text in (
        "No data has been loaded yet.",
        "has not been checked",
        "No dataset card has been made yet.",
    ):
        assert text in words


def test_policy_data_bounds_and_set_up_stand_behind_one_door(bare: ConsoleHouse) -> None:
    page = _visitor(bare).get("/en/node")
    for name in ("policy", "data", "budget", "bounds", "setup"):
        assert f'href="/en/{name}"' in page.html


def test_the_policys_digest_is_that_of_its_text(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    visitor.send(visitor.send(_form(visitor), consent="ask").form("/en/policy/save"))
    with house.desk.state() as session:
        found = find_in_force(session, ObjectStore(house.desk.settings.objects), house.desk.settings)
    assert found.digest == digest_of(found.policy)
    assert found.digest in visitor.get("/en/policy").html
