"""`onggi cohort`: every problem with its place, the text, the import from a real server, the count."""

from __future__ import annotations

import copy
import json
import random
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from coordinator.states import JobState
from onggi import Cohort, concepts, events
from onggi.cli.app import app
from onggi.cli.session import Session
from onggi.client import webapi
from onggi.client.home import Home
from onggi.errors import Refused, Unreachable
from onggi.spec.circe.explain import explain_cohort
from onggi.spec.circe.problems import find_problems
from onggi.spec.circe.read import read_cohort
from onggi.spec.circe.surprises import find_surprises
from onggi.words.catalogue import all_words
from onggi.words.cohort_cli import WORDS
from tests.support.coordinator_house import PASSWORD, House, furnished_house, make_result, verdict
from tests.support.federation_root import SITES
from tests.support.in_process_api import URL, AppTransport, pin_house_root
from tests.support.shared_data import shared_data

Run = Callable[..., Result]
PAIN = concepts("Chest pain", 312327)
COHORT = Cohort.entering(events.condition(PAIN)).rule("Again", events.condition(PAIN).after(1, 30))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def typed(*words: str, **environment: str) -> Result:
        env = {"ONGGI_HOME": str(tmp_path / "home"), "LANG": "en"} | environment
        return CliRunner().invoke(app, ["cohort", *words], obj=Session.of(env))

    return typed


def written(folder: Path, value: Any, name: str = "flu.json") -> str:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


