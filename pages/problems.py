"""What is wrong with a form, field by field: shown above the form and beside each field in the same words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from onggi.errors import OnggiError
from onggi.words import public_words
from pages.languages import Language


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One sentence, the act that mends it, and the field where; an empty field means the whole form."""

    field: str
    cause: str
    next: str


@dataclass(slots=True)
class Problems:
    """Collects what is wrong, so that a person mends all of it at once."""

    language: Language
    found: list[FieldProblem] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.found)

    def __iter__(self) -> Iterator[FieldProblem]:
        return iter(self.found)

    def add(self, where: str, error: OnggiError) -> None:
        cause, following = public_words(error, self.language)
        self.found.append(FieldProblem(where, cause, following))

    @contextmanager
    def at(self, where: str) -> Iterator[None]:
        """A refusal inside the block becomes a problem of this field."""
        try:
            yield
        except OnggiError as error:
            self.add(where, error)

    def of(self, where: str) -> str | None:
        """The first sentence about a field."""
        return next((each.cause for each in self.found if each.field == where), None)
