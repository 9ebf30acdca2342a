"""A checker who has not voted learns nothing of how a colleague judges: by no thread, history, card or count.

Whatever a colleague and the project write to each other, what such a checker is shown is the very same bytes
as if nothing had been written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coordinator.decisions.threads import Audience, MessageKind
from coordinator.permissions import Thing
from tests.support.coordinator_house import House, furnished_house
from tests.support.coordinator_records import code_of
from tests.support.page_visitor import Visitor
from tests.support.talking_house import Study, held_study

SECRET = "The groups are far too small"
LANGUAGES = ("ko", "en")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = furnished_house(tmp_path)
    yield built
    built.database.close()


@pytest.fixture
def study(house: House) -> Study:
    return held_study(house)


def everything_shown(study: Study, who: str) -> list[str]:
    """Each page and answer about the study and the desk, without the secrets of forms."""
    shown = []
    for language in LANGUAGES:
        visitor = Visitor(study.house, language=language)
        visitor.sign_in(who)
        for page in (
            "desk",
            f"exports/{study.job}",
            f"jobs/{study.job}",
            f"projects/{study.project}",
            f"permits/{study.permit}",
            "jobs",
        ):
            answer = visitor.get(f"/{language}/{page}")
            assert answer.status == 200
            shown.append(re.sub(r'name="(form_token|once)" value="[^"]*"', "", answer.html))
    for path in (
        f"/v1/exports/{study.job}",
        "/v1/exports",
        f"/v1/jobs/{study.job}",
        f"/v1/jobs/{study.job}/explain",
        f"/v1/jobs/{study.job}/thread",
        f"/v1/projects/{study.project}/thread",
        f"/v1/permits/{study.permit}/thread",
    ):
        answer = study.house.ask(who, "GET", path)
        assert answer.status_code == 200
        shown.append(answer.text)
    return shown


def _changes(study: Study) -> None:
    study.ask_changes("checker-1", SECRET)


def _changes_answered(study: Study) -> None:
    study.answer("researcher-1", study.ask_changes("checker-1", SECRET), f"You wrote: {SECRET}")


def _question(study: Study) -> None:
    study.write("checker-1", SECRET, kind=MessageKind.QUESTION)


def _among_reviewers(study: Study) -> None:
    study.write("checker-1", SECRET, audience=Audience.REVIEWERS)


def _voted_among_reviewers(study: Study) -> None:
    study.house.vote(study.job, "checker-1", "refuse")
    study.write("checker-1", SECRET, audience=Audience.REVIEWERS)


def _told_on_by_the_committee(study: Study) -> None:
    study.write("committee-1", SECRET, audience=Audience.REVIEWERS)


def _told_on_by_the_researcher(study: Study) -> None:
    study.write("researcher-1", SECRET)


def _on_the_project(study: Study) -> None:
    study.write("checker-1", SECRET, on=(Thing.PROJECT, study.project))


def _on_the_permit(study: Study) -> None:
    study.write("checker-1", SECRET, audience=Audience.REVIEWERS, on=(Thing.PERMIT, study.permit))


WAYS = (
    _changes,
    _changes_answered,
    _question,
    _among_reviewers,
    _voted_among_reviewers,
    _told_on_by_the_committee,
    _told_on_by_the_researcher,
    _on_the_project,
    _on_the_permit,
)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_that_is_written_shows_to_a_checker_who_has_not_voted(
    study: Study, way: Callable[[Study], None]
) -> None:
    before = everything_shown(study, "checker-2")
    way(study)
    study.house.clock.forward(minutes=5)
    assert everything_shown(study, "checker-2") == before


@pytest.mark.parametrize("way", WAYS)
def test_it_shows_once_one_has_voted(study: Study, way: Callable[[Study], None]) -> None:
    way(study)
    study.house.vote(study.job, "checker-2")
    assert SECRET in " ".join(everything_shown(study, "checker-2"))


def test_a_colleagues_message_cannot_be_answered_unseen(study: Study) -> None:
    asked = study.ask_changes("checker-1", SECRET)
    refused = code_of(lambda: study.answer("checker-2", asked))
    assert refused == "thread.no_such_message"
    visitor = Visitor(study.house)
    visitor.sign_in("checker-2")
    plain = visitor.get(f"/en/exports/{study.job}").words
    assert visitor.get(f"/en/exports/{study.job}?answer={asked.id}").words == plain


def test_ones_own_talk_with_the_project_is_seen_and_the_colleagues_is_not(study: Study) -> None:
    mine, theirs = study.ask_changes("checker-2", "Mine"), study.ask_changes("checker-1", SECRET)
    study.answer("researcher-1", mine, "To you")
    study.answer("researcher-1", theirs, "To the other")
    study.answer("committee-1", mine, "The other says so as well")
    assert study.read("checker-2") == ["Mine", "To you"]
    assert study.read("checker-1") == [SECRET, "To the other"]


def test_what_was_written_before_there_was_a_result_stays_readable(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    job = house.submit(project, permit)
    study = Study(house, project, permit, job.id)
    study.write("researcher-1", "Groups by age", on=(Thing.PROJECT, project))
    house.clock.forward(minutes=5)
    held = held_study(house)
    other = house.held(project, permit, seed=7)
    assert study.read("checker-1", on=(Thing.PROJECT, project)) == ["Groups by age"]
    study.write("researcher-1", "Later", on=(Thing.PROJECT, project))
    assert study.read("checker-1", on=(Thing.PROJECT, project)) == ["Groups by age"]
    house.vote(other.id, "checker-1")
    assert study.read("checker-1", on=(Thing.PROJECT, project)) == ["Groups by age", "Later"]
    assert held.read("checker-1") == [], "another project's result is another matter"


def test_after_a_vote_nothing_is_written_to_the_project_until_all_is_decided(study: Study) -> None:
    house = study.house
    question = study.write("researcher-1", "When?", kind=MessageKind.QUESTION)
    house.vote(study.job, "checker-1", "refuse")
    for on in ((Thing.JOB, study.job), (Thing.PROJECT, study.project), (Thing.PERMIT, study.permit)):
        write = lambda on=on: study.write("checker-1", "No", on=on)  # noqa: E731 - one act
        assert code_of(write) == "thread.after_vote"
    assert code_of(lambda: study.answer("checker-1", question)) == "thread.after_vote"
    study.write("checker-1", SECRET, audience=Audience.REVIEWERS)
    assert study.read("researcher-1") == ["When?"]
    house.vote(study.job, "checker-2", "refuse")
    study.write("checker-1", "Now it is told")
    assert study.read("researcher-1") == ["When?", "Now it is told"]
    assert study.read("checker-3") == ["When?", SECRET, "Now it is told"]


def test_a_person_of_both_committee_and_checkers_is_a_checker(house: House) -> None:
    from dataclasses import replace

    from coordinator.roles import Role

    study = held_study(house)
    both = house.callers["checker-2"]
    house.callers = {**house.callers, "checker-2": replace(both, roles=both.roles | {Role.COMMITTEE})}
    _changes(study)
    _told_on_by_the_committee(study)
    assert study.read("checker-2") == []
    assert house.services.threads.returned(house.caller("checker-2"), limit=9) == []


def test_a_checker_named_in_another_permit_of_the_project_may_vote_and_so_is_blind(study: Study) -> None:
    house = study.house
    house.permit(study.project, people=["researcher-1", "checker-2"])
    _changes_answered(study)
    _told_on_by_the_researcher(study)
    assert study.read("checker-2") == []
    house.vote(study.job, "checker-2")
    assert SECRET in study.read("checker-2")
    assert code_of(lambda: study.write("checker-2", "No")) == "thread.after_vote"


def test_a_checker_of_the_project_itself_never_votes_and_reads_as_one_of_the_project(study: Study) -> None:
    study.house.services.projects.add_member(study.project, "checker-2", by="researcher-1")
    _changes(study)
    _among_reviewers(study)
    assert study.read("checker-2") == [SECRET]


def test_the_cards_of_the_desk(study: Study) -> None:
    def card(who: str, title: str) -> str:
        visitor = Visitor(study.house)
        visitor.sign_in(who)
        words = visitor.get("/en/desk").words
        order = ["Waiting for me", "Returned, or waiting for others", "Approved, not yet released"]
        parts = re.split("|".join(map(re.escape, order)), words)
        return parts[order.index(title) + 1]

    assert "How many" in card("checker-1", "Waiting for me")
    asked = study.ask_changes("checker-1", SECRET)
    assert "How many" not in card("checker-1", "Waiting for me"), "it is the project's turn"
    assert "How many" in card("checker-1", "Returned, or waiting for others")
    assert "How many" in card("committee-1", "Returned, or waiting for others")
    assert "How many" in card("checker-2", "Waiting for me"), "as if nothing had been asked"
    assert "How many" not in card("checker-2", "Returned, or waiting for others")
    study.answer("researcher-1", asked)
    assert "How many" in card("checker-1", "Waiting for me")
    assert "How many" not in card("checker-1", "Returned, or waiting for others")
