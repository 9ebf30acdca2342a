"""The review of one job: what a member finds on its page, and what nobody finds who may not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from markupsafe import escape
from sqlalchemy import text

from catalog.bands import count_band
from catalog.dataset_card import DatasetCard, VocabularyEntry
from coordinator.database import migrate as migration
from coordinator.database.sessions import open_database
from coordinator.jobs.job_store import Job
from coordinator.pages import job_comparison
from coordinator.states import JobState
from onggi.errors import Refused
from onggi.protocol.bounds import Reads
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.spec.base import as_instant
from onggi.spec.ids import SiteId
from tests.support.browser_questions import KINDS, RESULTS, question
from tests.support.coordinator_house import (
    CONCEPTS,
    QUORUM,
    House,
    furnished_house,
    house_spec,
    permit_fields,
    review_of,
)
from tests.support.federation_root import NOW, SITES
from tests.support.page_visitor import Page, Visitor

BACKENDS = ("sqlite", "postgresql")
BOUNDS = {
    "kinds": list(KINDS),
    "minimum_persons": 10,
    "minimum_sites": 3,
    "maximum_jobs": 50,
    "results": list(RESULTS.values()),
}
LATER = as_instant(NOW + timedelta(days=29))


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    made = furnished_house(tmp_path, backend=request.param)
    yield made
    made.database.close()


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[House]:
    made = furnished_house(tmp_path)
    yield made
    made.database.close()


def look(house: House, job: Job, who: str = "committee-2", *, language: str = "en") -> Page:
    visitor = Visitor(house, language=language)
    visitor.sign_in(who)
    page = visitor.get(f"/{language}/jobs/{job.id}")
    assert page.status == 200, page.words
    return page


def part(page: Page, start: str, end: str) -> str:
    """What stands between two headings."""
    begin = page.html.index(f'id="{start}"')
    return page.html[begin : page.html.index(f'id="{end}"', begin)]


def compared(page: Page) -> str:
    return part(page, "compare", "scope")


def approve(house: House, job: Job) -> str:
    drafted = draft(house, job)
    house.sign(house.services.statements.get(drafted), by=QUORUM)
    return drafted


def draft(house: House, job: Job) -> str:
    fields = {
        "project": job.project,
        "permit": job.permit,
        "spec": job.digest,
        "expires": as_instant(house.clock() + timedelta(days=20)),
    }
    by = house.caller("committee-1")
    return house.services.statements.draft("job-approval", fields, by=by).id


# the words


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_every_part_in_both_languages(quick: House, kind: str, language: str) -> None:
    project = quick.project()
    job = quick.submit(project, quick.permit(project, bounds=BOUNDS), **question(kind).asked)
    page = look(quick, job, language=language)
    order = ["leaving-title", "words", "cohort", "compare", "scope", "cost", "precedents", "code"]
    at = [page.html.index(f'id="{each}"') for each in order]
    assert at == sorted(at), "what will leave stands first"
    for each in order[1:]:
        assert f'href="#{each}"' in page.html
    for word in {"ko": ("개인정보 보호", "나가는 결과"), "en": ("Privacy", "What leaves")}[language]:
        assert word in page.words


# the statement


def test_all_of_it_is_one_activation_from_the_statement(quick: House) -> None:
    project = quick.project()
    job = quick.submit(project, quick.permit(project, bounds=None))
    visitor = Visitor(quick)
    visitor.sign_in("committee-2")
    statement = visitor.get(f"/en/statements/{draft(quick, job)}")
    assert f'href="/en/jobs/{job.id}"' in statement.html
    assert "What will leave" in statement.words
    assert statement.words.index("Review the job in full") < statement.words.index(
        "The words that are signed"
    )
    other = quick.services.statements.draft(
        "project-permit", permit_fields(project), by=quick.caller("committee-1")
    )
    plain = visitor.get(f"/en/statements/{other.id}")
    assert plain.status == 200
    assert "Review the job" not in plain.words


# differences


def test_without_an_earlier_approved_job_there_is_nothing_to_compare_with(house: House) -> None:
    project = house.project()
    permit = house.permit(project, bounds=None)
    waiting = house.submit(project, permit)
    refused = house.submit(project, permit, seed=1)
    _refuse(house, refused)
    other_kind = house.submit(project, house.permit(project, bounds=BOUNDS), **question("glm").asked)
    foreign = house.project()
    house.submit(foreign, house.permit(foreign))
    page = look(house, house.submit(project, permit, seed=2))
    assert "There is nothing to compare with" in compared(page)
    for each in (waiting, refused, other_kind):
        assert each.id not in compared(page)


def _refuse(house: House, job: Job) -> None:
    fields = {
        "what": "job",
        "target": job.id,
        "reason": "not now",
        "expires": as_instant(house.clock() + timedelta(days=20)),
    }
    drafted = house.services.statements.draft("revocation", fields, by=house.caller("committee-1"))
    house.sign(drafted, by=QUORUM[:1])
    assert house.services.jobs.get(job.id).state is JobState.REFUSED


def test_the_newest_approved_job_of_the_same_title_comes_first(house: House) -> None:
    project = house.project()
    permit, bound = house.permit(project, bounds=None), house.permit(project, bounds=BOUNDS)
    same = house.submit(project, permit, seed=1)
    approve(house, same)
    newer = house.submit(project, bound, title="Another question")
    now = house.submit(project, permit, seed=2)
    page = look(house, now)
    assert f'href="/en/jobs/{same.id}"' in compared(page)
    assert newer.id not in compared(page)
    assert "with the same kind and title" in compared(page)
    unheard = house.submit(project, permit, title="Never asked before")
    page = look(house, unheard)
    assert f'href="/en/jobs/{newer.id}"' in compared(page)
    assert "None has the same title" in compared(page)
    assert "nothing to compare with" in compared(look(house, same)), "later jobs are no earlier version"


def test_differences_stand_in_plain_names_with_both_values(quick: House) -> None:
    project = quick.project()
    permit = quick.permit(project, bounds=BOUNDS)
    asked = question("count").asked
    quick.submit(project, permit, **asked)
    cohort = deepcopy(asked["cohort"])
    gone = cohort["InclusionRules"].pop()["name"]
    budget = {"micro_epsilon": 300_000, "delta": 0.0001}
    changed = asked | {
        "cohort": cohort,
        "privacy": {"minimum_persons": 25, "differential_privacy": budget},
    }
    job = quick.submit(project, permit, **changed)
    told = compared(look(quick, job))
    assert ">Privacy › Minimum persons</th>" in told
    assert "<td>10</td><td>25</td>" in told
    assert "<td>none</td><td>Epsilon (millionths): 300000; Delta: 0.0001</td>" in told
    assert f"“{gone}”" in told
    assert "Removed" in told
    korean = compared(look(quick, job, language="ko"))
    assert ">개인정보 보호 › 최소 인원</th>" in korean
    assert "빠짐" in korean


def test_when_nothing_but_dates_and_ids_differs_it_says_so(quick: House) -> None:
    project = quick.project()
    quick.submit(project, quick.permit(project))
    again = quick.submit(project, quick.permit(project), expires=LATER)
    told = compared(look(quick, again))
    assert "Nothing differs but dates, ids" in told
    assert "Runs until" in told
    assert "What differs" not in told


def test_long_values_are_folded_and_many_differences_are_counted(
    quick: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_comparison, "_MOST", 2)
    project = quick.project()
    permit = quick.permit(project)
    quick.submit(project, permit, cohort={"ConceptSets": [], "a": "short"})
    long = {"ConceptSets": [], "a": "x" * 500, "b": 1, "c": 2}
    told = compared(look(quick, quick.submit(project, permit, cohort=long)))
    assert f'<details class="folded"><summary>{"x" * 100}…</summary>' in told
    assert "x" * 500 in told
    assert "Further differences that are not shown: 1" in told


def test_a_hospital_sees_no_version_that_does_not_run_there(quick: House) -> None:
    project = quick.project()
    permit = quick.permit(project)
    elsewhere = quick.submit(project, permit, participants=["budapest", "longbeach", "zurich"])
    here = quick.submit(project, permit)
    page = look(quick, here, "hospital-1")
    assert elsewhere.id not in page.html
    assert "There is nothing to compare with" in page.words
    assert elsewhere.id in look(quick, here, "researcher-1").html


# scope


def test_scope_shows_what_is_read_granted_and_granted_beyond(quick: House) -> None:
    project = quick.project()
    job = quick.submit(project, quick.permit(project))
    told = part(look(quick, job), "scope", "cost")
    assert "grants everything that this job reads" in told
    row = f"<td>{CONCEPTS[0]}</td><td>reads it</td><td>grants it at every hospital</td>"
    assert row in told
    assert f"<td>{CONCEPTS[1]}</td><td>does not</td>" in told
    assert "things: 3" in told, "one concept, age and sex"


def _reading(house: House, **reads: Any) -> None:
    given = {"concepts": set(), "whole_domains": set(), "demographics": set()} | reads
    checks = replace(house.services.checks, find_reads=lambda _spec: Reads(**given))
    house.services = replace(house.services, checks=checks)


def test_scope_says_where_the_permit_does_not_reach(quick: House) -> None:
    project = quick.project()
    grants = permit_fields(project)["datasets"]
    grants[0] = grants[0] | {"concepts": [*CONCEPTS, 77]}
    job = quick.submit(project, quick.permit(project, datasets=grants))
    _reading(quick, concepts={77}, whole_domains={"death"})
    told = part(look(quick, job), "scope", "cost")
    first, *others = [grant["site"] for grant in grants]
    assert "does not grant" in told
    assert f"grants it at: {first}" in told
    assert f"does not grant it at: {', '.join(sorted(others))}" in told
    assert "<td>death</td><td>reads it</td>" in told


def test_scope_of_a_definition_that_cannot_be_read(quick: House) -> None:
    project = quick.project()
    job = quick.submit(project, quick.permit(project))

    def unreadable(_spec: object) -> Reads:
        raise Refused("cohort.unreadable")

    quick.services = replace(quick.services, checks=replace(quick.services.checks, find_reads=unreadable))
    assert "cannot say what it reads" in part(look(quick, job), "scope", "cost")


def test_a_hospitals_own_concepts_have_the_names_of_its_card(quick: House) -> None:
    own = 2_000_000_010
    for site, name in zip(SITES, ("Chest pain", "흉통", "Chest pain", "<b>Pain</b>"), strict=True):
        entry = VocabularyEntry(
            concept=own, name=name, domain="Observation", vocabulary="", concept_class="", standard=None
        )
        card = DatasetCard(
            site=SiteId(site),
            dataset="heart",
            generation=1,
            cdm_version="5.4",
            minimum_persons=10,
            persons=count_band(500),
            vocabulary=(entry,),
        )
        quick.services.cards.add(card.to_json(), by=f"node-{site}")
    project = quick.project()
    job = quick.submit(project, quick.permit(project))
    _reading(quick, concepts={own, CONCEPTS[0]})
    told = part(look(quick, job), "scope", "cost")
    assert f"<td>{own} (" in told
    assert "Chest pain" in told
    assert "흉통" in told
    assert "&lt;b&gt;Pain&lt;/b&gt;" in told
    assert "<b>" not in told
    assert f"<td>{CONCEPTS[0]}</td>" in told


# cost


def test_cost_counts_jobs_of_the_permit_and_what_this_one_adds(house: House) -> None:
    project = house.project()
    permit, other = house.permit(project), house.permit(project)
    house.submit(project, permit, seed=1)
    house.submit(project, permit, seed=2, minimum_sites=3, parameters={"kind": "concepts"})
    house.submit(project, other, seed=3)
    job = house.submit(project, permit, seed=4)
    told = part(look(house, job), "cost", "precedents")
    assert "used 1 of 50, this would add 1" in told
    assert "none asked" in told
    assert "no dataset card" in told
    outside = house.submit(
        project,
        permit,
        seed=5,
        privacy={"differential_privacy": {"micro_epsilon": 1_500_000, "delta": 1e-6}},
    )
    told = part(look(house, outside), "cost", "precedents")
    assert "used 2 of 50, this would add 0" in told
    assert "does not count towards them" in told
    assert "1.5 asked. Without a vote all jobs together may ask for 0; others asked for 0." in told
    assert "standard deviation of a pooled one: about 4.394 persons" in told


def test_cost_without_bounds(quick: House) -> None:
    project = quick.project()
    job = quick.submit(project, quick.permit(project, bounds=None))
    assert "every job needs its own vote" in part(look(quick, job), "cost", "precedents")


# precedents


def test_precedents_say_how_they_ended_why_and_after_how_long(house: House) -> None:
    project, foreign = house.project(), house.project(by="researcher-2")
    permit = house.permit(project, bounds=None)
    approved = house.submit(project, permit, title="Was approved", seed=1)
    refused = house.submit(project, permit, title="Was refused", seed=2)
    house.submit(project, permit, title="Still waits", seed=3)
    failed = house.submit(
        foreign, house.permit(foreign, people=["researcher-2"]), title="Foreign one", by="researcher-2"
    )
    house.move(failed.id, JobState.FAILED, code="job.too_late")
    house.clock.forward(days=2, hours=20)
    approve(house, approved)
    house.clock.forward(days=2)
    _refuse(house, refused)
    now = house.submit(project, permit, title="The present one", seed=9)
    told = part(look(house, now), "precedents", "code")
    rows = [row for row in told.split("<tr>") if "<td>" in row]
    assert ["Foreign one" in row for row in rows] == [True, False, False, False], "newest first"
    assert "none (inside the bounds)" in rows[0]
    assert "Failed" in rows[0]
    assert "4 (still waiting)" in rows[1]
    assert "Refused" in rows[2]
    assert "<td>4</td>" in rows[2]
    assert "Approved" in rows[3]
    assert "<td>2</td>" in rows[3]
    assert "The present one" not in told


def test_a_foreign_projects_job_is_nobodys_precedent_but_a_reviewers(house: House) -> None:
    """Titles of foreign projects reach those alone whose rule reaches every job."""
    project, foreign = house.project(), house.project(by="researcher-2")
    secret = house.submit(
        foreign, house.permit(foreign, people=["researcher-2"]), title="Secret title", by="researcher-2"
    )
    house.submit(project, house.permit(project), title="Own earlier job")
    job = house.submit(project, house.permit(project), seed=5)
    for who in ("committee-2", "checker-1", "auditor-1", "operator-1"):
        assert "Secret title" in look(house, job, who).words
    for who in ("researcher-1", "hospital-1"):
        page = look(house, job, who)
        assert "Secret title" not in page.html
        assert secret.id not in page.html
    assert "Own earlier job" in look(house, job, "researcher-1").words


def test_precedents_are_of_the_same_dataset_and_kind_and_ten_at_most(house: House) -> None:
    project = house.project()
    grants = permit_fields(project)["datasets"]
    house.review(project, dataset="lung")
    lungs = [
        grant | {"dataset": "lung", "review": digest_of(review_of(project, grant["site"], dataset="lung"))}
        for grant in grants
    ]
    both = [*grants, *lungs]
    permit = house.permit(project, bounds=BOUNDS, datasets=both)
    house.submit(project, permit, title="Lung", dataset="lung")
    house.submit(project, permit, **question("glm").asked | {"title": "Other kind"})
    for number in range(12):
        house.submit(project, permit, title=f"Number {number:02d}")
    told = part(look(house, house.submit(project, permit, seed=7)), "precedents", "code")
    assert [f"Number {number:02d}" in told for number in range(12)] == [False] * 2 + [True] * 10
    assert "Lung" not in told
    assert "Other kind" not in told


@pytest.mark.parametrize(("revision", "column"), [("0011", "dataset"), ("0012", "participants")])
def test_jobs_kept_before_get_what_lists_ask_for_with_the_migration(
    tmp_path: Path, revision: str, column: str
) -> None:
    """From the form before it, with more jobs in it than are filled in at once."""
    step = ScriptDirectory.from_config(migration._config()).get_revision(revision)
    assert isinstance(step.down_revision, str)
    path = tmp_path / "older.db"
    database = open_database(f"sqlite:///{path}")
    with database.engine.begin() as connection:
        command.upgrade(migration._config(connection=connection), step.down_revision)
    kept = {f"job-{number:05d}": ("heart", "lung")[number % 2] for number in range(1001)}
    _keep_older_jobs(path, kept)
    migration.migrate(database)
    with database.reading() as session:
        found = dict(session.execute(text(f"SELECT id, {column} FROM jobs")).all())
    database.close()
    named = dict.fromkeys(kept, ",".join(sorted(SITES)))
    assert found == (kept if column == "dataset" else named)


def _keep_older_jobs(path: Path, jobs: dict[str, str]) -> None:
    """Past the checks of the records: the rows that a job belongs to are not there."""
    spec = house_spec("project-1", "permit-1")
    with closing(sqlite3.connect(path)) as plain, plain:
        for job, dataset in jobs.items():
            own = spec.model_copy(update={"dataset": dataset, "title": job})
            plain.execute(
                "INSERT INTO jobs (id, project, permit, submitted_by, submitted, title, kind, spec, digest, "
                "within_bounds, expires, state, state_since) "
                "VALUES (?, 'p', 'p', 'a', ?, ?, 'count', ?, ?, 1, ?, 'ready', ?)",
                (job, NOW.isoformat(), job, canonical_json(own).decode(), job, *[NOW.isoformat()] * 2),
            )


# what people wrote

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 77 * 77 }}{% raw %}",
    "</pre></details><b>x</b>",
    "{0}{name}%s",
)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_from_people_stays_text(quick: House, payload: str, language: str) -> None:
    project = quick.project()
    permit = quick.permit(project, bounds=BOUNDS)
    asked = question("overlap").asked
    quick.submit(project, permit, **asked | {"title": payload})
    changed = deepcopy(asked)
    changed["title"] = payload
    changed["parameters"]["name"] = payload[:60]
    changed["parameters"]["cohorts"][0]["name"] = f"{payload}2"[:60]
    changed["parameters"]["cohorts"][1]["cohort"]["InclusionRules"][0]["name"] = payload
    changed["cohort"][payload] = {payload: "\u202eturned"}
    page = look(quick, quick.submit(project, permit, **changed, seed=3), language=language)
    for raw in ("<script>alert", "<img src=x", "<b>x</b>", ">5929"):
        assert raw not in page.html
    for start, end in (("compare", "scope"), ("precedents", "code")):
        assert escape(payload) in part(page, start, end)
    assert "\\u202eturned" in compared(page)
    assert "\u202e" not in compared(page)


def test_a_cancelled_job_that_was_never_approved_is_no_version(quick: House) -> None:
    project = quick.project()
    permit = quick.permit(project, bounds=None)
    job = quick.submit(project, permit)
    quick.services.submitter.cancel(job.id, by=quick.caller("researcher-1"))
    assert "nothing to compare with" in compared(look(quick, quick.submit(project, permit, seed=1)))