def said(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# -- validate and explain --------------------------------------------------------------------------------


def broken() -> dict[str, Any]:
    """A definition with a mistake in each of its parts."""
    value: Any = COHORT.to_dict()
    value["Surprise"] = 1
    value["ConceptSets"][0]["expression"]["items"].append({"concept": {"CONCEPT_NAME": "no id"}})
    value["PrimaryCriteria"]["Odd"] = True
    value["PrimaryCriteria"]["CriteriaList"] += [
        {"LocationRegion": {}},
        {"Specimen": {"SpecimenSourceConcept": 1, "Age": {"Op": "??"}, "CodesetId": 9}},
    ]
    rule = value["InclusionRules"][0]["expression"]
    rule |= {"Type": "AT_LEAST", "Count": 7}
    rule["CriteriaList"][0]["StartWindow"]["Start"]["TimeUnit"] = "hour"
    rule["CriteriaList"][0]["Criteria"]["ConditionOccurrence"]["CorrelatedCriteria"] = {
        "Type": "ALL",
        "Groups": [{"Type": "ALL"}, {"Type": "NONE"}],
        "DemographicCriteriaList": [{"Height": []}, {"Race": "x"}],
    }
    value["EndStrategy"] = {"DateOffset": {"DateField": "StartDate", "Offset": -1}}
    value["CensoringCriteria"] = [{"Death": {}}, {"Observation": {"First": "yes"}}, None]
    return value  # type: ignore[no-any-return]  # walked as Any


_MEMBER = "$.InclusionRules[0].expression.CriteriaList[0]"
_INNER = f"{_MEMBER}.Criteria.ConditionOccurrence.CorrelatedCriteria"
MISTAKES = {
    ("cohort.unsupported", "$"),
    ("cohort.malformed", "$.ConceptSets[0].expression.items[1].concept"),
    ("cohort.unsupported", "$.PrimaryCriteria"),
    ("cohort.unsupported", "$.PrimaryCriteria.CriteriaList[1]"),
    ("cohort.unsupported", "$.PrimaryCriteria.CriteriaList[2].Specimen"),
    ("cohort.unsupported", "$.PrimaryCriteria.CriteriaList[2].Specimen.Age.Op"),
    ("cohort.contradictory", "$.ConceptSets"),
    ("cohort.contradictory", "$.InclusionRules[0].expression"),
    ("cohort.unsupported", f"{_MEMBER}.StartWindow.Start"),
    (
        "cohort.unsupported",
        f"{_INNER}.Groups[1].Type",
    ),
    (
        "cohort.malformed",
        f"{_INNER}.DemographicCriteriaList[1].Race",
    ),
    ("cohort.contradictory", "$.EndStrategy.DateOffset"),
    ("cohort.malformed", "$.CensoringCriteria[1].Observation.First"),
    ("cohort.malformed", "$.CensoringCriteria[2]"),
}


def test_validate_tells_every_problem_with_its_place(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, broken())
    told = run("validate", file, "--json")
    value = json.loads(told.stdout)
    assert {(each["code"], each["place"]) for each in value["problems"]} == MISTAKES
    assert (value["valid"], value["remarks"]) == (False, [])
    assert told.exit_code == all_words()[value["problems"][0]["code"]].exit
    for language, head in (("ko", "문제: 14건"), ("en", "Problems: 14")):
        text = run("validate", file, "--lang", language).stdout
        assert text.startswith(head)
        assert text.count("$.") >= 13


@pytest.mark.parametrize("at", range(14))
def test_problems_are_found_one_by_one_until_none_is_left(at: int) -> None:
    """Whatever is found first may be mended alone: it is gone then, and nothing new appears."""
    value: Any = broken()
    whole: Any = COHORT.to_dict()
    mended: list[Callable[[], object]] = [
        lambda: value.pop("Surprise"),
        lambda: value.update(ConceptSets=whole["ConceptSets"]),
        lambda: value["PrimaryCriteria"].pop("Odd"),
        lambda: value["PrimaryCriteria"]["CriteriaList"].__setitem__(1, {"Death": {}}),
        lambda: value["PrimaryCriteria"]["CriteriaList"][2]["Specimen"].pop("SpecimenSourceConcept"),
        lambda: value["PrimaryCriteria"]["CriteriaList"][2]["Specimen"].pop("Age"),
        lambda: value["PrimaryCriteria"]["CriteriaList"][2]["Specimen"].pop("CodesetId"),
        lambda: value["InclusionRules"][0]["expression"].update(Type="ALL"),
        lambda: _member(value)["StartWindow"]["Start"].pop("TimeUnit"),
        lambda: _inner(value)["Groups"].pop(),
        lambda: _inner(value)["DemographicCriteriaList"].pop(),
        lambda: value.pop("EndStrategy"),
        lambda: value["CensoringCriteria"][1]["Observation"].pop("First"),
        lambda: value["CensoringCriteria"].pop(),
    ]
    mended[at]()
    found = {(each.code, each.place) for each in find_problems(value)}
    assert found < MISTAKES
    assert len(found) == len(MISTAKES) - 1
    for mend in mended[:at] + mended[at + 1 :]:
        mend()
    assert find_problems(value) == ()


def _member(value: Any) -> Any:
    return value["InclusionRules"][0]["expression"]["CriteriaList"][0]


def _inner(value: Any) -> Any:
    return _member(value)["Criteria"]["ConditionOccurrence"]["CorrelatedCriteria"]


def test_a_published_definition_with_a_mistake_in_every_rule() -> None:
    for path in sorted(shared_data("omop", "phenotype-library", "cohorts").glob("*7.json")):
        value = json.loads(path.read_text())
        assert find_problems(value) == ()
        for each in value.get("InclusionRules") or []:
            each["expression"]["Odd"] = 1
        places = [each.place for each in find_problems(value)]
        assert places == [f"$.InclusionRules[{at}].expression" for at in range(len(places))], path.name
        assert len(places) == len(value.get("InclusionRules") or [])


_JUNK: tuple[Any, ...] = (1, -1, 1.5, True, "x", "", [], [None], {}, {"a": 1}, [[]], [{}])


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from _places(inner, (*path, step))


def _refusal(value: Any) -> Refused | None:
    try:
        read_cohort(value)
    except Refused as refused:
        return refused
    return None


@pytest.mark.parametrize("seed", range(4))
def test_whatever_stands_in_a_definition_is_told_or_explained(seed: int) -> None:
    """Junk in any place: the first problem is the reader's own, and what can be read can be told."""
    chance = random.Random(seed)
    folder = shared_data("omop", "phenotype-library", "cohorts")
    bases = [json.loads((folder / f"{number}.json").read_text()) for number in (213, 1009, 1408)]
    refused = 0
    for _ in range(150):
        value = copy.deepcopy(chance.choice(bases))
        for _ in range(chance.choice((1, 3))):
            *path, last = chance.choice(list(_places(value)))
            inner = value
            for step in path:
                inner = inner[step]
            inner[last] = chance.choice(_JUNK)
        problems = find_problems(value)
        first = _refusal(value)
        if first is not None:
            refused += 1
            assert (problems[0].code, problems[0].facts) == (first.code, first.facts)
        else:
            assert problems == ()
            find_surprises(value)
            assert explain_cohort(value, language="ko") != explain_cohort(value, language="en")
    assert 20 < refused < 150


def test_a_definition_nested_without_end_has_an_end() -> None:
    value: Any = COHORT.to_dict()
    group: dict[str, Any] = {"Type": "ALL"}
    for _ in range(300):
        group = {"Type": "ALL", "Groups": [group]}
    value["InclusionRules"][0]["expression"] = group
    assert [each.facts["expected"] for each in find_problems(value)] == ["at most 24 levels"]


def test_remarks_tell_what_is_true_and_surprising(run: Run, tmp_path: Path) -> None:
    value: Any = COHORT.keep("all").to_dict()
    value["PrimaryCriteria"]["PrimaryCriteriaLimit"] = {"Type": "All"}
    value["PrimaryCriteria"]["CriteriaList"][0]["ConditionOccurrence"] |= {
        "First": True,
        "Age": {"Op": "bt", "Value": 65, "Extent": 18},
        "OccurrenceStartDate": {"Op": "!bt", "Value": "2026-02-01", "Extent": "2026-01-01"},
    }
    value["ConceptSets"].append({"id": 5, "name": "unused", "expression": {"items": []}})
    value["ConceptSets"].append({"id": 6, "name": "empty", "expression": {"items": []}})
    value["CensoringCriteria"] = [{"DrugExposure": {"CodesetId": 6}}]
    rule = value["InclusionRules"][0]
    rule["expression"]["CriteriaList"][0]["StartWindow"]["End"] = {"Days": 30, "Coeff": -1}
    always = copy.deepcopy(rule)
    always["expression"] |= {"Type": "AT_MOST", "Count": 1}
    always["expression"]["CriteriaList"][0]["Occurrence"] = {"Type": 2, "Count": 0}
    value["InclusionRules"].append(always)
    entry = "$.PrimaryCriteria.CriteriaList[0].ConditionOccurrence"
    second = "$.InclusionRules[1].expression"
    expected = {
        ("cohort.limit_without_effect", "$.QualifiedLimit"),
        ("cohort.concept_set_unused", "$.ConceptSets[1]"),
        ("cohort.concept_set_empty", "$.ConceptSets[2]"),
        ("cohort.rule_name_twice", "$.InclusionRules[1].name"),
        ("cohort.first_before_conditions", f"{entry}.First"),
        ("cohort.range_reversed", entry),
        ("cohort.window_reversed", "$.InclusionRules[0].expression.CriteriaList[0].StartWindow"),
        ("cohort.window_reversed", f"{second}.CriteriaList[0].StartWindow"),
        ("cohort.always_holds", second),
        ("cohort.always_holds", f"{second}.CriteriaList[0]"),
    }
    found = find_surprises(value)
    assert {(each.code, each.place) for each in found} == expected
    assert sorted(str(each.facts["range"]) for each in found if "range" in each.facts) == [
        "2026-02-01 - 2026-01-01",
        "65 - 18",
    ]
    file = written(tmp_path, value)
    told = said(run("validate", file, "--json"))
    assert told["valid"]
    assert len(told["remarks"]) == len(found)
    text = run("validate", file, "--lang", "ko").stdout
    assert text.startswith("읽을 수 있는 정의입니다.\n참고: 11건")
    assert {code for code, words in WORDS.items() if words.status == 200} == {code for code, _ in expected}


def test_a_plain_definition_has_no_remark(run: Run, tmp_path: Path) -> None:
    told = said(run("validate", written(tmp_path, COHORT.to_json()), "--json"))
    assert told == {"valid": True, "problems": [], "remarks": []}


def test_explain_in_either_language(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, {"id": 3, "expression": COHORT.to_json()})
    assert run("explain", file).stdout == COHORT.explain("en")
    assert run("explain", file, "--language", "ko").stdout == COHORT.explain("ko")
    assert said(run("explain", file, "--json", "--lang", "ko")) == {
        "language": "ko",
        "text": COHORT.explain("ko"),
    }
    refused = run("explain", written(tmp_path, broken(), "broken.json"))
    assert refused.exit_code == 312
    assert "onggi cohort explain [cohort.malformed]" in refused.stderr


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("[]", "cohort.malformed"),
        ("{", "client.file_malformed"),
        ('{"expression": "{"}', "cohort.malformed"),
        ('{"expression": "{\\"a\\": 1, \\"a\\": 2}"}', "cohort.malformed"),
        ('{"expression": {"a": 1}}', "cohort.malformed"),
    ],
)
def test_a_file_that_is_no_definition(run: Run, tmp_path: Path, content: str, code: str) -> None:
    for command in ("validate", "explain", "import"):
        result = run("--json", command, written(tmp_path, content))
        assert json.loads(result.stdout)["error"]["code"] == code
        assert result.exit_code == all_words()[code].exit


