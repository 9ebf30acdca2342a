"""What a correlation asks for."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from onggi.spec.base import ColumnName, Frozen


class CorrelationParameters(Frozen):
    """Pearson's correlation between every two of some numbers, over the persons who have all of them."""

    kind: Literal["correlation"] = "correlation"
    variables: tuple[ColumnName, ...] = Field(min_length=2, max_length=50)

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        if len(set(self.variables)) != len(self.variables):
            raise ValueError("a variable stands twice")
        return self
