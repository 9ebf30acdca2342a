"""Shows how far a job has come while somebody waits: in a terminal, in a notebook, or as plain lines."""

from __future__ import annotations

import html
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import ModuleType, TracebackType
from typing import Any, Protocol, Self, TextIO, TypeAlias

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

STEPS = ("submitted", "waiting_for_approval", "ready", "running", "held", "released")
"""The way of a job that comes to its answer; a job may skip a step."""


class Display(Protocol):
    """Something that shows the latest state and the sentence that belongs to it."""

    def show(self, state: str, sentence: str) -> None: ...


Shown: TypeAlias = AbstractContextManager[Display]


def step_of(state: str) -> int:
    """How many steps lie behind; a job that ended without an answer stands at the end."""
    return STEPS.index(state) if state in STEPS else len(STEPS) - 1


class NoDisplay(AbstractContextManager["NoDisplay"]):
    """Says nothing."""

    def show(self, state: str, sentence: str) -> None:
        """Nothing to do."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


@dataclass(slots=True)
class PlainLines(AbstractContextManager["PlainLines"]):
    """One line for each change: log files, pipes, and notebooks without rich output."""

    stream: TextIO
    _last: tuple[str, str] | None = None

    def show(self, state: str, sentence: str) -> None:
        if (state, sentence) != self._last:
            self._last = (state, sentence)
            self.stream.write(f"[{step_of(state) + 1}/{len(STEPS)}] {sentence}\n")
            self.stream.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


@dataclass(slots=True)
class TerminalBar(AbstractContextManager["TerminalBar"]):
    """A bar that moves in place."""

    console: Console
    _bar: Progress = field(init=False)
    _task: TaskID = field(init=False)

    def __post_init__(self) -> None:
        columns = (SpinnerColumn(), BarColumn(bar_width=20), TextColumn("{task.description}", markup=False))
        self._bar = Progress(*columns, TimeElapsedColumn(), console=self.console)
        self._task = self._bar.add_task("", total=len(STEPS) - 1)

    def show(self, state: str, sentence: str) -> None:
        self._bar.update(self._task, completed=step_of(state), description=Text(sentence).plain)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()


@dataclass(slots=True)
class NotebookLine(AbstractContextManager["NotebookLine"]):
    """One line of a notebook's output that changes in place. `display` is IPython's own module."""

    display: Any
    _handle: Any = None

    def show(self, state: str, sentence: str) -> None:
        bar = f'<progress max="{len(STEPS) - 1}" value="{step_of(state)}"></progress>'
        shown = self.display.HTML(f"{bar} {html.escape(sentence)}")
        if self._handle is None:
            self._handle = self.display.display(shown, display_id=True)
        else:
            self._handle.update(shown)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def choose_display(*, wanted: bool, stream: TextIO, modules: dict[str, ModuleType]) -> Shown:
    """What fits where the program runs.

    Args:
        modules: `sys.modules`. A notebook's kernel has loaded IPython itself; it is never imported here.
    """
    if not wanted:
        return NoDisplay()
    notebook = modules.get("IPython.display")
    if "ipykernel" in modules and notebook is not None:
        return NotebookLine(notebook)
    if stream.isatty():
        return TerminalBar(Console(file=stream))
    return PlainLines(stream)


def default_display(wanted: bool) -> Shown:
    """On standard error: standard output belongs to the answer."""
    return choose_display(wanted=wanted, stream=sys.stderr, modules=sys.modules)
