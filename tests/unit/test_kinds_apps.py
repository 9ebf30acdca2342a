"""The pair of Flower apps behind every statistic, run in one process over a small Grid."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Error, Message, RecordDict
from flwr.serverapp import Grid
from flwr.supercore.task_identity import TaskIdentity

from analysis_jobs.kinds.app_registry import load_client_app, load_server_app
from analysis_jobs.kinds.apps import MESSAGE_TYPE
from analysis_jobs.kinds.contract import Ask, Entry, Layout, Summary
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.kinds.records import (
    ask_to_records,
    read_ask,
    read_summary,
    summary_to_records,
    sums_to_records,
)
from analysis_jobs.kinds.registry import get_kind, kind_names
from analysis_jobs.sums.vector import decode_sum, encode_sum
from onggi.errors import NotTrusted, Refused
from onggi.spec.job import JobSpec, ReleaseShape
from onggi.spec.kinds import EvaluationParameters, LogisticModel, MetaParameters, ModelTerm
from onggi.spec.results import CountTable, MetaAnalysis, ModelEvaluation, ModelFit
from tests.support.described_questions import DESCRIPTIONS, described_question, described_tables
from tests.support.statistics_specs import asking, category, count_spec, flag, glm_spec, number, split


@pytest.fixture(autouse=True)
def _identity() -> None:
    TaskIdentity.run_id, TaskIdentity.node_id, TaskIdentity.task_id = 7, 1, 1


def context(folder: Path, *, node: int = 1) -> Context:
    return Context(7, node, {"data-path": str(folder)}, RecordDict(), {})


class OneProcessGrid(Grid):  # type: ignore[misc]  # flwr publishes no types
    """Calls every hospital's ClientApp directly; `masked` hands the server one reply with the sums."""

    def __init__(self, spec: JobSpec, folders: list[Path], *, masked: bool) -> None:
        self.spec, self.masked = spec, masked
        self.app = load_client_app(spec.kind)
        self.contexts = {
            100 + number: context(folder, node=number + 1) for number, folder in enumerate(folders)
        }
        self.silent: Callable[[int, str], bool] = lambda node, ordinal: False
        self.asked = 0

    def set_run(self, run: Any) -> None:
        raise AssertionError("not used here")

    @property
    def run(self) -> Any:
        raise AssertionError("not used here")

    def create_message(self, *args: Any, **given: Any) -> Message:
        raise AssertionError("not used here")

    def push_messages(self, messages: Iterable[Message]) -> Iterable[str]:
        raise AssertionError("not used here")

    def pull_messages(self, message_ids: Iterable[str]) -> Iterable[Message]:
        raise AssertionError("not used here")

    def get_node_ids(self) -> Iterable[int]:
        return list(self.contexts)

    def send_and_receive(
        self, messages: Iterable[Message], *, timeout: float | None = None
    ) -> Iterable[Message]:
        sent = list(messages)
        self.asked += 1
        replies = [self._answer(message) for message in reversed(sent)]
        if not self.masked:
            return replies
        ask = read_ask(sent[0].content)
        kind = get_kind(self.spec.kind)
        layout = kind.layout(self.spec, ask, participants=len(self.spec.participants))
        summaries = [read_summary(reply.content, layout) for reply in replies if not reply.has_error()]
        sums = {
            entry.name: sum(summary.arrays[entry.name] for summary in summaries) for entry in layout.arrays
        }
        content = sums_to_records(sums, sites=len(summaries))  # type: ignore[arg-type]  # sum() of arrays
        return [Message(content, reply_to=sent[0])]

    def _answer(self, message: Message) -> Message:
        node = message.metadata.dst_node_id
        if self.silent(node, message.metadata.group_id):
            return Message(Error(code=0, reason="absent"), reply_to=message)
        return self.app(message, self.contexts[node])


def stage(place: Path, spec: JobSpec, tables: list[pa.Table]) -> list[Path]:
    folders = []
    for position, table in enumerate(tables):
        folder = place / f"hospital-{position}"
        folder.mkdir()
        (folder / "spec.json").write_text(spec.model_dump_json())
        with pa.ipc.new_file(folder / "table.arrow", table.schema) as writer:
            writer.write_table(table)
        folders.append(folder)
    return folders


