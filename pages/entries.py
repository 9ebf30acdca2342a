"""Reads what a person typed into a form: bounded, plain text alone, nothing lost.

Values keep what was typed except for outer blanks and the line ends of browsers. Whoever shows them again
shows them through a template, which writes every sign as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import Depends
from starlette.requests import Request

from onggi.errors import Refused

_MOST_FIELDS: Final = 500
_LONGEST_NAME: Final = 100
_FORM: Final = "application/x-www-form-urlencoded"
LONGEST_TEXT: Final = 100_000


@dataclass(frozen=True, slots=True)
class Entries:
    """The values of a form by field, in the order in which they were sent."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The one value of a field, or an empty text."""
        found = self.values.get(name, ())
        return found[0] if found else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Every value of a field, as check boxes send them."""
        return self.values.get(name, ())

    def is_ticked(self, name: str) -> bool:
        return bool(self.text(name))


async def read_entries(request: Request) -> Entries:
    """The form of a request.

    Raises:
        Refused: ``page.not_a_form`` where the body is no form of plain text.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _FORM:
        raise Refused("page.not_a_form")
    body = await request.body()
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except (UnicodeDecodeError, ValueError):
        raise Refused("page.not_a_form") from None
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        cleaned = value.replace("\r\n", "\n").strip()
        if len(name) > _LONGEST_NAME or len(cleaned) > LONGEST_TEXT or not _is_plain(name + cleaned):
            raise Refused("page.not_a_form")
        values.setdefault(name, []).append(cleaned)
    return Entries({name: tuple(found) for name, found in values.items()})


def _is_plain(text: str) -> bool:
    """No control signs but line end and tab: databases refuse them and readers cannot see them."""
    return all((sign >= " " and sign != "\x7f") or sign in "\n\t" for sign in text)


Typed = Annotated[Entries, Depends(read_entries)]
