"""What a cross table asks for."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from onggi.spec.base import ColumnName, Frozen


class CrossTableParameters(Frozen):
    """Persons by two flags or categories, over everybody and, where asked, in each level of a third
    (`strata`).

    Persons without a value of any of them are left out.
    """

    kind: Literal["cross_table"] = "cross_table"
    rows: ColumnName
    columns: ColumnName
    strata: ColumnName | None = None

    @property
    def names(self) -> tuple[ColumnName, ...]:
        """The variables: strata first, if any, then rows and columns."""
        return (*([self.strata] if self.strata is not None else []), self.rows, self.columns)

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        if len(set(self.names)) != len(self.names):
            raise ValueError("a variable stands twice among rows, columns and strata")
        return self
