"""What a checker finds beside a held result: findings, related results, the cost; and who finds it not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coordinator.jobs.job_store import Job
from coordinator.jobs.related_results import find_related
from coordinator.states import JobState
from onggi.spec.counted_rules import counted_rules
from onggi.spec.results import CountTable
from tests.support.browser_questions import KINDS, RESULTS, question
from tests.support.coordinator_house import House, furnished_house, verdict
from tests.support.page_visitor import Page, Visitor

BOUNDS = {
    "kinds": list(KINDS),
    "minimum_persons": 10,
    "minimum_sites": 3,
    "maximum_jobs": 50,
    "results": list(RESULTS.values()),
    "micro_epsilon": 2_000_000,
}


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    made = furnished_house(tmp_path, backend=request.param)
    yield made
    made.database.close()


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[House]:
    made = furnished_house(tmp_path)
    yield made
    made.database.close()


def _permit(house: House, project: str, by: str = "researcher-1") -> str:
    return house.permit(project, people=(by,), bounds=BOUNDS)


def _held(house: House, project: str, permit: str, by: str = "researcher-1", **changes: Any) -> Job:
    asked = question("count")
    job = house.submit(project, permit, by=by, **asked.asked | changes)
    house.move(job.id, JobState.RUNNING)
    house.services.results.record(job.id, asked.answer, verdict(passed=False))
    return house.services.jobs.get(job.id)


def _released(house: House, project: str, permit: str, by: str = "researcher-1", **changes: Any) -> Job:
    job = _held(house, project, permit, by, **changes)
    for checker in ("checker-1", "checker-2"):
        house.vote(job.id, checker)
    return house.services.jobs.get(job.id)


def _look(house: House, job: Job, *, language: str = "en") -> Page:
    visitor = Visitor(house, language=language)
    visitor.sign_in("checker-3")
    page = visitor.get(f"/{language}/exports/{job.id}")
    assert page.status == 200, page.words
    return page


def _part(page: Page, start: str, end: str) -> str:
    begin = page.html.index(f'id="{start}"')
    return page.html[begin : page.html.index(f'id="{end}"', begin)]


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_evidence_stands_before_the_result_and_the_vote(quick: House, language: str) -> None:
    project = quick.project()
    job = _held(quick, project, _permit(quick, project))
    page = _look(quick, job, language=language)
    order = ["leaving-title", "evidence", "withheld", "counted", "related", "cost", "result", "verdict-title"]
    at = [page.html.index(f'id="{each}"') for each in order]
    assert at == sorted(at)
    assert all(f'href="#{each}"' in page.html for each in order[1:])


def test_each_withheld_number_has_its_sentence_and_no_number(quick: House) -> None:
    project = quick.project()
    job = _held(quick, project, _permit(quick, project))
    part = _part(_look(quick, job), "withheld", "related")
    assert "Persons at each step / Men / Persons" in part
    assert "subtracting would show that group" in part
    assert "Men" in _part(_look(quick, job, language="ko"), "withheld", "related")
    answer = question("count").answer
    assert isinstance(answer, CountTable)
    assert all(str(each) not in part for each in answer.persons if each is not None)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_rules_that_counted_stand_with_their_numbers_and_what_is_stricter(
    quick: House, language: str
) -> None:
    project = quick.project()
    rules = {"residual_dof": 30, "zero_drop_is_small": True}
    job = _held(quick, project, _permit(quick, project), privacy={"rules": rules})
    part = _words(_part(_look(quick, job, language=language), "counted", "related"))
    if language == "ko":
        assert "모형에 남아야 하는 잔차 자유도 30 10 더 엄격함" in part
        assert "아무도 빠지지 않은 단계도 적은 인원으로 봄 예 아니요 더 엄격함" in part
        assert "합계에 기여하는 유효 인원 5 5 같음" in part
        assert "최소 인원: 10명 미만을 나타내는 수는 보이지 않습니다." in part
        assert part.count("더 엄격함") == 2
    else:
        assert "Residual degrees of freedom of a model 30 10 Stricter" in part
        assert "A step at which nobody drops out counts as small yes no Stricter" in part
        assert "Effective number of contributors to a sum 5 5 the same" in part
        assert "no number that is shown describes fewer than 10" in part
        assert "nothing that is small at one hospital left it" in part
        assert "Noise: none was added." in part
        assert part.count("Stricter") == 2


def test_small_hospitals_and_noise_stand_beside_the_rules(quick: House) -> None:
    project = quick.project()
    small = quick.permit(project, people=("researcher-1",), bounds=BOUNDS, small_hospitals=True)
    job = _held(quick, project, small, privacy={"small_hospitals": True})
    part = _words(_part(_look(quick, job), "counted", "related"))
    assert "as the permit allows, what is small at one hospital went into masked sums" in part
    noise = {"differential_privacy": {"micro_epsilon": 500_000, "delta": 1e-6}}
    noisy = _held(quick, project, _permit(quick, project), privacy=noise)
    part = _words(_part(_look(quick, noisy), "counted", "related"))
    assert "every hospital added it (epsilon 0.5, delta 1e-06)" in part
    assert "none of them judged the noisy numbers" in part


def test_the_api_has_the_very_facts_of_the_page(quick: House) -> None:
    project = quick.project()
    job = _held(quick, project, _permit(quick, project), privacy={"rules": {"rounding_base": 20}})
    evidence = quick.ask("checker-3", "GET", f"/v1/exports/{job.id}").json()["evidence"]["counted"]
    facts = counted_rules(job.spec, quick.services.results.get(job.id).result)
    assert evidence == facts.model_dump(mode="json")
    assert [each["rule"] for each in evidence["rules"] if each["is_stricter"]] == ["rounding_base"]
    assert (evidence["minimum_persons"], evidence["small_hospitals"], evidence["judged"]) == (10, False, True)


def test_released_results_of_other_projects_with_the_same_cohort_are_named(house: House) -> None:
    own, other = house.project(), house.project(by="researcher-2")
    mine, theirs = _permit(house, own), _permit(house, other, "researcher-2")
    same = _released(house, other, theirs, "researcher-2", title="Their earlier count")
    near = _released(house, own, mine, title="Fewer rules", cohort=question("glm").changes["cohort"])
    waiting = _held(house, other, theirs, "researcher-2", title="Not released", seed=5)
    job = _held(house, own, mine, seed=7)
    part = _part(_look(house, job), "related", "cost")
    assert f"/en/jobs/{same.id}" in part
    assert "the same (equal digest)" in part
    assert f"/en/jobs/{near.id}" in part
    assert "1 of 5 rules alike" in part
    assert part.index(same.id) < part.index(near.id), "the closest first"
    assert other in part
    assert "this project" in part
    assert waiting.id not in part
    assert job.id not in part
    assert "Released results compared: 2." in part


def test_whoever_reaches_only_their_own_projects_learns_of_no_other(house: House) -> None:
    own, other = house.project(), house.project(by="researcher-2")
    _released(house, other, _permit(house, other, "researcher-2"), "researcher-2")
    permit = _permit(house, own)
    mine = _released(house, own, permit, title="Mine")
    job = _held(house, own, permit, seed=3)
    limited = find_related(house.database, job, member="researcher-1")
    assert [each.id for each in limited.found] == [mine.id]
    assert limited.compared == 1
    assert find_related(house.database, job, member="auditor-1").found == ()
    assert len(find_related(house.database, job, member=None).found) == 2


def test_another_data_set_and_other_persons_are_not_related(quick: House) -> None:
    project = quick.project()
    permit = _permit(quick, project)
    _released(quick, project, permit, cohort={"PrimaryCriteria": {"CriteriaList": []}})
    job = _held(quick, project, permit)
    assert "None of the released results that you may see is related" in _part(
        _look(quick, job), "related", "cost"
    )


def test_the_list_is_short_and_says_what_it_leaves_out(quick: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coordinator.jobs.related_results._MOST", 1)
    monkeypatch.setattr("coordinator.jobs.related_results._LOOKED_AT", 2)
    project = quick.project()
    permit = _permit(quick, project)
    for seed in (1, 2, 3):
        _released(quick, project, permit, seed=seed)
    part = _part(_look(quick, _held(quick, project, permit, seed=4)), "related", "cost")
    assert "Further related results, not listed: 1." in part
    assert "Only the newest were compared" in part


def test_the_cost_says_what_is_asked_of_the_permits_allowance(quick: House) -> None:
    project = quick.project()
    permit = _permit(quick, project)
    privacy = {"differential_privacy": {"micro_epsilon": 500_000, "delta": 1e-6}}
    part = _part(_look(quick, _held(quick, project, permit, privacy=privacy)), "cost", "result")
    assert "0.5 asked. Without a vote all jobs together may ask for 2" in part
    plain = _part(_look(quick, _held(quick, project, permit)), "cost", "result")
    assert "none asked" in plain
