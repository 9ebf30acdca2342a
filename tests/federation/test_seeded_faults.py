"""Forty faults, each seeded in a healthy node: the output names cause, place and one command that helps."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from node.doctor import examine as examination
from onggi.errors import Refused
from onggi.words.catalogue import find_words, public_words
from tests.support.fault_table import FAULTS, Fault, load
from tests.support.node_desk import Answer, NodeDesk
from tests.support.seeded_faults import (
    CANARY,
    CANARY_NUMBER,
    LiveGateway,
    Ward,
    commands_in,
    first_found,
    prepare,
    run_advice,
)

pytestmark = pytest.mark.federation
LABELS = {"ko": ("문제", "위치", "다음"), "en": ("Problem", "Place", "Next")}
LOCALES = {"ko": "ko_KR.UTF-8", "en": "en_US.UTF-8"}


@pytest.fixture(scope="module")
def live() -> Iterator[LiveGateway]:
    started = LiveGateway()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def healthy(live: LiveGateway, tmp_path_factory: pytest.TempPathFactory) -> NodeDesk:
    return prepare(tmp_path_factory.mktemp("healthy"), live)


@pytest.fixture
def ward(
    live: LiveGateway, healthy: NodeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ward]:
    """A copy to break. Whether this machine can close a room is asked in the sandbox's own tests."""
    monkeypatch.setattr(examination, "check_sandbox", lambda **_: [])
    for name, copied in (("node", "node"), ("node", "healthy"), ("bare", "bare"), ("cdm", "cdm")):
        shutil.copytree(healthy.home.parent / name, tmp_path / copied)
    shutil.copy(healthy.home.parent / "root.json", tmp_path)
    made = Ward(tmp_path, live, monkeypatch, NodeDesk(tmp_path / "node", now=datetime.now(UTC)))
    yield made
    for close in reversed(made.closing):
        close()


def test_the_healthy_node_shows_none_of_these(ward: Ward) -> None:
    told = ward.desk.type("doctor", "--json")
    assert (told.code, told.json["well"]) == (0, True)
    assert ward.desk.type(*load(ward)).code == 0


def test_the_table_is_long_enough_and_names_each_fault_once() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 25
    assert len({fault.code for fault in FAULTS}) >= 25


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_is_named_and_its_next_command_helps(ward: Ward, fault: Fault) -> None:
    if fault.bare:
        ward.desk.home = ward.folder / "bare"
    fault.seed(ward)
    words = fault.command(ward)
    told = ward.desk.type(*words, "--json")
    problem = first_found(words, told)
    assert problem["code"] == fault.code
    _check_exit(fault, told)
    outputs = [told]
    commands = set()
    for language in ("ko", "en"):
        ward.desk.language = LOCALES[language]
        shown = ward.desk.type(*words)
        _check_exit(fault, shown)
        advice = _check_shown(shown, language=language, fault=fault, ward=ward, facts=problem["facts"])
        outputs.append(shown)
        commands.add(re.sub("<[^>]+>", "<>", _one_command(fault, advice)))
    assert len(commands) == 1, "the command is the same in both languages"
    for output in outputs:
        _check_discreet(output)
    _cure(ward, fault, _one_command(fault, advice))


def _check_exit(fault: Fault, told: Answer) -> None:
    known = find_words(fault.code)
    assert known is not None
    expected = known.exit if 100 <= known.exit <= 199 else 199
    assert told.code == (0 if fault.sound else expected)


def _check_shown(shown: Answer, *, language: Any, fault: Fault, ward: Ward, facts: dict[str, Any]) -> str:
    """The three lines of the problem, in this language. Returns the last one's advice."""
    lines = (shown.out + shown.err).splitlines()
    said = []
    for label in LABELS[language]:
        found = [line.removeprefix(label).strip() for line in lines if line.startswith(f"{label} ")]
        assert len(found) == 1, f"one line of {label}"
        said += found
    cause, _ = public_words(Refused(fault.code, **facts), language)
    assert _timeless(said[0], fault) == _timeless(f"{cause} ({fault.code})", fault)
    assert all(fact in cause for fact in fault.cause)
    assert all(part in said[1] for part in fault.place(ward))
    assert bool(re.search("[가-힣]", said[0])) == (language == "ko")
    return said[2]


def _timeless(text: str, fault: Fault) -> str:
    """Between two examinations the difference to a moving clock may change by a second."""
    return re.sub(r"3[56][0-9]{2}", "3600", text) if fault.code == "link.clock_off" else text


def _one_command(fault: Fault, advice: str) -> str:
    found = commands_in(advice)
    if fault.code == "root.wrong_fingerprint":  # the act is a telephone call
        assert found == []
        return ""
    assert len(found) == 1, advice
    return found[0]


def _check_discreet(output: Answer) -> None:
    text = output.out + output.err
    assert "Traceback" not in text
    assert "…" not in text
    assert not re.search(r"\{[a-z_]+\}", text)
    assert CANARY[:-1] not in text
    assert CANARY_NUMBER not in text


def _cure(ward: Ward, fault: Fault, command: str) -> None:
    if fault.only_shows:
        done = run_advice(ward, command)
        assert done.code == 0, done
        _check_discreet(done)
        return
    assert fault.cure is not None
    done = fault.cure(ward, command)
    assert done.code == 0 or fault.bare, done
    assert fault.code not in done.out + done.err
    _check_discreet(done)
    again = ward.desk.type(*(fault.proof or fault.command)(ward))
    assert again.code == 0, again
    assert fault.code not in again.out + again.err
