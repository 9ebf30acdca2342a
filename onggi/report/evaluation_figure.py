"""Draws an evaluation: calibration, the ROC curve, and the decision curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from onggi.report.figure import Axis, Drawn, Figure, Guide, Line, Numbers, Panel, Points, Said
from onggi.report.looks import LOOKS
from onggi.report.sheet import Pair
from onggi.spec.results import EvaluatedPopulation, ModelEvaluation

EVERYBODY: Pair = ("전체", "all")
_MOST_DRAWN: Final = len(LOOKS) - 1
"""So many populations are told apart beside a diagonal; all of them stand in the tables."""
_LEAST_SHOWN: Final = -0.1
"""Treating everybody does boundless harm at high thresholds: drawn whole, it would flatten all else."""
_SHARE: Final[Pair] = ("관찰된 비율", "Observed share")
_RISK: Final[Pair] = ("평균 예측 위험도", "Mean predicted risk")
_SENSITIVE: Final[Pair] = ("민감도", "True positive rate")
_FALSE: Final[Pair] = ("위양성률", "False positive rate")
_BENEFIT: Final[Pair] = ("순이득", "Net benefit")
_THRESHOLD: Final[Pair] = ("기준 위험도", "Threshold")


def population_name(found: EvaluatedPopulation) -> Said:
    """The level or band; the name of everybody is ours."""
    return found.name or EVERYBODY


def figure(result: ModelEvaluation) -> Figure:
    """Calibration and ROC of everybody and the first levels, and everybody's net benefit at thresholds."""
    shown = result.populations[:_MOST_DRAWN]
    everybody = result.populations[0]
    panels = [_calibration(shown), _roc(shown)]
    panels += [_decisions(everybody)] if everybody.thresholds else []
    auc, slope = everybody.discrimination.auc, everybody.calibration.slope
    numbers = f"{auc.value:.4g} ({auc.low:.4g}, {auc.high:.4g})"
    slopes = f"{slope.value:.4g} ({slope.low:.4g}, {slope.high:.4g})"
    told: Pair = (
        f"위험군별 예측과 관찰, ROC 곡선, 결정 곡선입니다. AUC: {numbers}. 보정 기울기: {slopes}.",
        f"Calibration by group of risk, ROC curve, decision curve. AUC {numbers}; slope {slopes}.",
    )
    return Figure(("예측 모형의 평가", "Evaluation of a prediction model"), told, tuple(panels))


def _calibration(shown: Sequence[EvaluatedPopulation]) -> Panel:
    """Points on the diagonal are predicted as they happen; groups with nobody have no point."""
    points = [_groups(each) for each in shown]
    ends = [number for each in points for number in (*each.xs, *each.highs) if number is not None]
    most = max(ends, default=1.0)
    diagonal = Line(("완전한 보정", "Perfect calibration"), (0.0, most), (0.0, most))
    axes = Axis(_RISK, low=0.0), Axis(_SHARE, low=0.0)
    return Panel(*axes, (*points, diagonal), title=("보정", "Calibration"))


def _groups(found: EvaluatedPopulation) -> Points:
    pairs = [
        (each.mean_risk, each.observed)
        for each in found.groups
        if each.mean_risk is not None and each.observed is not None
    ]
    return Points(
        population_name(found),
        tuple(risk for risk, _ in pairs),
        tuple(observed.value for _, observed in pairs),
        tuple(observed.low for _, observed in pairs),
        tuple(observed.high for _, observed in pairs),
        along="y",
    )


def _roc(shown: Sequence[EvaluatedPopulation]) -> Panel:
    curves = [
        Line(
            _with_auc(each),
            tuple(point.false_positive_rate for point in each.discrimination.roc),
            tuple(point.true_positive_rate for point in each.discrimination.roc),
        )
        for each in shown
    ]
    chance = Line(("우연", "Chance"), (0.0, 1.0), (0.0, 1.0))
    axes = Axis(_FALSE, low=0.0, high=1.0), Axis(_SENSITIVE, low=0.0, high=1.0)
    return Panel(*axes, (*curves, chance), title=("ROC 곡선", "ROC curve"))


def _with_auc(found: EvaluatedPopulation) -> Pair:
    auc = f"AUC {found.discrimination.auc.value:.3f}"
    ko, en = EVERYBODY if not found.name else (found.name, found.name)
    return f"{ko} ({auc})", f"{en} ({auc})"


def _decisions(found: EvaluatedPopulation) -> Panel:
    """Net benefit of the model and of treating everybody; treating nobody is the line at 0."""
    own = [(at.threshold, at.net_benefit) for at in found.thresholds]
    every = [(at.threshold, at.net_benefit_all) for at in found.thresholds]
    drawn = [
        _traced(("모형", "Model"), own),
        _traced(("모두 치료", "Treat all"), [pair for pair in every if pair[1] >= _LEAST_SHOWN]),
    ]
    title: Pair = ("결정 곡선(0: 아무도 치료하지 않음)", "Decision curve (0: treat none)")
    return Panel(Axis(_THRESHOLD), Axis(_BENEFIT), (Guide("y", 0.0), *drawn), title=title)


def _traced(label: Pair, pairs: Sequence[tuple[float, float]]) -> Drawn:
    """A line where there is more than one point of it."""
    ordered = sorted(pairs)
    xs: Numbers = tuple(x for x, _ in ordered)
    ys: Numbers = tuple(y for _, y in ordered)
    return Line(label, xs, ys) if len(xs) > 1 else Points(label, xs, ys)
