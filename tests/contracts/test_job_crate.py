"""The evidence pack of a released job: it keeps the profile, tells what happened, and goes to few."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coordinator.crates.bag import pack_crate
from coordinator.crates.story import read_story
from coordinator.database.work import ApprovalRow, PermitRow
from coordinator.jobs.job_store import Job
from coordinator.states import JobState
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.dsse import Envelope
from onggi.spec.base import as_instant
from tests.support.answers_to_tell import HOSTILE, RESULTS
from tests.support.coordinator_house import QUORUM, House, furnished_house, make_result, verdict
from tests.support.crate_rules import RULES, STATES, Crate, broken_rules, types_of
from tests.support.page_visitor import Visitor
from tests.support.shared_data import shared_data


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = furnished_house(tmp_path)
    yield made
    made.database.close()


def _released(house: House, *, outside_bounds: bool = False, result: Any = None, **changes: Any) -> Job:
    project = house.project()
    permit = house.permit(project, **({"bounds": None} if outside_bounds else {}))
    job = house.submit(project, permit, **changes)
    if outside_bounds:
        fields = {
            "project": project,
            "permit": permit,
            "spec": job.digest,
            "expires": as_instant(job.spec.expires),
        }
        by = house.caller("committee-1")
        house.sign(house.services.statements.draft("job-approval", fields, by=by), by=QUORUM)
    house.clock.forward(minutes=1)
    house.move(job.id, JobState.RUNNING)
    house.clock.forward(minutes=2)
    house.services.results.record(job.id, result or make_result(), verdict(passed=False))
    for who, opinion in (("checker-1", "approve"), ("checker-2", "refuse"), ("checker-3", "approve")):
        house.clock.forward(minutes=3)
        house.vote(job.id, who, opinion)
    return house.services.jobs.get(job.id)


def _crate(house: House, job: Job) -> Crate:
    return Crate.read(pack_crate(read_story(house.services, job.id)))


def test_it_keeps_every_rule_of_its_profiles(house: House) -> None:
    assert broken_rules(_crate(house, _released(house))) == {}
    assert broken_rules(_crate(house, _released(house, outside_bounds=True, seed=2))) == {}


@pytest.mark.parametrize("name", RESULTS)
def test_a_crate_of_each_kind_of_result_keeps_the_rules(house: House, name: str) -> None:
    story = read_story(house.services, _released(house).id)
    held = replace(story.result, result=RESULTS[name], digest=digest_of(RESULTS[name]))
    crate = Crate.read(pack_crate(replace(story, result=held)))
    assert broken_rules(crate) == {}
    assert crate.payload["outputs/result.json"] == canonical_json(RESULTS[name])


def test_it_speaks_as_the_profiles_own_example_does(house: House) -> None:
    """The example of a published crate that comes with Five Safes 0.4."""
    path = shared_data("governance", "five-safes-crate", "0.4", "example-result", "data")
    graph = json.loads((path / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    theirs = {each["@id"]: {"@type": each.get("type"), **each} for each in graph}
    crate = _crate(house, _released(house, outside_bounds=True))
    # Its "licence" is a slip of the pen: RO-Crate knows license alone.
    assert {*theirs["./"]} - {"licence"} <= {*crate.root}
    assert theirs["./"]["conformsTo"] == crate.root["conformsTo"]
    phases = {
        (each["additionalType"]["@id"], *types_of(each))
        for each in theirs.values()
        if "additionalType" in each
    }
    ours = [each for each in crate.entities().values() if "additionalType" in each]
    assert {(each["additionalType"]["@id"], *types_of(each)) for each in ours} <= phases
    states = {each["actionStatus"].rsplit("/", 1)[-1] for each in ours}
    assert states <= {each.rsplit("/", 1)[-1] for each in STATES}
    for each in ours:
        (example,) = (one for one in theirs.values() if one.get("additionalType") == each["additionalType"])
        assert {*example} - {"type", "startTime", "endTime", "instrument"} <= {*each}, each["@id"]


def test_it_tells_who_did_what_and_when(house: House) -> None:
    job = _released(house, outside_bounds=True)
    crate = _crate(house, job)
    actions = {each["@id"]: each for each in crate.document()["@graph"] if "actionStatus" in each}
    assert [each["@id"] for each in crate.root["mentions"]] == list(actions)
    permit, approval, run, rules, *votes, _ = actions.values()
    assert [each["@id"] for each in permit["agent"]] == [f"#member-{each}" for each in QUORUM]
    assert [each["@id"] for each in approval["agent"]] == [f"#member-{each}" for each in QUORUM]
    assert (run["agent"]["@id"], run["endTime"]) == (
        "#account-researcher-1",
        as_instant(house.services.results.get(job.id).created),
    )
    assert run["startTime"] < run["endTime"] == rules["endTime"] < votes[0]["endTime"]
    assert [(each["agent"][0]["@id"], each["actionStatus"].rsplit("/", 1)[1]) for each in votes] == [
        ("#member-checker-1", "CompletedActionStatus"),
        ("#member-checker-2", "FailedActionStatus"),
        ("#member-checker-3", "CompletedActionStatus"),
    ]
    assert crate.root["datePublished"] == as_instant(job.state_since) == votes[-1]["endTime"]


def test_what_was_signed_and_its_place_in_the_log_is_in_it(house: House) -> None:
    job = _released(house, outside_bounds=True)
    crate = _crate(house, job)
    entries = dict(house.services.log.entries(start=0, limit=100))
    signed = {path: content for path, content in crate.payload.items() if path.startswith("signed/")}
    assert sorted(signed) == [
        *("signed/approval-1.json", "signed/permit.json"),
        *(f"signed/vote-{number}.json" for number in (1, 2, 3)),
    ]
    for path, content in signed.items():
        index = crate.one(crate.entities()[path]["additionalProperty"])["value"]
        assert Envelope.from_json(entries[index]).payload == Envelope.from_json(content).payload
    with house.database.reading() as session:
        assert signed["signed/permit.json"].decode() == session.get_one(PermitRow, job.permit).envelope
        assert session.query(ApprovalRow).one().envelope == signed["signed/approval-1.json"].decode()


def test_it_holds_the_very_job_result_verdict_and_findings(house: House) -> None:
    job = _released(house)
    crate, kept = _crate(house, job), house.services.results.get(job.id)
    held = {path: json.loads(each) for path, each in crate.payload.items() if path.endswith(".json")}
    assert digest_of(held["workflow/job.json"]) == job.digest
    assert digest_of(held["outputs/result.json"]) == kept.digest
    assert held["disclosure/verdict.json"] == kept.verdict.model_dump(mode="json")
    assert any("under 10 persons" in each["en"] for each in held["disclosure/findings.json"])
    inner = crate.entities("workflow/")
    assert {each["version"] for each in inner.values() if "SoftwareApplication" in types_of(each)} == {
        *job.spec.code.model_dump().values()
    }
    assert kept.digest in crate.payload["outputs/methods-en.txt"].decode()
    assert "공개 기준 인원" in crate.payload["outputs/methods-ko.txt"].decode()


def test_the_same_job_makes_the_same_bytes_whenever_it_is_asked(house: House) -> None:
    job = _released(house)
    first = pack_crate(read_story(house.services, job.id))
    house.clock.forward(days=3)
    assert pack_crate(read_story(house.services, job.id)) == first


def test_a_result_that_the_permit_let_out_says_so(house: House) -> None:
    project = house.project()
    job = house.submit(project, house.permit(project, export_without_vote=True))
    house.move(job.id, JobState.RUNNING)
    whole = make_result().model_copy(update={"persons": (120, 80), "withheld": (None, None)})
    house.services.results.record(job.id, whole, verdict())
    crate = _crate(house, house.services.jobs.get(job.id))
    assert broken_rules(crate) == {}
    names = [each["name"] for each in crate.document()["@graph"] if "AssessAction" in types_of(each)]
    assert any(each.startswith("Export without a vote") for each in names)
    assert any("inside the bounds" in each for each in names)


def test_which_hospitals_answered_is_not_told(house: House) -> None:
    crate = _crate(house, _released(house))
    (run,) = (each for each in crate.entities().values() if "CreateAction" in types_of(each))
    assert [each["@id"] for each in run["participant"]] == [
        f"#hospital-{site}" for site in sorted(("budapest", "cleveland", "longbeach", "zurich"))
    ]


@pytest.mark.parametrize("title", [each for each in HOSTILE if each.isprintable()])
def test_a_hostile_title_stays_text(house: House, title: str) -> None:
    crate = _crate(house, _released(house, title=title))
    assert broken_rules(crate) == {}
    assert crate.root["name"] == title
    assert b"<script>alert" not in crate.payload["outputs/report-en.html"]


# who gets it


def test_only_the_projects_researchers_get_it_and_only_once_it_is_released(house: House) -> None:
    project = house.project()
    waiting = house.held(project, house.permit(project))
    path = f"/v1/jobs/{waiting.id}/crate"
    assert house.ask("researcher-1", "GET", path).json()["code"] == "result.not_released"
    for who in ("checker-1", "checker-2"):
        house.vote(waiting.id, who)
    answer = house.ask("researcher-1", "GET", path)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{waiting.id}-crate.zip"'
    assert broken_rules(Crate.read(answer.content)) == {}
    assert house.ask("researcher-2", "GET", path).status_code == 404
    for who in ("checker-1", "committee-1", "auditor-1", "operator-1", "hospital-1"):
        assert house.ask(who, "GET", path).json()["code"] == "access.role_needed"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_jobs_page_offers_it_to_whoever_may_have_it(house: House, language: str) -> None:
    project = house.project()
    waiting = house.held(project, house.permit(project))
    link = f"/{language}/jobs/{waiting.id}/crate"
    people = {}
    for who in ("researcher-1", "committee-1"):
        people[who] = Visitor(house, language=language)
        people[who].sign_in(who)
        assert link not in people[who].get(f"/{language}/jobs/{waiting.id}").html
    for who in ("checker-1", "checker-2"):
        house.vote(waiting.id, who)
    assert link in people["researcher-1"].get(f"/{language}/jobs/{waiting.id}").html
    assert link not in people["committee-1"].get(f"/{language}/jobs/{waiting.id}").html
    assert broken_rules(Crate.read(people["researcher-1"].get(link).answer.content)) == {}


def test_a_job_that_a_rule_ended_says_which_and_keeps_the_cell(house: House) -> None:
    project = house.project()
    job = house.submit(project, house.permit(project))
    house.move(job.id, JobState.RUNNING)
    house.move(job.id, JobState.FAILED, code="disclosure.small_cell")
    visitor = Visitor(house)
    visitor.sign_in("researcher-1")
    page = visitor.get(f"/en/jobs/{job.id}")
    assert "A rule refused the whole result: Cells under the threshold." in page.words
    assert "MinimumThresholdCheck" in page.words


# the rules themselves can fail


def _without_tags(crate: Crate) -> None:
    crate.files["other/file"] = b""


def _changed_payload(crate: Crate) -> None:
    crate.files[f"{crate.bag}/data/outputs/result.json"] += b" "


def _changed_tag(crate: Crate) -> None:
    crate.files[f"{crate.bag}/bag-info.txt"] = b"Payload-Oxum: 1.1\n"


def _changed(
    change: Callable[[dict[str, dict[str, Any]]], None], folder: str = ""
) -> Callable[[Crate], None]:
    def apply(crate: Crate) -> None:
        path = f"{crate.bag}/data/{folder}ro-crate-metadata.json"
        document = json.loads(crate.files[path])
        change({each["@id"]: each for each in document["@graph"]})
        crate.files[path] = json.dumps(document).encode()

    return apply


def _run(entities: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return next(each for each in entities.values() if each["@type"] == "CreateAction")


BROKEN: dict[str, Callable[[Crate], None]] = {
    "zip_holds_one_bag": _without_tags,
    "manifest_covers_the_payload": _changed_payload,
    "tag_manifest_covers_the_tags": _changed_tag,
    "bag_info_identifies_the_crate": _changed_tag,
    "descriptor_names_the_version": _changed(
        lambda each: each["ro-crate-metadata.json"].update(
            conformsTo={"@id": "https://w3id.org/ro/crate/1.1"}
        )
    ),
    "root_is_complete": _changed(lambda each: each["./"].pop("license")),
    "graph_is_flat_and_names_are_unique": _changed(lambda each: each["#dataset"].update({"@id": "./"})),
    "every_reference_within_leads_somewhere": _changed(
        lambda each: each["./"].update(publisher={"@id": "#nobody"})
    ),
    "every_entity_has_type_and_name": _changed(lambda each: each["#coordinator"].pop("name")),
    "nothing_leads_out_of_the_crate": _changed(lambda each: each["#dataset"].update({"@id": "../fetch.txt"})),
    "described_files_are_there_and_files_are_described": _changed(
        lambda each: each["outputs/result.json"].update({"@id": "outputs/other.json"})
    ),
    "software_has_an_address": _changed(lambda each: each["#code-source"].pop("url"), "workflow/"),
    "root_declares_the_profile": _changed(lambda each: each["./"].pop("conformsTo")),
    "main_entity_is_a_workflow_crate": _changed(
        lambda each: each["job.json"].update({"@type": "File"}), "workflow/"
    ),
    "run_is_requested_by_a_person": _changed(
        lambda each: _run(each).update(agent={"@id": "#coordinator-software"})
    ),
    "a_project_is_responsible": _changed(
        lambda each: each[each["./"]["sourceOrganization"]["@id"]].update({"@type": "Organization"})
    ),
    "inputs_and_outputs_are_described": _changed(lambda each: each["./"]["hasPart"].clear()),
    "every_action_is_mentioned_and_whole": _changed(lambda each: each["#vote-1"].pop("endTime")),
    "every_phase_of_a_published_crate_is_there": _changed(
        lambda each: each["#manifests"].pop("additionalType")
    ),
    "software_acts_for_somebody": _changed(lambda each: each["#coordinator-software"].pop("provider")),
    "it_is_published_by_a_body": _changed(lambda each: each["./"].update(publisher={"@id": "#dataset"})),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Crate:
    made = furnished_house(tmp_path_factory.mktemp("sound"))
    try:
        return _crate(made, _released(made))
    finally:
        made.database.close()


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_notices_a_crate_that_breaks_it(sound: Crate, rule: str) -> None:
    crate = Crate(dict(sound.files))
    BROKEN[rule](crate)
    assert rule in broken_rules(crate)
