"""What a Table 1 asks for."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from onggi.spec.base import ColumnName, Frozen


class TableOneParameters(Frozen):
    """Baseline characteristics: each variable described over everybody and, where asked, in groups.

    `by` is a flag or category; persons without a group stand nowhere in the table. `complete` names those of
    the variables that everybody in the table must have: whoever lacks one is left out of the whole table, and
    of the others it is told how many lack them.
    """

    kind: Literal["table_one"] = "table_one"
    variables: tuple[ColumnName, ...] = Field(min_length=1, max_length=100)
    by: ColumnName | None = None
    complete: tuple[ColumnName, ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names = [*self.variables, *([self.by] if self.by is not None else [])]
        if len(set(names)) != len(names):
            raise ValueError("a variable stands twice among variables and by")
        if len(set(self.complete)) != len(self.complete) or not set(self.complete) <= set(self.variables):
            raise ValueError("complete names some of the variables, each once")
        return self
