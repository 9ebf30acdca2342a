"""Progress fits where it is shown: a terminal, a notebook, or plain lines."""

from __future__ import annotations

import io
from types import ModuleType
from typing import Any

import pytest

from coordinator.decisions.explain import whose_turn
from coordinator.states import JobState
from onggi.client.language import plain_line, preferred_language
from onggi.client.waiting import (
    STEPS,
    NoDisplay,
    NotebookLine,
    PlainLines,
    TerminalBar,
    choose_display,
    step_of,
)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Handle:
    def __init__(self, shown: list[str]) -> None:
        self._shown = shown

    def update(self, html: str) -> None:
        self._shown.append(html)


def _notebook(shown: list[str]) -> ModuleType:
    module: Any = ModuleType("IPython.display")
    module.HTML = str

    def display(html: str, *, display_id: bool) -> _Handle:
        assert display_id
        shown.append(html)
        return _Handle(shown)

    module.display = display
    return module


def test_the_display_fits_the_place() -> None:
    kernel = {"ipykernel": ModuleType("ipykernel"), "IPython.display": _notebook([])}
    assert isinstance(choose_display(wanted=False, stream=_Terminal(), modules=kernel), NoDisplay)
    assert isinstance(choose_display(wanted=True, stream=_Terminal(), modules=kernel), NotebookLine)
    half = {"ipykernel": ModuleType("ipykernel")}
    assert isinstance(choose_display(wanted=True, stream=io.StringIO(), modules=half), PlainLines)
    assert isinstance(choose_display(wanted=True, stream=_Terminal(), modules={}), TerminalBar)


def test_a_notebook_line_changes_in_place_and_escapes() -> None:
    shown: list[str] = []
    with NotebookLine(_notebook(shown)) as line:
        line.show("running", "at <b>hospitals</b>")
        line.show("released", "done")
    assert shown == [
        '<progress max="5" value="3"></progress> at &lt;b&gt;hospitals&lt;/b&gt;',
        '<progress max="5" value="5"></progress> done',
    ]


def test_a_terminal_bar_shows_the_sentence_and_no_markup_acts() -> None:
    stream = _Terminal()
    with choose_display(wanted=True, stream=stream, modules={}) as bar:
        bar.show("running", "at [red]hospitals[/red]")
    assert "at [red]hospitals[/red]" in stream.getvalue()


def test_plain_lines_are_written_once_for_each_change() -> None:
    stream = io.StringIO()
    with PlainLines(stream) as lines:
        for state in ("ready", "ready", "running", "failed"):
            lines.show(state, f"now {state}")
    assert stream.getvalue().splitlines() == ["[3/6] now ready", "[4/6] now running", "[6/6] now failed"]


def test_every_state_of_the_coordinator_has_its_place_on_the_way() -> None:
    assert set(STEPS) <= {state.value for state in JobState}
    assert [step_of(state.value) for state in (JobState.SUBMITTED, JobState.HELD, JobState.FAILED)] == [
        0,
        4,
        5,
    ]
    assert all(whose_turn(state).en for state in JobState)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LC_ALL": "C", "LANG": "ko_KR.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "ko_KR.UTF-8"}, "ko"),
        ({}, "en"),
    ],
)
def test_the_locale_chooses_the_language(environment: dict[str, str], language: str) -> None:
    assert preferred_language(environment) == language


def test_a_line_from_elsewhere_is_one_bounded_printable_line() -> None:
    assert plain_line("a\nb\x1b[31m\u202ec\u200b\u2028d") == "a b[31mcd"
    assert len(plain_line("x" * 5000)) == 600