def test_an_object_without_any_part_is_told_what_is_missing(run: Run, tmp_path: Path) -> None:
    told = json.loads(run("validate", written(tmp_path, {"Odd": 1}), "--json").stdout)
    assert [each["facts"] for each in told["problems"]] == [
        {"expected": "PrimaryCriteria", "place": "$"},
        {"attribute": "Odd", "place": "$"},
    ]


# -- import ----------------------------------------------------------------------------------------------


class _WebApi(BaseHTTPRequestHandler):
    """Answers as an OHDSI WebAPI does, and in some ways that it should not."""

    seen: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers.get("Authorization")))  # type: ignore[attr-defined]  # set below
        expression = COHORT.to_dict()
        answers: dict[str, tuple[int, bytes]] = {
            "/WebAPI/cohortdefinition/1": (
                200,
                json.dumps({"id": 1, "expression": COHORT.to_json()}).encode(),
            ),
            "/WebAPI/cohortdefinition/2": (200, json.dumps({"id": 2, "expression": expression}).encode()),
            "/WebAPI/cohortdefinition/2/expression": (200, json.dumps(expression).encode()),
            "/WebAPI/cohortdefinition/3": (200, b"<html>"),
            "/WebAPI/cohortdefinition/4": (200, b'{"id": 4}'),
            "/WebAPI/cohortdefinition/5": (302, b""),
            "/WebAPI/cohortdefinition/6": (200, b'"' + b"x" * webapi.LARGEST_DEFINITION),
        }
        status, body = answers.get(self.path, (404, b"{}"))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/WebAPI/cohortdefinition/1")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            return  # the reader had enough

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _WebApi) as made:
        made.seen = []  # type: ignore[attr-defined]  # what was asked, for the tests
        serving = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield made
        finally:
            made.shutdown()
            serving.join()


