"""A path of penalised regressions as sheets."""

from __future__ import annotations

from onggi.report.sheet import Column, Sheet, Value
from onggi.spec.results import RegularisedPath

_PATH = (
    Column("penalty", ("벌점", "Penalty")),
    Column("nonzero", ("0이 아닌 계수", "Coefficients that are not zero")),
    Column("deviance", ("이탈도", "Deviance")),
)
_CHECKED = (
    Column("loss", ("교차검증 손실", "Cross-validated loss")),
    Column("error", ("손실의 표준오차", "Standard error of the loss")),
    Column("chosen", ("선택", "Chosen")),
)


def sheets(result: RegularisedPath) -> tuple[Sheet, ...]:
    """The path, the coefficients along it (a row a term and penalty), and what the fits rest on."""
    return _path(result), _coefficients(result), _facts(result)


def _path(result: RegularisedPath) -> Sheet:
    checked = result.validation
    rows: list[tuple[Value, ...]] = []
    for at, penalty in enumerate(result.penalties):
        row: tuple[Value, ...] = (penalty, result.nonzero[at], result.deviance[at])
        if checked is not None:
            names = {checked.simplest: "lambda.1se", checked.best: "lambda.min"}
            row = (*row, checked.loss[at], checked.error[at], names.get(at))
        rows.append(row)
    columns = _PATH if checked is None else (*_PATH, *_CHECKED)
    return Sheet("path", ("벌점의 경로", "The path of penalties"), columns, tuple(rows))


def _coefficients(result: RegularisedPath) -> Sheet:
    columns = (
        Column("penalty", ("벌점", "Penalty")),
        Column("term", ("항", "Term")),
        Column("coefficient", ("계수", "Coefficient")),
    )
    rows = tuple(
        (penalty, term, coefficient)
        for penalty, own in zip(result.penalties, result.coefficients, strict=True)
        for term, coefficient in zip(result.terms, own, strict=True)
    )
    return Sheet("coefficients", ("계수", "Coefficients"), columns, rows)


def _facts(result: RegularisedPath) -> Sheet:
    facts: dict[str, tuple[tuple[str, str], Value]] = {
        "family": (("분포", "Family"), result.family),
        "link": (("연결 함수", "Link"), result.link),
        "alpha": (("혼합 비율(1은 라소)", "Mixing (1 is the lasso)"), result.alpha),
        "n": (("인원", "Persons"), result.n),
        "events": (("사건 수", "Events"), result.events),
        "null_deviance": (("항이 없는 모형의 이탈도", "Deviance without terms"), result.null_deviance),
        "iterations": (("반복 횟수", "Iterations"), result.iterations),
        "folds": (("교차검증 묶음", "Folds"), result.validation.folds if result.validation else None),
    }
    columns = (
        Column("fact", ("이름", "Name")),
        Column("what", ("뜻", "What it is")),
        Column("value", ("값", "Value")),
    )
    rows = tuple(
        (name, f"{ko} / {en}", value) for name, ((ko, en), value) in facts.items() if value is not None
    )
    return Sheet("fit", ("적합", "Fit"), columns, rows)
