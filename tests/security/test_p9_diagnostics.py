"""P9: the bundle for support holds no patient's value, no name and no secret, whatever stands in the node.

Once by type (there is no field for a text), and once by search: canaries stand in every column of the node's
state, in the source files, in settings and logs, and none of their forms is in the bundle.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ValidationError
from pydantic.fields import FieldInfo
from sqlalchemy import Integer, LargeBinary, text

from analysis_jobs.kinds.records import arrays_to_records
from analysis_jobs.runner import flower_adapter
from infra.demo.heart.to_cdm import HOSPITALS, write_cdm
from node.papers import bundle_facts, bundle_schema, bundle_words
from node.papers.bundle import Bundle, make_bundle
from node.papers.bundle_logs import read_line, read_log
from node.settings import check_settings
from node.state.tables import Base, Run
from onggi.errors import OnggiError
from onggi.protocol.canonical import canonical_json
from onggi.spec.base import Frozen
from onggi.words.catalogue import all_words
from tests.support import canaries
from tests.support.console_house import ConsoleHouse, console_house, furnished_console, make_order_spec
from tests.support.federation_root import NOW

CANARY = canaries.TEXT_KEPT
PASSWORD = "kanarien7-pw"
KEY = b"k" * 32


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ConsoleHouse]:
    made = furnished_console(tmp_path)
    yield made
    made.close()


def bundle_of(house: ConsoleHouse, *, log: Path | None = None) -> Bundle:
    from node.doctor.examine import examine_without_keys

    with house.desk.state() as session:
        return make_bundle(
            house.desk.home,
            house.desk.settings,
            session,
            examine=lambda: examine_without_keys(house.desk.settings, now=house.clock(), books=True),
            whole=False,
            log=log,
            now=house.clock(),
            random=lambda size: KEY[:size],
        )


def contents(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.comment == b""
        assert all(entry.comment == b"" and entry.extra == b"" for entry in opened.infolist())
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        return {entry.filename: opened.read(entry) for entry in opened.infolist()}


def canaries_in(archive: bytes) -> set[str]:
    """Any form of any canary, in the files, their names and the archive's own bytes; backwards too."""
    read = contents(archive)
    everything = [archive, *read.values(), *(name.encode() for name in read)]
    found = set()
    for each in everything:
        found |= canaries.find(each) | canaries.find(each[::-1])
        if PASSWORD.encode() in each or PASSWORD.encode() in each[::-1]:
            found.add(PASSWORD)
    return found


# --- by type ------------------------------------------------------------------------------------------------

MODELS = [
    each
    for each in vars(bundle_schema).values()
    if isinstance(each, type) and issubclass(each, Frozen) and each is not Frozen
]
CHECKS = (bundle_words._check_code, bundle_words._check_moment, bundle_words._check_place)
PATTERNS = (
    r"^m-[0-9a-f]{12}$",
    r"^sha256:[0-9a-f]{64}$",
    r"^[0-9]{1,4}(\.[0-9]{1,4}){0,3}((a|b|rc|\.post|\.dev)[0-9]{1,3})?$",
)


