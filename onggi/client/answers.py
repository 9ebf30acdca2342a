"""An answer in the researcher's hands: the typed result, and ways to read it as text, page or table.

* A withheld cell reads "··" with its reason, never blank and never 0.
* Everything that reaches a notebook is escaped.
"""

from __future__ import annotations

import csv
import html
import io
import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from onggi.client.language import plain_line
from onggi.client.tail_probabilities import normal_both_tails, quantile, student_both_tails
from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import canonical_json
from onggi.spec.results import CountTable, ModelFit, ResultBase
from onggi.words.catalogue import Language

if TYPE_CHECKING:
    import pandas as pd

Cell: TypeAlias = str | int | float | None
_CONFIDENCE_TAILS = 0.05
_WITHHELD = {
    "too_few_persons": ("비공개({minimum}명 미만)", "withheld (under {minimum})"),
    "secondary": ("비공개(다른 칸이 드러남)", "withheld (would reveal another cell)"),
    "difference_too_small": ("비공개(이전 결과와의 차이가 작음)", "withheld (too close to a neighbour)"),
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Rows:
    """A small table: column names, and cells that are text or exact numbers."""

    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]


class Answer(ResultBase):
    """What all answers can do."""

    language: Language = Field(default="en", exclude=True, repr=False)

    @abstractmethod
    def rows(self) -> Rows:
        """The table that every form of the answer shows."""

    @abstractmethod
    def headline(self) -> str:
        """One sentence above the table."""

    def summary(self) -> str:
        """The answer as text for a terminal or a log book."""
        rows = self.rows()
        shown = [rows.columns, *([_shown(cell) for cell in row] for row in rows.cells)]
        widths = [max(len(str(row[at])) for row in shown) for at in range(len(rows.columns))]
        lines = [
            "  ".join(
                str(cell).ljust(width) if at == 0 else str(cell).rjust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in shown
        ]
        return "\n".join([plain_line(self.headline()), "", *(plain_line_kept(line) for line in lines)])

    def to_pandas(self) -> pd.DataFrame:
        """The table as a data frame; withheld cells are missing values.

        Raises:
            Refused: ``client.pandas_missing`` where pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise Refused("client.pandas_missing") from None
        rows = self.rows()
        return pd.DataFrame([list(row) for row in rows.cells], columns=list(rows.columns))

    def to_csv(self) -> str:
        """The table as CSV, full precision; text that a spreadsheet would run as a formula is quoted."""
        out = io.StringIO()
        rows = self.rows()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(rows.columns)
        writer.writerows([[_csv_cell(cell) for cell in row] for row in rows.cells])
        return out.getvalue()

    def _repr_html_(self) -> str:
        rows = self.rows()
        head = "".join(f"<th>{html.escape(name)}</th>" for name in rows.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_shown(cell))}</td>" for cell in row) + "</tr>"
            for row in rows.cells
        )
        caption = html.escape(plain_line(self.headline()))
        return (
            f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def __str__(self) -> str:
        return self.summary()


class CountAnswer(CountTable, Answer):
    """Persons at each step of the funnel."""

    def rows(self) -> Rows:
        """Columns step, persons, note. A withheld count is None and its note says why."""
        return Rows(
            ("step", "persons", "note"),
            tuple(
                (step, count, "" if why is None else self._reason(why))
                for step, count, why in zip(self.steps, self.persons, self.withheld, strict=True)
            ),
        )

    def _reason(self, why: str) -> str:
        ko, en = _WITHHELD[why]
        return (ko if self.language == "ko" else en).format(minimum=self.minimum_persons)

    def headline(self) -> str:
        if self.language == "ko":
            return f"단계별 인원 / 참여 기관 수: {self.sites} / 반올림 단위: {self.rounded_to}"
        return f"Persons at each step; {self.sites} hospitals; rounded to {self.rounded_to}"


class ModelAnswer(ModelFit, Answer):
    """A fitted regression with the usual columns."""

    def rows(self) -> Rows:
        """Columns term, coefficient, standard_error, statistic, p_value, low, high.

        `low` and `high` bound the 95 % interval, in the coefficient's unit. Where the dispersion is
        estimated (gaussian) the statistic is Student's t, otherwise the normal.
        """
        dof = self.residual_dof if self.family == "gaussian" else None
        reach = quantile(_CONFIDENCE_TAILS, dof=dof)
        return Rows(
            ("term", "coefficient", "standard_error", "statistic", "p_value", "low", "high"),
            tuple(
                (term, at, error, *_tested(at, error, dof=dof), at - reach * error, at + reach * error)
                for term, at, error in zip(self.terms, self.coefficients, self.standard_errors, strict=True)
            ),
        )

    def headline(self) -> str:
        events = "" if self.events is None else f", events {self.events}"
        state = "converged" if self.converged else "NOT CONVERGED"
        if self.language == "ko":
            events = "" if self.events is None else f" / 사건 수: {self.events}"
            state = "수렴함" if self.converged else "수렴하지 않음"
            return (
                f"{self.family} / {self.link} / 대상자 수: {self.n}{events} / 참여 기관 수: {self.sites} / "
                f"이탈도: {self.deviance:.6g} / AIC: {self.aic:.6g} / {state}"
            )
        return (
            f"{self.family} ({self.link}), n {self.n}{events}, {self.sites} hospitals, "
            f"deviance {self.deviance:.6g}, AIC {self.aic:.6g}, {state}"
        )


def _tested(at: float, error: float, *, dof: int | None) -> tuple[float, float]:
    if error == 0:
        return math.nan, math.nan
    statistic = at / error
    if dof is None:
        return statistic, normal_both_tails(statistic)
    return statistic, student_both_tails(statistic, dof=dof)


def plain_line_kept(line: str) -> str:
    """A table's line, safe to print, with its spaces."""
    return "".join(part if part.isspace() else plain_line(part) for part in line)


def _shown(cell: Cell) -> str:
    match cell:
        case None:
            return "··"
        case float():
            return f"{cell:.6g}"
        case int():
            return f"{cell:,}"
        case _:
            return plain_line(cell)


def _csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return repr(cell) if isinstance(cell, float) else cell


_KINDS: dict[str, TypeAdapter[CountAnswer] | TypeAdapter[ModelAnswer]] = {
    "count_table": TypeAdapter(CountAnswer),
    "model_fit": TypeAdapter(ModelAnswer),
}


def read_answer(result: dict[str, JsonValue], *, language: Language) -> CountAnswer | ModelAnswer:
    """The typed answer. NotTrusted `client.answer_malformed` where it is none that this version knows."""
    adapter = _KINDS.get(str(result.get("result")))
    if adapter is None or "language" in result:
        raise NotTrusted("client.answer_malformed", status=200)
    try:
        answer = adapter.validate_json(canonical_json(result))
    except ValidationError:
        raise NotTrusted("client.answer_malformed", status=200) from None
    _check_shape(answer)
    return answer.model_copy(update={"language": language})


def _check_shape(answer: CountAnswer | ModelAnswer) -> None:
    """Raises where the columns have different lengths: nothing could be read from them safely."""
    if isinstance(answer, CountAnswer):
        columns: Sequence[Sequence[object]] = (answer.steps, answer.persons, answer.withheld)
    else:
        columns = (answer.terms, answer.coefficients, answer.standard_errors)
    if len({len(column) for column in columns}) != 1:
        raise NotTrusted("client.answer_malformed", status=200)
