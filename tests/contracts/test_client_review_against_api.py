"""The SDK of committee and output checkers against the real API: nobody signs what was not shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from onggi.errors import NotTrusted
from onggi.spec.results import CountTable
from tests.support.coordinator_house import House, furnished_house, permit_fields
from tests.support.federation_root import NOW, key
from tests.support.in_process_api import Open, as_anybody, refused


@pytest.fixture
def house(tmp_path: Path) -> House:
    return furnished_house(tmp_path)


@pytest.fixture
def as_person(house: House, tmp_path: Path) -> Open:
    return as_anybody(house, home=tmp_path)


# -- the committee ---------------------------------------------------------------------------------------


def test_a_permit_is_drafted_read_and_signed_by_a_quorum(house: House, as_person: Open) -> None:
    project = house.project()
    drafted = as_person("committee-1").review.draft("project-permit", permit_fields(project), now=NOW)
    assert drafted.reply.state == "open"
    for who in ("committee-1", "committee-2", "committee-4"):
        desk = as_person(who).review
        assert [one.id for one in desk.statements(waiting=True)] == [drafted.reply.id]
        page = desk.read(drafted.reply.id, now=NOW)
        assert "연구과제 데이터 이용승인입니다." in page.text
        reply = desk.sign(page, key=key(who), now=NOW)
    assert reply.state == "complete"
    [permit] = as_person("researcher-1").permits(project=project)
    assert (permit.id, permit.state) == (drafted.reply.id, "valid")
    assert as_person("researcher-1").permit(permit.id) == permit


def test_a_job_approval_shows_the_whole_job_before_it_is_signed(house: House, as_person: Open) -> None:
    project = house.project()
    job = house.submit(project, house.permit(project, bounds=None))
    client = as_person("committee-1")
    page = client.review.draft_approval(client.job(job.id).record, expires=NOW + timedelta(days=5))
    assert page.spec == job.spec
    assert '"minimum_sites": 3' in page.text
    for who in ("committee-1", "committee-2", "committee-4"):
        as_person(who).review.sign(page, key=key(who), now=NOW)
    assert as_person("researcher-1").job(job.id).state == "ready"


def test_a_digest_without_its_job_is_not_signed(house: House, as_person: Open) -> None:
    project = house.project()
    job = house.submit(project, house.permit(project, bounds=None))
    client = as_person("committee-1")
    page = client.review.draft_approval(client.job(job.id).record, expires=NOW + timedelta(days=5))

    def hide(path: str, answer: Any) -> Any:
        if path == "/v1/jobs":
            for one in answer["items"]:
                one["spec"]["minimum_sites"] = 4
        return answer

    desk = as_person("committee-2", hide).review
    assert refused(lambda: desk.read(page.reply.id, now=NOW)) == "client.spec_not_shown"


@pytest.mark.parametrize(
    ("field", "value"), [("rendering", "A harmless statement.\n"), ("id", "permit-other-0001")]
)
def test_text_that_is_not_what_would_be_signed_is_noticed(
    house: House, as_person: Open, field: str, value: str
) -> None:
    view = as_person("committee-1").review.draft("project-permit", permit_fields(house.project()), now=NOW)

    def other(path: str, answer: Any) -> Any:
        return answer | {field: value} if path.endswith(view.reply.id) else answer

    desk = as_person("committee-2", other).review
    assert refused(lambda: desk.read(view.reply.id, now=NOW), kind=NotTrusted) == "client.rendering_differs"


def test_a_statement_whose_summary_is_of_another_text_is_noticed(house: House, as_person: Open) -> None:
    first, second = (
        as_person("committee-1").review.draft("project-permit", permit_fields(house.project(), title=name))
        for name in ("One", "Two")
    )

    def swap(path: str, answer: Any) -> Any:
        if path.endswith(first.reply.id):
            return answer | {"envelope": second.reply.envelope.model_dump(mode="json", by_alias=True)}
        return answer

    desk = as_person("committee-2", swap).review
    assert refused(lambda: desk.read(first.reply.id, now=NOW), kind=NotTrusted) == "client.rendering_differs"


def test_a_draft_that_says_more_than_was_asked_is_noticed(house: House, as_person: Open) -> None:
    project = house.project()
    wider = house.services.statements.draft(
        "project-permit", permit_fields(project, exact_counts=True), by=house.caller("committee-1")
    )
    shown = house.ask("committee-1", "GET", f"/v1/statements/{wider.id}").json()
    client = as_person("committee-1", lambda path, answer: shown if path == "/v1/statements" else answer)
    code = refused(
        lambda: client.review.draft("project-permit", permit_fields(project), now=NOW), kind=NotTrusted
    )
    assert code == "client.draft_differs"


def test_only_a_members_own_role_and_a_listed_key_can_sign(house: House, as_person: Open) -> None:
    desk = as_person("committee-1").review
    page = desk.draft("project-permit", permit_fields(house.project()), now=NOW)
    for stranger in ("stranger", "checker-1", "cleveland"):
        code = refused(lambda who=stranger: desk.sign(page, key=key(who), now=NOW))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        assert code == "client.key_not_in_root"
    late = NOW + timedelta(days=91)
    assert refused(lambda: desk.sign(page, key=key("committee-1"), now=late)) == "statement.expired"


def test_one_member_stops_a_job_and_withdraws_a_permit(house: House, as_person: Open) -> None:
    project = house.project()
    permit = house.permit(project)
    first, second = (house.submit(project, permit, title=name) for name in ("First", "Second"))
    desk = as_person("committee-3").review
    stopped = desk.stop("job", first.id, reason="Not in the purpose", key=key("committee-3"), now=NOW)
    assert stopped.state == "complete"
    assert as_person("researcher-1").job(first.id).state == "refused"
    assert as_person("researcher-1").job(second.id).state == "ready"
    desk.stop("permit", permit, reason="The project ended", key=key("committee-3"), now=NOW)
    assert as_person("researcher-1").permit(permit).state == "withdrawn"
    ended = as_person("researcher-1").job(second.id)
    assert refused(ended.result) == "job.permit_withdrawn"


def test_a_key_that_cannot_sign_leaves_no_draft_behind(house: House, as_person: Open) -> None:
    project = house.project()
    job = house.submit(project, house.permit(project))
    desk = as_person("committee-3").review
    code = refused(lambda: desk.stop("job", job.id, reason="No", key=key("stranger"), now=NOW))
    assert code == "client.key_not_in_root"
    assert list(desk.statements(state="open")) == []


# -- output checkers -------------------------------------------------------------------------------------


def test_checkers_see_evidence_first_and_votes_only_after_their_own(house: House, as_person: Open) -> None:
    project = house.project()
    held = house.held(project, house.permit(project))
    for who, is_last in (("checker-1", False), ("checker-2", True)):
        desk = as_person(who).exports
        assert [one.id for one in desk.waiting()] == [held.id]
        page = desk.read(held.id)
        told = page.evidence("en").splitlines()
        assert told[0] == "threshold - withheld: 1"
        assert told[1] == "Minimum of persons: no number that is shown describes fewer than 10."
        assert "Residual degrees of freedom of a model: 10" in told
        assert told[-1].startswith("Persons at each step / few / Persons: It would tell of a group under 10")
        assert "[ACRO: MinimumThresholdCheck, " in told[-1]
        assert page.evidence("ko").splitlines()[-1].startswith("선정 단계별 인원 / few / 인원: ")
        assert page.reply.votes is None
        paper = desk.draw_ballot(page, verdict="approve", reason="Read it", key=key(who), now=NOW)
        after = desk.vote(page, paper, key=key(who), now=NOW)
        assert (after.reply.own_vote, after.reply.is_decided) == ("approve", is_last)
        assert after.reply.votes is not None
    answer = as_person("researcher-1").job(held.id).result()
    assert isinstance(answer, CountTable)
    assert answer.persons == (120, None)


def test_a_flipped_ballot_or_another_result_is_noticed(house: House, as_person: Open) -> None:
    project = house.project()
    held = house.held(project, house.permit(project))
    flipped = house.services.exports.draw_ballot(
        held.id, "approve", reason=None, caller=house.caller("checker-1")
    )

    def flip(path: str, answer: Any) -> Any:
        if path.endswith("/ballots"):
            envelope = flipped.envelope.model_dump(mode="json", by_alias=True)
            return {"envelope": envelope, "rendering": flipped.rendering}
        return answer

    def inflate(path: str, answer: Any) -> Any:
        if path.startswith("/v1/exports/"):
            answer["result"]["persons"][0] += 1
        return answer

    desk = as_person("checker-1", flip).exports
    page = desk.read(held.id)
    code = refused(
        lambda: desk.draw_ballot(page, verdict="refuse", reason=None, key=key("checker-1"), now=NOW),
        kind=NotTrusted,
    )
    assert code == "client.ballot_differs"
    lying = as_person("checker-1", inflate).exports
    assert refused(lambda: lying.read(held.id), kind=NotTrusted) == "client.result_altered"