def address(server: ThreadingHTTPServer, rest: str) -> str:
    return f"http://127.0.0.1:{server.server_port}/WebAPI/cohortdefinition/{rest}"


@pytest.mark.parametrize("rest", ["1", "2", "2/expression"])
def test_a_definition_is_fetched_from_a_real_server(
    run: Run, server: ThreadingHTTPServer, tmp_path: Path, rest: str
) -> None:
    out = tmp_path / "kept.json"
    told = said(run("import", address(server, rest), "-o", str(out), "--json"))
    assert told == {"file": str(out), "valid": True}
    assert json.loads(out.read_text()) == COHORT.to_dict()
    assert json.loads(run("import", address(server, rest)).stdout) == COHORT.to_dict()
    assert run("import", address(server, rest), "-o", str(out)).exit_code == 334
    assert server.seen[0][1] is None  # type: ignore[attr-defined]  # set by the fixture


def test_a_token_goes_to_the_named_server_alone(run: Run, server: ThreadingHTTPServer) -> None:
    run("import", address(server, "1"), "--secret-env", "T", T="secret-1")
    redirected = run("import", address(server, "5"), "--secret-env", "T", T="secret-1")
    assert "cohort.source_status" in redirected.stderr
    assert "302" in redirected.stderr
    assert server.seen == [  # type: ignore[attr-defined]  # set by the fixture
        ("/WebAPI/cohortdefinition/1", "Bearer secret-1"),
        ("/WebAPI/cohortdefinition/5", "Bearer secret-1"),
    ]
    assert "secret-1" not in redirected.output


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        ("3", "cohort.source_malformed"),
        ("4", "cohort.malformed"),
        ("5", "cohort.source_status"),
        ("6", "cohort.source_too_large"),
        ("7", "cohort.source_status"),
    ],
)
def test_an_answer_that_is_none(run: Run, server: ThreadingHTTPServer, rest: str, code: str) -> None:
    result = run("--json", "import", address(server, rest))
    assert json.loads(result.stdout)["error"]["code"] == code
    assert result.exit_code == all_words()[code].exit


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("http://webapi.example/WebAPI/cohortdefinition/1", "cohort.source_address"),
        ("ftp://127.0.0.1/1", "cohort.source_address"),
        ("https://name:word@webapi.example/1", "cohort.source_address"),
        ("https://", "cohort.source_address"),
        ("https://atlas.example/atlas/#/cohortdefinition/1", "cohort.source_page"),
        ("http://127.0.0.1:1/WebAPI/cohortdefinition/1", "cohort.source_unreachable"),
        ("no-such-file.json", "client.file_unreadable"),
    ],
)
def test_a_source_that_is_none(run: Run, source: str, code: str) -> None:
    assert json.loads(run("--json", "import", source).stdout)["error"]["code"] == code


