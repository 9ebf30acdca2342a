"""The researcher's SDK against the real API: what one sends, the other takes, and lies are caught."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coordinator.states import JOB_MOVES, JobState, is_final
from onggi.client.connection import sign_in
from onggi.client.replies import ENDED
from onggi.client.waiting import NoDisplay, PlainLines
from onggi.errors import NotTrusted, Refused, Unreachable
from onggi.protocol.canonical import digest_of
from onggi.spec.builders.cohorts import age, everyone
from onggi.spec.builders.jobs import count
from onggi.spec.builders.unchosen import CODE_UNSET
from onggi.spec.disclosure_rules import DisclosureRules
from onggi.spec.results import CountTable
from onggi.words import find_words
from tests.support.coordinator_house import (
    CODE,
    PASSWORD,
    House,
    furnished_house,
    house_root,
    house_spec,
    make_result,
    verdict,
)
from tests.support.federation_root import COMMITTEE, NOW, SITES, signed_root
from tests.support.in_process_api import URL, AppTransport, Open, as_anybody, publish_head, refused


@pytest.fixture
def house(tmp_path: Path) -> House:
    return furnished_house(tmp_path)


@pytest.fixture
def as_person(house: House, tmp_path: Path) -> Open:
    return as_anybody(house, home=tmp_path)


def a_count(project: str, permit: str, **changes: Any) -> Any:
    fields: dict[str, Any] = {
        "title": "How many",
        "project": project,
        "permit": permit,
        "dataset": "heart",
        "participants": SITES,
        "minimum_sites": 3,
        "cohort": everyone().rule("50 or more", age(at_least=50)),
        "expires": NOW + timedelta(days=30),
    }
    return count(**(fields | changes))


# -- signing in ------------------------------------------------------------------------------------------


def test_a_password_gives_a_token_that_says_who_one_is(house: House, as_person: Open) -> None:
    over = AppTransport(house)
    issued = sign_in(URL, account="researcher-1", password=PASSWORD, over=over)
    assert issued.secret not in repr(issued)
    house.tokens = house.tokens | {"researcher-1": issued.secret}
    me = as_person("researcher-1").me()
    assert (me.account, me.roles) == ("researcher-1", ("researcher",))


def test_a_wrong_password_is_refused_with_words_and_without_the_password(house: House) -> None:
    over = AppTransport(house)
    with pytest.raises(Refused) as caught:
        sign_in(URL, account="researcher-1", password="not-the-password", over=over)
    assert caught.value.code == "login.refused"
    assert "not-the-password" not in str(caught.value)
    assert find_words("login.refused") is not None
    assert over.asked == [("POST", "/v1/login")]


def test_an_ended_token_opens_nothing(as_person: Open) -> None:
    client = as_person("researcher-1")
    client.sign_out()
    assert refused(client.me) == "access.token_invalid"


# -- jobs ------------------------------------------------------------------------------------------------


def test_submitting_fills_in_todays_code_and_is_the_same_job_again(house: House, as_person: Open) -> None:
    project = house.project()
    permit = house.permit(project)
    client = as_person("researcher-1")
    spec = a_count(project, permit)
    assert spec.code == CODE_UNSET
    job = client.submit(spec)
    assert job.spec.code == CODE
    assert job.digest == digest_of(client.prepare(spec)) != digest_of(spec)
    assert client.submit(spec).id == job.id
    assert [one.id for one in client.jobs(project=project)] == [job.id]
    assert client.check(spec).digest == job.digest


def test_a_job_is_submitted_under_rules_at_least_as_strict_as_the_federation_s(
    house: House, as_person: Open
) -> None:
    strict = {"minimum_persons": 10, "rules": {"residual_dof": 20, "shown_digits": 3}}
    root = house_root(version=2, floors=strict)
    house.services.roots.advance(signed_root(root, by=COMMITTEE[:2]), by="operator-1")
    project = house.project()
    spec = a_count(project, house.permit(project))
    client = as_person("researcher-1")
    assert client.rules() == DisclosureRules(residual_dof=20, shown_digits=3)
    assert client.submit(spec).spec.privacy.rules == client.rules()
    own = DisclosureRules(residual_dof=50, rounding_base=10)
    stated = spec.model_copy(
        update={"title": "Mine", "privacy": spec.privacy.model_copy(update={"rules": own})}
    )
    both = DisclosureRules(residual_dof=50, rounding_base=10, shown_digits=3)
    assert client.submit(stated).spec.privacy.rules == both
    looser = client.prepare(spec).model_copy(update={"privacy": spec.privacy, "title": "Looser"})
    with pytest.raises(Refused) as caught:
        house.services.submitter.submit(looser, by=house.caller("researcher-1"))
    assert caught.value.code == "floor.residual_dof"


def test_lists_longer_than_a_page_are_read_to_the_end(
    house: House, as_person: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onggi.client.paging._PART", 2)
    made = [as_person("researcher-1").create_project(title=f"p{n}", purpose="why").id for n in range(5)]
    assert [one.id for one in as_person("researcher-1").projects()] == made
    assert list(as_person("researcher-2").projects()) == []


def test_an_explanation_says_whose_turn_it_is_in_both_languages(house: House, as_person: Open) -> None:
    project = house.project()
    permit = house.permit(project, bounds=None)
    job = as_person("researcher-1").submit(a_count(project, permit))
    said = job.explain()
    assert (said.state, said.whose_turn, said.reason_code) == (
        "waiting_for_approval",
        "committee",
        "bounds.none",
    )
    assert "committee has to approve" in str(said)
    assert "데이터심의위원회" in said.text("ko")
    assert "<" not in said._repr_html_().replace("<p>", "").replace("</p>", "").replace("<br>", "")


def test_somebody_elses_job_reads_like_one_that_does_not_exist(house: House, as_person: Open) -> None:
    project = house.project()
    job = as_person("researcher-1").submit(a_count(project, house.permit(project)))
    other = as_person("researcher-2")
    assert refused(lambda: other.job(job.id)) == refused(lambda: other.job("job-none")) == "job.not_found"


def test_a_name_cannot_lead_to_another_address(as_person: Open) -> None:
    client = as_person("researcher-1")
    for name in ("../accounts", "job-1/../../me", "", "Job", "job-1?x=1", "job\x1b[2J"):
        assert refused(lambda name=name: client.job(name)) == "client.name_malformed"  # type: ignore[misc]  # mypy cannot infer a lambda with a default


def test_a_cancelled_job_has_no_answer_and_says_so(house: House, as_person: Open) -> None:
    project = house.project()
    job = as_person("researcher-1").submit(a_count(project, house.permit(project)))
    assert refused(job.result) == "result.not_released"
    assert job.cancel().cancel().state == "cancelled"
    assert refused(job.result) == "client.job_ended"


def test_a_failed_job_raises_its_own_code(house: House, as_person: Open) -> None:
    project = house.project()
    job = as_person("researcher-1").submit(a_count(project, house.permit(project)))
    house.move(job.id, JobState.RUNNING)
    house.move(job.id, JobState.FAILED, code="glm.separable")
    assert refused(job.wait(progress=False).result) == "glm.separable"


def test_waiting_ends_when_the_answer_is_released(house: House, as_person: Open) -> None:
    project = house.project()
    job = as_person("researcher-1").submit(a_count(project, house.permit(project, export_without_vote=True)))
    house.move(job.id, JobState.RUNNING)
    shown = io.StringIO()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            house.services.results.record(job.id, make_result(), verdict())

    job.sleep = sleep
    answer = job.wait(display=PlainLines(shown)).result()
    assert isinstance(answer, CountTable)
    assert (answer.persons, len(slept)) == ((120, None), 2)
    assert shown.getvalue().splitlines() == [
        "[4/6] Running at the hospitals' nodes, or waiting for a hospital's own decision.",
        "[6/6] Released: the result can be read.",
    ]


def test_waiting_no_longer_than_asked(house: House, as_person: Open) -> None:
    project = house.project()
    job = as_person("researcher-1").submit(a_count(project, house.permit(project)))
    now = [0.0]
    job.clock = lambda: now[0]
    job.sleep = lambda seconds: now.__setitem__(0, now[0] + seconds)
    code = refused(lambda: job.wait(timeout=3, display=NoDisplay()), kind=Unreachable)
    assert (code, now[0]) == ("client.wait_timed_out", 3.0)


def test_the_sdk_and_the_coordinator_agree_on_what_is_final() -> None:
    assert {state.value for state in JobState if is_final(JOB_MOVES, state)} == ENDED


def test_a_spec_written_by_hand_is_sent_as_it_is(house: House, as_person: Open) -> None:
    project = house.project()
    spec = house_spec(project, house.permit(project))
    assert as_person("researcher-1").submit(spec).spec == spec


# -- a coordinator that lies -----------------------------------------------------------------------------


def test_a_result_that_was_not_reviewed_is_not_believed(house: House, as_person: Open) -> None:
    project = house.project()
    held = house.held(project, house.permit(project))
    for who in ("checker-1", "checker-2"):
        house.vote(held.id, who)

    def inflate(path: str, answer: Any) -> Any:
        if path.endswith("/result"):
            answer["result"]["persons"][0] += 1
        return answer

    honest = as_person("researcher-1").job(held.id).result()
    assert honest.to_csv().splitlines() == ["step,persons,note", "all,120,", "few,,withheld (under 10)"]
    lying = as_person("researcher-1", inflate).job(held.id)
    assert refused(lying.result, kind=NotTrusted) == "client.result_altered"


def test_another_recorded_job_is_not_taken_for_mine(house: House, as_person: Open) -> None:
    project = house.project()
    permit = house.permit(project)

    def swap(path: str, answer: Any) -> Any:
        if path == "/v1/jobs":
            answer["spec"]["minimum_sites"] = 4
        return answer

    client = as_person("researcher-1", swap)
    assert refused(lambda: client.submit(a_count(project, permit)), kind=NotTrusted) == "client.job_differs"


def test_a_list_that_never_ends_is_left(as_person: Open) -> None:
    def again(path: str, answer: Any) -> Any:
        return {"items": [], "next": "project-1"} if path == "/v1/projects" else answer

    client = as_person("researcher-1", again)
    assert refused(lambda: list(client.projects()), kind=NotTrusted) == "client.answer_malformed"


# -- the public log --------------------------------------------------------------------------------------


def test_the_log_is_recomputed_and_remembered(house: House, as_person: Open) -> None:
    project = house.project()
    house.permit(project)
    publish_head(house)
    log = as_person("researcher-1").log
    first = log.verify(now=NOW)
    assert (first.size, first.continues_from) == (2, 0)
    assert first.statements == {"urn:onggi:project-permit:v1": 1, "urn:onggi:trust-root:v1": 1}
    assert {one.name for one in first.witnessed} == set(SITES[:2])
    house.permit(project)
    publish_head(house)
    assert (log.verify(now=NOW).size, log.verify(now=NOW).continues_from) == (3, 3)


def test_a_log_that_withholds_or_changes_entries_is_caught(house: House, as_person: Open) -> None:
    house.permit(house.project())
    publish_head(house)

    def cut(path: str, answer: Any) -> Any:
        if path.endswith("/entries"):
            answer["entries"] = answer["entries"][:1] if answer["entries"][0]["index"] == 0 else []
        return answer

    def change(path: str, answer: Any) -> Any:
        if path.endswith("/entries"):
            answer["entries"][1]["envelope"]["signatures"].pop()
        return answer

    for alter, code in ((cut, "log.cut_short"), (change, "log.forked")):
        log = as_person("researcher-1", alter).log
        assert refused(lambda log=log: log.verify(now=NOW), kind=NotTrusted) == code  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    stale = as_person("researcher-1").log
    late = NOW + timedelta(hours=25)
    assert refused(lambda: stale.verify(now=late), kind=NotTrusted) == "log.stale"


def test_the_root_is_fetched_against_a_fingerprint(house: House, as_person: Open, tmp_path: Path) -> None:
    log = as_person("researcher-1").log
    pinned = log.pinned.load()
    assert log.fetch_roots(fingerprint=pinned.fingerprint).latest == pinned.latest
    other = "sha256:" + "0" * 64
    assert refused(lambda: log.fetch_roots(fingerprint=other), kind=NotTrusted) == "root.wrong_fingerprint"
    assert log.advance_roots().latest == pinned.latest