def regression(*, masked: bool, minimum_sites: int = 1) -> tuple[JobSpec, list[pa.Table]]:
    rng = np.random.default_rng(3)
    x, cp = rng.normal(size=500), rng.integers(0, 3, 500).astype(float)
    y = (rng.random(500) < 1 / (1 + np.exp(-x))).astype(float)
    variables = [flag("y"), number("x"), category("cp", "a", "b", "c")]
    spec = glm_spec(variables, sites=3, masked=masked, family="binomial")
    spec = spec.model_copy(update={"minimum_sites": minimum_sites})
    return spec, split({"y": y, "x": x, "cp": cp}, [120, 300])


def serve(grid: OneProcessGrid, folder: Path) -> RecordDict:
    server = context(folder)
    load_server_app(grid.spec.kind)(grid, server)
    return server.state


@pytest.mark.parametrize("masked", [False, True], ids=["clear", "masked"])
def test_a_regression_through_the_apps(tmp_path: Path, masked: bool) -> None:
    spec, tables = regression(masked=masked)
    folders = stage(tmp_path, spec, tables)
    state = serve(OneProcessGrid(spec, folders, masked=masked), folders[0])
    assert "failure" not in state
    answer = ModelFit.model_validate_json(str(state["result"]["json"]))
    expected = (run_fixed_point if masked else run_in_clear)(spec, tables)
    assert isinstance(expected, ModelFit)
    assert answer.coefficients == pytest.approx(expected.coefficients, rel=1e-9)
    assert (answer.n, answer.sites, answer.terms) == (500, 3, expected.terms)


@pytest.mark.parametrize("masked", [False, True], ids=["clear", "masked"])
def test_an_evaluation_through_the_apps(tmp_path: Path, masked: bool) -> None:
    plain, tables = regression(masked=masked)
    model = LogisticModel(intercept=0.1, terms=(ModelTerm(variable="x", coefficient=1.5),))
    asked = EvaluationParameters(outcome="y", model=model, edges=(0.3, 0.6), thresholds=(0.3,), by="cp")
    spec = plain.model_copy(
        update={"parameters": asked, "releases": (ReleaseShape(result="model_evaluation"),)}
    )
    folders = stage(tmp_path, spec, tables)
    state = serve(OneProcessGrid(spec, folders, masked=masked), folders[0])
    assert "failure" not in state
    answer = ModelEvaluation.model_validate_json(str(state["result"]["json"]))
    alone = (run_fixed_point if masked else run_in_clear)(spec, tables)
    assert isinstance(alone, ModelEvaluation)
    for found, expected in zip(answer.populations, alone.populations, strict=True):
        assert [(group.persons, group.events) for group in found.groups] == [
            (group.persons, group.events) for group in expected.groups
        ]
        assert found.brier == pytest.approx(expected.brier, rel=1e-8)
    slope = alone.populations[3].calibration.slope.value
    assert answer.populations[3].calibration.slope.value == pytest.approx(slope, rel=1e-8)


@pytest.mark.parametrize("masked", [False, True], ids=["clear", "masked"])
def test_a_count_through_the_apps(tmp_path: Path, masked: bool) -> None:
    spec = count_spec("age", "pain", sites=2, masked=masked)
    tables = [pa.table({"cohort_step": pa.array([0, 1, 2, 2], pa.int32())}) for _ in range(2)]
    folders = stage(tmp_path, spec, tables)
    grid = OneProcessGrid(spec, folders, masked=masked)
    answer = CountTable.model_validate_json(str(serve(grid, folders[0])["result"]["json"]))
    assert answer.persons == (8, 6, 4)
    assert grid.asked == 1


def failure(state: RecordDict) -> tuple[str, dict[str, object]]:
    assert "result" not in state
    return str(state["failure"]["code"]), json.loads(str(state["failure"]["facts"]))


def test_an_absent_hospital_does_not_fail_the_job(tmp_path: Path) -> None:
    spec, tables = regression(masked=False, minimum_sites=2)
    folders = stage(tmp_path, spec, tables)
    grid = OneProcessGrid(spec, folders, masked=False)
    grid.silent = lambda node, ordinal: node == 101
    answer = ModelFit.model_validate_json(str(serve(grid, folders[0])["result"]["json"]))
    expected = run_in_clear(spec, [tables[0], tables[2]])
    assert isinstance(expected, ModelFit)
    assert answer.coefficients == expected.coefficients
    assert answer.sites == 2