def test_a_server_that_speaks_on_without_end_is_left(server: ThreadingHTTPServer) -> None:
    moments = iter([0.0, 1000.0])
    with pytest.raises(Unreachable) as error:
        webapi.fetch_definition(address(server, "2"), clock=lambda: next(moments))
    assert error.value.code == "cohort.source_unreachable"


def test_a_definition_with_problems_is_imported_and_they_are_told(run: Run, tmp_path: Path) -> None:
    result = run("import", written(tmp_path, broken()))
    assert json.loads(result.stdout) == broken()
    assert result.stderr.count("[cohort.") == len(MISTAKES)


# -- run -------------------------------------------------------------------------------------------------


@pytest.fixture
def house(tmp_path: Path) -> House:
    return furnished_house(tmp_path)


@pytest.fixture
def researcher(house: House, tmp_path: Path) -> Run:
    def typed(*words: str, typing: str | None = None) -> Result:
        session = Session.of({"ONGGI_HOME": str(tmp_path / "researcher"), "LANG": "en"})
        session.over, session.clock = AppTransport(house), house.clock
        return CliRunner().invoke(app, [*words], obj=session, input=typing)

    assert typed("login", URL, "-a", "researcher-1", typing=PASSWORD + "\n").exit_code == 0
    pin_house_root(Home(tmp_path / "researcher"))
    return typed


def test_a_definition_is_counted_under_a_permit(researcher: Run, house: House, tmp_path: Path) -> None:
    permit = house.permit(house.project(), export_without_vote=True)
    file = written(tmp_path, COHORT.to_json())
    words = ("cohort", "run", file, "--permit", permit)
    made = said(researcher(*words, "--no-wait", "--json"))
    spec = house.services.jobs.get(made["job"]).spec
    assert (spec.title, spec.dataset, spec.kind, spec.privacy.masked) == ("flu", "heart", "count", True)
    assert len(spec.participants) == spec.minimum_sites == 4
    assert spec.cohort == COHORT.to_dict()
    house.move(made["job"], JobState.RUNNING)
    house.services.results.record(made["job"], make_result(), verdict())
    answered = researcher(*words, "--timeout", "9")
    assert answered.exit_code == 0, answered.output
    assert "withheld (under 10)" in answered.stdout
    assert said(researcher(*words, "--json"))["job"] == made["job"]


def test_further_funnels_and_events_are_asked_for(researcher: Run, house: House, tmp_path: Path) -> None:
    permit = house.permit(house.project())
    file = written(tmp_path, COHORT.to_json())
    words = ("cohort", "run", file, "--permit", permit, "--no-wait", "--json")
    made = said(researcher(*words, "--funnel", "0", "--events"))
    parameters = house.services.jobs.get(made["job"]).spec.parameters
    assert parameters.model_dump(mode="json") == {"kind": "count", "funnels": [[0]], "events": True}
    plain = said(researcher(*words))
    assert house.services.jobs.get(plain["job"]).spec.parameters.model_dump(mode="json") == {"kind": "count"}
    assert researcher(*words, "--funnel", "zero").exit_code == 2


def test_what_cannot_be_counted_is_not_submitted(researcher: Run, house: House, tmp_path: Path) -> None:
    permit = house.permit(house.project())
    for value, words, code in (
        (broken(), (), "cohort.malformed"),
        (COHORT.to_dict(), ("--dataset", "Other"), "client.spec_malformed"),
        (COHORT.to_dict(), ("--hospital", "nowhere"), "permit.dataset_not_granted"),
    ):
        file = written(tmp_path, value)
        result = researcher("--json", "cohort", "run", file, "--permit", permit, *words)
        assert json.loads(result.stdout)["error"]["code"] == code
    assert said(researcher("jobs", "--json")) == []


def test_a_permit_of_several_datasets_needs_one_named(researcher: Run, house: House, tmp_path: Path) -> None:
    grants = [
        {"site": site, "dataset": name, "concepts": [312327]} for site in SITES for name in ("heart", "lung")
    ]
    permit = house.permit(house.project(), datasets=grants)
    words = ("cohort", "run", written(tmp_path, COHORT.to_json()), "--permit", permit, "--no-wait", "--json")
    unclear = json.loads(researcher(*words).stdout)["error"]
    assert (unclear["code"], unclear["facts"]) == ("cohort.dataset_unclear", {"datasets": "heart, lung"})
    chosen = said(researcher(*words, "--dataset", "lung", "--title", "Lungs", "--minimum-sites", "3"))
    spec = house.services.jobs.get(chosen["job"]).spec
    assert (spec.dataset, spec.title, spec.minimum_sites) == ("lung", "Lungs", 3)
