"""Prints what a command found, for a person or as JSON, and ends with the refusal's own exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.table import Table

from onggi.errors import OnggiError
from onggi.words import find_words, public_words

_FAULT = 254
Shown = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CommandOutput:
    """How this call speaks."""

    as_json: bool
    language: Literal["ko", "en"]

    def show(self, found: Shown) -> None:
        """One object."""
        if self.as_json:
            self._print_json(found)
            return
        console = Console(highlight=False, soft_wrap=True)
        width = max(len(name) for name in found)
        for name, value in found.items():
            console.print(f"{name.ljust(width)}  {_plain(value)}", markup=False)

    def show_table(self, rows: list[Shown], *, columns: tuple[str, ...]) -> None:
        if self.as_json:
            self._print_json(rows)
            return
        table = Table(*columns, box=None)
        for row in rows:
            table.add_row(*(_plain(row[name]) for name in columns))
        Console(highlight=False).print(table)

    def show_text(self, text: str) -> None:
        sys.stdout.write(text)

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Turns a refusal into words and an exit code."""
        try:
            yield
        except OnggiError as error:
            raise SystemExit(self._tell(error)) from None

    def _tell(self, error: OnggiError) -> int:
        words = find_words(error.code)
        cause, following = public_words(error, self.language)
        if self.as_json:
            told = {"code": error.code, "cause": cause, "next": following, "facts": error.facts}
            self._print_json(told, to_errors=True)
        else:
            sys.stderr.write(f"{cause}\n{following}\n[{error.code}]\n")
        # Of our own range wherever the refusal began, and under 256: an exit status has one byte.
        code = words.exit if words is not None else _FAULT
        return code if 200 <= code <= _FAULT else _FAULT

    def _print_json(self, found: object, *, to_errors: bool = False) -> None:
        stream = sys.stderr if to_errors else sys.stdout
        stream.write(json.dumps(found, ensure_ascii=False, default=str) + "\n")


def _plain(value: object) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(one) for one in value)
    return "-" if value is None else str(value)
