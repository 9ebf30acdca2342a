"""How a path of penalised regressions is told: coefficients along it, and the loss by cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from onggi.report.figure import Axis, Drawn, Figure, Guide, Line, Panel, Points
from onggi.report.regression_words import INTERCEPTS, named_law, term_words
from onggi.report.sheet import Column, Pair, Sheet, Value
from onggi.spec.results import CrossValidation, RegularisedPath

_MOST_DRAWN: Final = 10
"""So many lines can be followed; all of them stand in the table."""
_GAMMA_WORDS: Final[tuple[Pair, ...]] = (
    (
        "목적함수의 첫 항은 평균 이탈도의 절반입니다(산포모수는 1로 둠).",
        "The objective's first term is half the mean deviance (a dispersion of 1).",
    ),
)
_PENALTY: Final = Column("penalty", ("벌점", "Penalty"))
_PATH: Final = (
    _PENALTY,
    Column("nonzero", ("0이 아닌 계수", "Coefficients that are not zero")),
    Column("deviance", ("이탈도", "Deviance")),
)
_CHECKED: Final = (
    Column("loss", ("교차검증 손실", "Cross-validated loss")),
    Column("error", ("손실의 표준오차", "Standard error of the loss")),
    Column("chosen", ("선택", "Chosen")),
)
_FACTS: Final = (
    Column("family", ("분포", "Family")),
    Column("link", ("연결 함수", "Link")),
    Column("alpha", ("혼합 비율(1은 라소)", "Mixing (1 is the lasso)")),
    Column("n", ("인원", "Persons")),
    Column("events", ("사건 수", "Events")),
    Column("null_deviance", ("항이 없는 모형의 이탈도", "Deviance without terms")),
    Column("iterations", ("반복 횟수", "Iterations")),
    Column("folds", ("교차검증 묶음", "Folds")),
    Column("best", ("손실이 가장 작은 벌점의 순번(0부터)", "Place of lambda.min on the path, from 0")),
    Column("simplest", ("표준오차 1 안의 가장 큰 벌점의 순번(0부터)", "Place of lambda.1se, from 0")),
)


def sheets(result: RegularisedPath) -> tuple[Sheet, ...]:
    """The path, the coefficients along it (a row a term and penalty), and what the fits rest on.

    Raises ValueError where penalties do not fall and are not above 0, or one was chosen that is not there.
    """
    penalties = result.penalties
    if not penalties or penalties[-1] <= 0 or any(later >= earlier for earlier, later in pairwise(penalties)):
        raise ValueError("a path of penalties falls, and ends above 0")
    checked = result.validation
    if checked is not None and max(checked.best, checked.simplest) >= len(penalties):
        raise ValueError("a penalty was chosen that is not on the path")
    return _path(result), _coefficients(result), _facts(result)


def _path(result: RegularisedPath) -> Sheet:
    rows: list[tuple[Value, ...]] = list(zip(result.penalties, result.nonzero, result.deviance, strict=True))
    columns: tuple[Column, ...] = _PATH
    if (checked := result.validation) is not None:
        told = zip(rows, checked.loss, checked.error, _chosen(checked, len(rows)), strict=True)
        rows = [(*row, *further) for row, *further in told]
        columns = (*_PATH, *_CHECKED)
    return Sheet("path", ("벌점의 경로", "The path of penalties"), columns, tuple(rows))


def _chosen(checked: CrossValidation, length: int) -> list[str | None]:
    """What `cv.glmnet` calls the penalties; both names where one penalty is both."""
    named = (("lambda.min", checked.best), ("lambda.1se", checked.simplest))
    return [", ".join(name for name, at in named if at == place) or None for place in range(length)]


def _coefficients(result: RegularisedPath) -> Sheet:
    columns = (_PENALTY, Column("term", ("항", "Term")), Column("coefficient", ("계수", "Coefficient")))
    rows: list[tuple[Value, ...]] = [
        (penalty, term_words(term), coefficient)
        for penalty, own in zip(result.penalties, result.coefficients, strict=True)
        for term, coefficient in zip(result.terms, own, strict=True)
    ]
    return Sheet("coefficients", ("계수", "Coefficients"), columns, tuple(rows))


def _facts(result: RegularisedPath) -> Sheet:
    checked = result.validation
    chosen = (None, None, None) if checked is None else (checked.folds, checked.best, checked.simplest)
    row: tuple[Value, ...] = (
        named_law(result.family),
        named_law(result.link),
        result.alpha,
        result.n,
        result.events,
        result.null_deviance,
        result.iterations,
        *chosen,
    )
    return Sheet("fit", ("적합", "Fit"), _FACTS, (row,), is_upright=True)


def figure(result: RegularisedPath) -> Figure | None:
    """Coefficients over the penalty, the first to enter; then the cross-validated loss where there is one."""
    entered = _first_to_enter(result)
    axis = Axis(("벌점(로그 눈금)", "Penalty (log scale)"), is_log=True)
    panels = [_lines(result, entered, axis)] if entered else []
    panels += [_loss(result, result.validation, axis)] if result.validation is not None else []
    if not panels:
        return None
    chosen = _told_chosen(result)
    told: Pair = (
        f"벌점에 따른 계수입니다. {_told_last(result, entered)}{chosen[0]}.",
        f"Coefficients over the penalty. {_told_last(result, entered)}{chosen[1]}.",
    )
    return Figure(("벌점의 경로", "The path of penalties"), told, tuple(panels))


def _first_to_enter(result: RegularisedPath) -> list[int]:
    """Terms by the largest penalty at which they are not zero; the intercept is not penalised."""

    def entry(at: int) -> int:
        places = (place for place, own in enumerate(result.coefficients) if own[at] != 0)
        return next(places, len(result.penalties))

    terms = [at for at, term in enumerate(result.terms) if term not in INTERCEPTS]
    return sorted(terms, key=entry)[:_MOST_DRAWN]


def _lines(result: RegularisedPath, terms: Sequence[int], axis: Axis) -> Panel:
    traced = tuple(
        _traced(result.terms[at], result.penalties, tuple(own[at] for own in result.coefficients))
        for at in terms
    )
    penalised = sum(term not in INTERCEPTS for term in result.terms)
    title: Pair = ("계수", "Coefficients")
    if penalised > len(terms):
        title = (
            f"먼저 들어온 항의 계수(전체 {penalised} 가운데 {len(terms)})",
            f"Coefficients of the first terms to enter ({len(terms)} of {penalised})",
        )
    return Panel(axis, Axis(("계수", "Coefficient")), (Guide("y", 0.0), *traced), title=title)


def _traced(label: str, xs: tuple[float, ...], ys: tuple[float, ...]) -> Drawn:
    """A line where there is more than one point of it."""
    return Line(label, xs, ys) if len(xs) > 1 else Points(label, xs, ys)


def _loss(result: RegularisedPath, checked: CrossValidation, axis: Axis) -> Panel:
    pairs = list(zip(checked.loss, checked.error, strict=True))
    points = Points(
        _CHECKED[0].title,
        result.penalties,
        checked.loss,
        tuple(loss - error for loss, error in pairs),
        tuple(loss + error for loss, error in pairs),
        along="y",
    )
    chosen = dict.fromkeys((result.penalties[checked.best], result.penalties[checked.simplest]))
    title: Pair = (
        "교차검증 손실과 표준오차(파선: lambda.min, lambda.1se)",
        "Cross-validated loss and its standard error (dashed: lambda.min, lambda.1se)",
    )
    return Panel(axis, Axis(_CHECKED[0].title), (*(Guide("x", at) for at in chosen), points), title=title)


def _told_last(result: RegularisedPath, terms: Sequence[int]) -> str:
    """Coefficients where most is told of them: at the smallest penalty."""
    listed = "; ".join(f"{result.terms[at]} {result.coefficients[-1][at]:.4g}" for at in terms)
    return f"lambda {result.penalties[-1]:.4g}: {listed}"


def _told_chosen(result: RegularisedPath) -> Pair:
    if (checked := result.validation) is None:
        return "", ""
    best, simplest = result.penalties[checked.best], result.penalties[checked.simplest]
    told = f". lambda.min: {best:.4g}, lambda.1se: {simplest:.4g}"
    return told, told


def methods(result: RegularisedPath) -> tuple[Pair, ...]:
    """The objective, its scale, and the folds, with whose conventions they follow."""
    family, link = named_law(result.family), named_law(result.link)
    told: list[Pair] = [
        _penalty_words(result.alpha),
        (
            f"분포: {family[0]}, 연결 함수: {link[0]}, 벌점의 수: {len(result.penalties)}.",
            f"Family: {family[1]}, link: {link[1]}, penalties: {len(result.penalties)}.",
        ),
        (
            "목적함수는 Friedman, Hastie, Tibshirani 2010의 것이며 표준편차로 나눈 열에 벌점을 매깁니다.",
            "The objective (Friedman, Hastie, Tibshirani 2010) is on columns by their standard deviation.",
        ),
        *(_GAMMA_WORDS if result.family == "gamma" else ()),
        (
            "절편에는 벌점이 없고, 계수는 변수의 단위로 나타냅니다.",
            "The intercept is not penalised; coefficients are in the units of the variables.",
        ),
        (
            f"모든 변수의 값이 있는 사람만 포함했습니다: {result.n:,}명.",
            f"Persons with every value were included: n = {result.n:,}.",
        ),
    ]
    if result.events is not None:
        told.append((f"사건 수: {result.events:,}.", f"Events: {result.events:,}."))
    if (checked := result.validation) is not None:
        told += [
            (
                f"교차검증은 사람을 무작위 묶음으로 나누어 했습니다(묶음의 수: {checked.folds}).",
                f"Cross-validation divided persons into random folds (folds: {checked.folds}).",
            ),
            (
                "손실은 한 사람의 평균 이탈도이며 묶음의 인원으로 평균했습니다(glmnet의 cv.glmnet과 같음).",
                "The loss is the mean deviance per person, averaged over folds by persons (as cv.glmnet).",
            ),
        ]
    told.append(
        (
            "벌점을 준 계수에는 표준오차와 검정이 없습니다.",
            "Penalised coefficients have no standard errors and no tests.",
        )
    )
    return tuple(told)


def _penalty_words(alpha: float) -> Pair:
    if alpha == 1:
        return "라소 벌점의 회귀를 적합했습니다.", "Regressions with the lasso's penalty were fitted."
    if alpha == 0:
        return "능형 벌점의 회귀를 적합했습니다.", "Regressions with the ridge penalty were fitted."
    return (
        f"엘라스틱넷 벌점의 회귀를 적합했습니다(혼합 비율: {alpha:g}).",
        f"Regressions with the elastic net's penalty were fitted (mixing: {alpha:g}).",
    )