def test_too_few_hospitals_end_the_job(tmp_path: Path) -> None:
    spec, tables = regression(masked=False, minimum_sites=3)
    folders = stage(tmp_path, spec, tables)
    grid = OneProcessGrid(spec, folders, masked=False)
    grid.silent = lambda node, ordinal: node == 101
    assert failure(serve(grid, folders[0])) == ("kinds.too_few_sites", {"minimum": 3})


@pytest.mark.parametrize("masked", [False, True], ids=["clear", "masked"])
def test_a_hospital_lost_on_the_way_ends_the_job(tmp_path: Path, masked: bool) -> None:
    spec, tables = regression(masked=masked)
    folders = stage(tmp_path, spec, tables)
    grid = OneProcessGrid(spec, folders, masked=masked)
    grid.silent = lambda node, ordinal: node == 101 and ordinal == "3"
    assert failure(serve(grid, folders[0]))[0] == "kinds.site_lost"


def test_a_refusal_leaves_its_code(tmp_path: Path) -> None:
    spec = glm_spec([flag("y"), number("x")], family="binomial")
    x = np.linspace(-1, 1, 100)
    folders = stage(tmp_path, spec, split({"y": np.zeros(100), "x": x}, []))
    state = serve(OneProcessGrid(spec, folders, masked=False), folders[0])
    assert failure(state) == ("glm.one_class", {"variable": "y"})


def test_a_folder_staged_anew_is_read_anew(tmp_path: Path) -> None:
    spec = count_spec()
    app = load_client_app("count")
    folder = stage(tmp_path, spec, [pa.table({"cohort_step": pa.array([0], pa.int32())})])[0]
    ask = ask_to_records(Ask(0, "funnel", {}))

    def persons() -> float:
        reply = app(Message(ask, dst_node_id=1, message_type=MESSAGE_TYPE), context(folder))
        layout = get_kind("count").layout(spec, Ask(0, "funnel", {}), participants=1)
        return float(read_summary(reply.content, layout).arrays["persons"][0])

    assert persons() == 1
    table = pa.table({"cohort_step": pa.array([0, 0, 0], pa.int32())})
    (folder / "table.arrow").unlink()
    with pa.ipc.new_file(folder / "table.arrow", table.schema) as writer:
        writer.write_table(table)
    assert persons() == 3


def test_a_hospital_knows_its_place_where_a_statistic_tells_hospitals_apart(tmp_path: Path) -> None:
    plain, tables = regression(masked=False)
    asked = MetaParameters(model=plain.parameters, term="x")  # type: ignore[arg-type]
    spec = asking(asked, sites=len(tables), variables=plain.variables)
    folders = stage(tmp_path, spec, tables)
    grid, state = OneProcessGrid(spec, folders, masked=False), context(tmp_path / "hospital-0")
    load_server_app("meta")(grid, state)
    answer = MetaAnalysis.model_validate_json(str(state.state["result"]["json"]))
    assert answer == run_in_clear(spec, tables)
    assert [each.site for each in answer.estimates if each.estimate is not None] == list(spec.participants)


def flat(told: Any) -> list[Any]:
    """Every word and number of an answer, in order."""
    if isinstance(told, dict):
        return [part for key in sorted(told) for part in flat(told[key])]
    return [part for each in told for part in flat(each)] if isinstance(told, list) else [told]


@pytest.mark.parametrize("masked", [False, True], ids=["clear", "masked"])
@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_description_through_the_apps(name: str, masked: bool, tmp_path: Path) -> None:
    spec, tables = described_question(name, masked=masked), described_tables()
    folders = stage(tmp_path, spec, tables)
    state = serve(OneProcessGrid(spec, folders, masked=masked), folders[0])
    told = flat(json.loads(str(state["result"]["json"])))
    expected = flat(run_in_clear(spec, tables).model_dump(mode="json"))
    assert len(told) == len(expected)
    for one, other in zip(told, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-8) if isinstance(other, float) else one == other


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_descriptions_numbers_survive_the_masks_ring(name: str) -> None:
    spec, tables = described_question(name), described_tables()
    kind = get_kind(name)
    ask = kind.next(spec, [], sites=3)
    assert isinstance(ask, Ask)
    layout = kind.layout(spec, ask, participants=3)
    reply = kind.local(spec, tables[0], ask)
    for entries, arrays in ((layout.arrays, reply.arrays), (layout.evidence, reply.evidence)):
        ring = encode_sum(arrays, entries, participants=3)
        back = decode_sum(ring, entries, participants=3, contributors=1)
        for entry in entries:
            assert np.abs(back[entry.name] - arrays[entry.name]).max(initial=0.0) <= 2.0**-32