def _is_closed(annotation: object, metadata: tuple[object, ...] = ()) -> bool:
    """Whether no text of anybody's fits into the type."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation is bool or annotation is type(None):
        return True
    if origin is Literal:
        return True
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation in MODELS
    if origin is tuple:
        return len(inner) == 2 and inner[1] is ... and _is_closed(inner[0])
    if hasattr(annotation, "__metadata__"):
        return _is_closed(inner[0], (*annotation.__metadata__, *metadata))
    if origin is not None and inner and type(None) in inner:
        return all(_is_closed(each, metadata) for each in inner)
    return any(_closes(each) for each in metadata)


def _closes(check: object) -> bool:
    if isinstance(check, AfterValidator):
        return check.func in CHECKS or isinstance(check.func, bundle_words.OneOf)
    return getattr(check, "pattern", None) in PATTERNS


def _fields() -> Iterator[tuple[str, FieldInfo]]:
    for model in MODELS:
        for name, field in model.model_fields.items():
            yield f"{model.__name__}.{name}", field


@pytest.mark.parametrize(("name", "field"), list(_fields()))
def test_no_field_of_a_bundle_can_hold_a_text(name: str, field: FieldInfo) -> None:
    assert _is_closed(field.annotation, tuple(field.metadata)), name


@pytest.mark.parametrize(
    "annotation", [str, int, float, bytes, dict[str, str], tuple[str, ...], str | None, Any]
)
def test_the_search_for_open_fields_finds_them(annotation: object) -> None:
    assert not _is_closed(annotation)


def test_every_model_is_closed_and_frozen() -> None:
    assert len(MODELS) > 15
    for model in MODELS:
        assert model.model_config["extra"] == "forbid"
        assert model.model_config["frozen"] is True


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (bundle_schema.FoundCode, {"code": CANARY, "blocks": True}),
        (bundle_schema.FoundCode, {"code": "kanarien.seven", "blocks": True}),
        (bundle_schema.PackageVersion, {"package": CANARY, "version": None}),
        (bundle_schema.PackageVersion, {"package": "numpy", "version": CANARY}),
        (bundle_schema.CdmRows, {"table": CANARY, "rows": "0"}),
        (bundle_schema.CdmRows, {"table": "person", "rows": 303}),
        (bundle_schema.StateRows, {"table": "person", "rows": "0"}),
        (bundle_schema.Failed, {"failed": CANARY, "code": None, "place": None}),
        (bundle_schema.Failed, {"failed": "other", "code": None, "place": "node/kanarien.py:7"}),
        (bundle_schema.Failed, {"failed": "other", "code": None, "place": "node/settings.py:9999"}),
        (bundle_schema.NamedFile, {"name": "kanarien7.json", "digest": f"sha256:{'0' * 64}"}),
        (bundle_schema.Manifest, {"made_at": "1983-11-19T00:00:00Z", "files": []}),
    ],
)
def test_what_is_not_of_the_vocabulary_is_refused(model: type[Frozen], fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(fields)


# --- by search ----------------------------------------------------------------------------------------------


def _canary_of(kind: object, number: int) -> object:
    if isinstance(kind, LargeBinary):
        return f"{CANARY} {canaries.NUMBERS[0]}".encode()
    if isinstance(kind, Integer):
        return canaries.FIRST_ID + canaries.PERSON
    return f"{CANARY}{number} {canaries.DAY} {canaries.TEXT_DROPPED}"


def _plant_in_state(house: ConsoleHouse) -> int:
    """A row of canaries in every table, and canaries in rows that are there; returns how many cells."""
    planted = 0
    with closing(sqlite3.connect(house.desk.home / "state.sqlite")) as state, state:
        for table in Base.metadata.tables.values():
            values = {
                column.name: _canary_of(column.type, number) for number, column in enumerate(table.columns)
            }
            names, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
            into = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'
            state.execute(into, tuple(values.values()))
            planted += len(values)
        facts = json.dumps({"code": CANARY, "bytes": canaries.NUMBERS[0], CANARY: CANARY})
        state.execute("UPDATE audit SET about = ? WHERE number > 3", (CANARY,))
        state.execute("UPDATE audit SET facts = ? WHERE number > 4", (facts,))
        state.execute("UPDATE runs SET code = ?, spec = ?, permit = ?", (CANARY, CANARY, CANARY))
        state.execute("UPDATE facts SET value = ?", (CANARY,))
        state.execute("UPDATE root_versions SET envelope = ?", (CANARY,))
    return planted


def test_canaries_in_every_column_of_the_state_are_not_in_the_bundle(house: ConsoleHouse) -> None:
    assert _plant_in_state(house) > 80
    house.desk.home.joinpath("heartbeat.json").write_text(
        json.dumps(
            {
                "pid": 1,
                "at": NOW.isoformat(),
                "connected_since": None,
                "last_error": CANARY,
                "round_trip_s": canaries.NUMBERS[0],
                "clock_difference_s": CANARY,
                "attempts": canaries.FIRST_ID + canaries.PERSON,
            }
        )
    )
    house.clock.now = NOW
    bundle = bundle_of(house)
    read = contents(bundle.content)
    assert set(read) == {name for name, _ in bundle.files}
    assert json.loads(read["link.json"])["running"] is True
    assert json.loads(read["events.json"])["unknown"] != "0"
    assert canaries_in(bundle.content) == set()
    _check_strings(bundle)


def test_canaries_in_rows_that_are_otherwise_whole_are_not_in_the_bundle(house: ConsoleHouse) -> None:
    """Titles, names and held numbers as a real node would have them: these rows are told, without them."""
    spec = make_order_spec().model_copy(update={"title": CANARY, "project": CANARY})
    house.add_run(CANARY, state="running", code="node.paused")
    with house.desk.state() as session:
        session.get_one(Run, CANARY).spec = canonical_json(spec).decode()
    house.hold(
        CANARY,
        content=flower_adapter.records_to_bytes(arrays_to_records({CANARY: np.array(canaries.NUMBERS)})),
    )
    house.leave(CANARY, project=CANARY)
    house.desk.typed = "a long enough password\n"
    assert house.desk.type("console", "add-account", CANARY, "--role", "it").code == 0
    bundle = bundle_of(house)
    runs = json.loads(contents(bundle.content)["runs.json"])["runs"]
    assert [one for one in runs if one["code"] == "node.paused" and one["state"] == "running"]
    assert canaries_in(bundle.content) == set()
    _check_strings(bundle)


def test_canaries_in_data_settings_and_logs_are_not_in_the_bundle(tmp_path: Path) -> None:
    """The command itself, on a node whose loaded patients, name, addresses and log lines are canaries."""
    house = console_house(tmp_path)
    source = tmp_path / "cdm"
    write_cdm(HOSPITALS["cleveland"], folder=source)
    canaries.plant(source)
    loaded = house.desk.type("load-omop", str(source), "--dataset", CANARY, "--json")
    assert loaded.code == 0, loaded.out
    with house.desk.settings.file.open("a", encoding="utf-8") as file:
        file.write(
            f'\n[policy.consent_by_project]\n{CANARY} = "ask"\n[identifiers]\nkeep = ["{CANARY}.x"]\n'
            f'hospital_number = "{CANARY}"\n'
        )
    text_before = house.desk.settings.file.read_text()
    proxy = f'proxy = "http://{CANARY}:{PASSWORD}@proxy.example:8080"\n'
    house.desk.settings.file.write_text(proxy + text_before)
    log = tmp_path / f"{CANARY}.log"
    log.write_text(
        "\n".join(
            (
                json.dumps(
                    {
                        "level": "error",
                        "logger": "onggi.node",
                        "event": CANARY,
                        "error": f"ValueError {CANARY}",
                    }
                ),
                json.dumps(
                    {
                        "level": "info",
                        "logger": CANARY,
                        "event": canaries.DAY,
                        "at": "1983-11-19T00:00:00+00:00",
                    }
                ),
                json.dumps({"level": CANARY, "event": CANARY}),
                json.dumps([CANARY]),
                CANARY,
                json.dumps(
                    {
                        "level": "error",
                        "logger": "onggi",
                        "event": f"refused {CANARY}: node.paused",
                        "error": f"Refused node.paused at node/settings.py:12 {CANARY}",
                    }
                ),
            )
        )
    )
    out = tmp_path / "bundle.zip"
    answer = house.desk.type("diagnostics", "--out", str(out), "--log", str(log), "--json")
    assert answer.code == 0, answer.out
    assert out.stat().st_mode & 0o777 == 0o600
    archive = out.read_bytes()
    read = contents(archive)
    assert canaries_in(archive) == set()
    person = next(
        table
        for dataset in json.loads(read["data.json"])["datasets"]
        for table in dataset["tables"]
        if table["table"] == "person"
    )
    assert person["rows"] == "100-999"
    settings_told = json.loads(read["settings.json"])
    assert (settings_told["has_proxy"], settings_told["consent_by_project"]) == (True, "1-9")
    lines = json.loads(read["log.json"])
    assert [len(lines["lines"]), lines["unreadable"]] == [3, "1-9"]
    assert lines["lines"][-1]["codes"] == ["node.paused"]
    doctor = json.loads(read["doctor.json"])
    assert doctor["whole"] is True
    assert [one["found"][0]["code"] for one in doctor["groups"] if one["group"] == "link"]
    again = house.desk.type("diagnostics", "--out", str(out), "--json")
    assert again.json["error"]["code"] == "papers.file_unwritable"
    house.close()


def test_a_databases_password_is_not_told(house: ConsoleHouse) -> None:
    content = {
        **house.desk.settings.model_dump(by_alias=True, exclude={"home"}),
        "state_url": f"postgresql+psycopg://{CANARY}:{PASSWORD}@db.example/{CANARY}",
    }
    told = bundle_facts.tell_settings(check_settings(house.desk.home, content))
    assert told.state == "postgresql"
    assert canaries.find(told.model_dump_json().encode()) == set()
    odd = {**content, "state_url": f"{CANARY}://{PASSWORD}"}
    assert bundle_facts.tell_settings(check_settings(house.desk.home, odd)).state == "other"


@pytest.mark.parametrize("broken", ["no settings", "wrong settings", "no state"])
def test_a_broken_node_has_a_bundle_too(tmp_path: Path, broken: str) -> None:
    house = console_house(tmp_path)
    if broken == "no settings":
        house.desk.settings.file.unlink()
    elif broken == "wrong settings":
        house.desk.settings.file.write_text(f'site = "{CANARY} ="')
    else:
        (house.desk.home / "state.sqlite").write_bytes(CANARY.encode() * 1000)
        for beside in house.desk.home.glob("state.sqlite-*"):
            beside.unlink()
    out = tmp_path / "bundle.zip"
    assert house.desk.type("diagnostics", "--out", str(out), "--json").code == 0
    assert canaries_in(out.read_bytes()) == set()
    read = contents(out.read_bytes())
    assert ("settings.json" in read) is (broken == "no state")
    assert "events.json" not in read
    groups = json.loads(read["doctor.json"])["groups"]
    assert any(one["found"] for one in groups)


def test_a_part_that_fails_says_its_kind_alone(house: ConsoleHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError(f"a cell held {CANARY}")

    monkeypatch.setattr(bundle_facts, "tell_runs", fail)
    bundle = bundle_of(house)
    read = contents(bundle.content)
    assert json.loads(read["runs.json"])["failed"] == "ValueError"
    assert canaries_in(bundle.content) == set()
    assert json.loads(read["events.json"])["events"]


def test_marks_hide_names_and_are_another_key_each_time() -> None:
    one, other = bundle_facts.marker(b"1" * 32), bundle_facts.marker(b"2" * 32)
    assert one("run-1") == one("run-1") != one("run-2")
    assert one("run-1") != other("run-1")


def test_a_log_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(OnggiError) as caught:
        read_log(tmp_path / "nothing")
    assert caught.value.code == "node.file_unreadable"


# --- every string, whatever stood there --------------------------------------------------------------------

_WORDS = {
    *all_words(),
    *bundle_words.PACKAGES,
    *bundle_words.STATE_TABLES,
    *bundle_words.CDM_TABLES,
    *bundle_words.LOGGERS,
    *bundle_words.ERRORS,
}
_MOMENT = re.compile(r"20[2-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z")
_FORMS = [*(re.compile(pattern) for pattern in PATTERNS), _MOMENT]


def _closed_words() -> set[str]:
    found: set[str] = set()
    waiting: list[object] = [field.annotation for _, field in _fields()]
    while waiting:
        each = waiting.pop()
        if get_origin(each) is Literal:
            found |= {str(word) for word in get_args(each)}
        elif isinstance(each, type) and issubclass(each, Enum):
            found |= {str(member.value) for member in each}
        else:
            waiting += get_args(each)
    return found | {name for model in MODELS for name in model.model_fields}


_CLOSED = _closed_words() | _WORDS


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value
    else:
        assert value is None or isinstance(value, bool), "no number stands in a bundle"


def _is_allowed(word: str) -> bool:
    return word in _CLOSED or any(form.fullmatch(word) for form in _FORMS) or bundle_words.is_own_line(word)


def _check_strings(bundle: Bundle) -> None:
    for name, data in bundle.files:
        bad = [word for word in _strings(json.loads(data)) if not _is_allowed(word)]
        assert not bad, name


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleHouse]:
    made = furnished_console(tmp_path_factory.mktemp("bundle"))
    made.clock.forward(seconds=timedelta(days=1).total_seconds())
    yield made
    made.close()


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(about=_TEXTS, facts=_TEXTS, code=_TEXTS, title=_TEXTS, error=_TEXTS, when=_TEXTS)
def test_every_string_of_a_bundle_is_of_the_allow_list(
    lasting: ConsoleHouse, about: str, facts: str, code: str, title: str, error: str, when: str
) -> None:
    with lasting.desk.state() as session:
        row = {"about": about, "facts": json.dumps({"code": code, facts: facts}), "at": when}
        second = "UPDATE audit SET about = :about, facts = :facts, at = :at WHERE number = 2"
        session.execute(text(second), row)
        held = "UPDATE runs SET code = :code, state = :state, state_since = :at WHERE run = 'run-held'"
        session.execute(
            text(held),
            {"code": code, "state": title, "at": when},
        )
        session.execute(text("UPDATE held_replies SET decision = :x"), {"x": title})
    lasting.desk.home.joinpath("heartbeat.json").write_text(
        json.dumps(
            {
                "pid": 1,
                "at": lasting.clock().isoformat(),
                "connected_since": None,
                "last_error": error,
                "round_trip_s": error,
                "clock_difference_s": 1e308,
                "attempts": 3,
            }
        )
    )
    _check_strings(bundle_of(lasting))


@settings(max_examples=200, deadline=None)
@given(_TEXTS, _TEXTS, _TEXTS, _TEXTS)
def test_every_string_of_a_log_line_is_of_the_allow_list(
    event: str, error: str, logger: str, at: str
) -> None:
    line = read_line(
        json.dumps({"level": "error", "event": event, "error": error, "logger": logger, "at": at}).encode()
    )
    assert line is not None
    assert all(_is_allowed(word) for word in _strings(line.model_dump(mode="json")))


@given(st.binary(max_size=200))
def test_whatever_stands_in_a_log_is_read_safely(raw: bytes) -> None:
    line = read_line(raw)
    assert line is None or all(_is_allowed(word) for word in _strings(line.model_dump(mode="json")))