def test_names_lead_to_kinds() -> None:
    assert kind_names() == (
        "concepts",
        "correlation",
        "count",
        "cox",
        "cross_table",
        "distribution",
        "evaluation",
        "glm",
        "meta",
        "overlap",
        "penalised",
        "rates",
        "survival",
        "table_one",
    )
    assert [get_kind(name).name for name in kind_names()] == list(kind_names())
    with pytest.raises(Refused, match=r"^kinds\.unknown"):
        get_kind("os.system")


LAYOUT = Layout(arrays=(Entry("sums", (2,), -5, 5), Entry("persons", (1,), 0, 9, whole=True)), evidence=())


def reply(**arrays: Any) -> RecordDict:
    given = {"sums": Array(np.array([1.0, 2.0])), "persons": Array(np.array([3.0]))} | arrays
    return RecordDict({"arrays": ArrayRecord(given), "evidence": ArrayRecord({})})


def pickled() -> Array:
    data = b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"
    return Array(
        "float64", (2,), "numpy.ndarray", data + b" " * (128 - len(data) - 1) + b"\n" + b"cos\nsystem."
    )


def test_a_reply_comes_back_as_it_was() -> None:
    summary = Summary({"sums": np.array([0.1, -5]), "persons": np.array([9.0])}, {})
    read = read_summary(summary_to_records(summary), LAYOUT)
    assert {name: array.tolist() for name, array in read.arrays.items()} == {
        "sums": [0.1, -5.0],
        "persons": [9.0],
    }
    ask = Ask(4, "step", {"beta": np.array([0.1, 0.2]), "basis": np.eye(2)})
    again = read_ask(ask_to_records(ask))
    assert (again.ordinal, again.name, again.arrays["basis"].tolist()) == (4, "step", np.eye(2).tolist())


@pytest.mark.parametrize(
    "wrong",
    [
        {"sums": Array(np.array([1.0]))},
        {"sums": Array(np.array([[1.0, 2.0]]))},
        {"sums": Array(np.array([1.0, 5.1]))},
        {"sums": Array(np.array([1.0, np.nan]))},
        {"sums": Array(np.array([1.0, np.inf]))},
        {"sums": Array(np.array([1.0, 2.0], dtype=np.float32))},
        {"sums": Array(np.array([1, 2]))},
        {"sums": Array(np.array([1.0, 2.0], dtype=">f8"))},
        {"sums": Array("float64", (2,), "torch.tensor", b"\0" * 144)},
        {"sums": Array("float64", (2,), "numpy.ndarray", b"\0" * 144)},
        {"sums": Array("float64", (2,), "numpy.ndarray", b"\0" * 10**6)},
        {"sums": Array("float64", (2**60,), "numpy.ndarray", b"\0" * 144)},
        {"sums": pickled()},
        {"persons": Array(np.array([2.5]))},
        {"persons": Array(np.array([-1.0]))},
        {"more": Array(np.array([1.0]))},
    ],
)
def test_a_reply_that_differs_from_the_layout_is_not_trusted(wrong: dict[str, Any]) -> None:
    assert read_summary(reply(), LAYOUT).arrays["persons"][0] == 3
    with pytest.raises(NotTrusted, match=r"^kinds\.record_wrong"):
        read_summary(reply(**wrong), LAYOUT)


@pytest.mark.parametrize(
    "records",
    [
        RecordDict(),
        RecordDict({"ask": ArrayRecord({}), "ask-config": ConfigRecord({"ordinal": 1})}),
        RecordDict({"ask": ArrayRecord({}), "ask-config": ConfigRecord({"ordinal": True, "name": "step"})}),
        RecordDict({"ask": ArrayRecord({}), "ask-config": ConfigRecord({"ordinal": -1, "name": "step"})}),
        RecordDict({"ask": ConfigRecord({}), "ask-config": ConfigRecord({"ordinal": 1, "name": "step"})}),
    ],
)
def test_a_malformed_ask_is_not_trusted(records: RecordDict) -> None:
    with pytest.raises(NotTrusted, match=r"^kinds\.record_wrong"):
        read_ask(records)
