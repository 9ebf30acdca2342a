"""Tells what a job asks and under which conditions in short sentences, in Korean and in English.

The cohort and the columns have tellings of their own (`circe.explain`, `explain_columns`); everything else
that a signature covers is told here, so that a signer's page and the review desk say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, assert_never

from onggi.spec.base import as_instant
from onggi.spec.circe.explain.names import plain
from onggi.spec.explain_columns import Pair
from onggi.spec.explain_descriptions import (
    tell_correlation,
    tell_cross_table,
    tell_distribution,
    tell_rates,
    tell_table_one,
)
from onggi.spec.explain_evaluation import tell_evaluation
from onggi.spec.explain_regressions import tell_glm, tell_meta, tell_penalised
from onggi.spec.explain_rules import tell_stricter
from onggi.spec.explain_survival import tell_cox, tell_survival
from onggi.spec.job import ArrayShape, JobSpec, Limits, Privacy, ReleaseShape, ResultType
from onggi.spec.kinds import (
    ConceptsParameters,
    CorrelationParameters,
    CountParameters,
    CoxParameters,
    CrossTableParameters,
    DistributionParameters,
    EvaluationParameters,
    Funnel,
    GlmParameters,
    GroupsBy,
    MetaParameters,
    OverlapParameters,
    PenalisedParameters,
    RatesParameters,
    SurvivalParameters,
    TableOneParameters,
)

Topic = Literal["parameters", "privacy", "hospitals", "time", "releases"]
_MICRO: Final = 6
_MIB: Final = 2**20
_RESULTS: Final[dict[ResultType, Pair]] = {
    "count_table": ("인원 표", "a table of persons"),
    "table": ("집계표", "a table of aggregates"),
    "curve": ("곡선", "a curve"),
    "histogram": ("히스토그램", "a histogram"),
    "overlap_table": ("코호트 겹침 표", "a table of overlaps"),
    "concept_report": ("개념 점검표", "a concept report"),
    "distribution": ("분포", "a distribution"),
    "cross_table": ("교차표", "a cross table"),
    "correlation": ("상관계수", "correlations"),
    "rates": ("발생률", "incidence rates"),
    "table_one": ("기저 특성표(Table 1)", "a table of baseline characteristics"),
    "model_fit": ("모형 적합 결과", "a model fit"),
    "model_evaluation": ("예측모형 평가", "an evaluation of a model"),
    "survival_curves": ("생존 곡선", "survival curves"),
    "cox_fit": ("콕스 회귀 결과", "a Cox regression"),
    "regularised_path": ("벌점 회귀의 경로", "a path of penalised regressions"),
    "meta_analysis": (
        "메타분석(기관별 수치 공개)",
        "a meta-analysis, site-visible: it shows each hospital's own estimate",
    ),
    "model_weights": ("모형 가중치", "model weights"),
    "file_bundle": ("파일 묶음", "a bundle of files"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One topic in whole sentences."""

    topic: Topic
    sentences: tuple[Pair, ...]


def tell_job(spec: JobSpec) -> tuple[Told, ...]:
    """Every topic, in the order in which a reader decides. Raises nothing: every spec has a telling."""
    return (
        Told("parameters", tuple(_parameters(spec))),
        Told("privacy", tuple(_privacy(spec.privacy))),
        Told("hospitals", tuple(_hospitals(spec))),
        Told("time", tuple(_time(spec, spec.limits))),
        Told("releases", tuple(_releases(spec.releases))),
    )


def _parameters(spec: JobSpec) -> list[Pair]:
    match spec.parameters:
        case CountParameters() as count:
            return _count(count, _rule_names(spec))
        case GlmParameters() as glm:
            return tell_glm(glm)
        case EvaluationParameters() as evaluation:
            return tell_evaluation(evaluation)
        case MetaParameters() as meta:
            return tell_meta(meta)
        case PenalisedParameters() as penalised:
            return tell_penalised(penalised)
        case OverlapParameters(names=names):
            listed = ", ".join(f"“{plain(name)}”" for name in names)
            return [
                (
                    f"코호트마다, 그리고 코호트의 모든 조합마다 서로 다른 사람 수를 셉니다. 코호트: {listed}",
                    f"Distinct persons are counted in each cohort and each combination: {listed}.",
                )
            ]
        case ConceptsParameters():
            return [
                (
                    "사람은 세지 않습니다. 정의에 있는 개념을 용어 사전에 가진 기관의 수만 셉니다.",
                    "Nobody is counted: only how many hospitals know each concept of the definition.",
                )
            ]
        case SurvivalParameters() as survival:
            return tell_survival(survival)
        case CoxParameters() as cox:
            return tell_cox(cox)
        case DistributionParameters() as asked:
            return tell_distribution(asked)
        case CrossTableParameters() as asked:
            return tell_cross_table(asked)
        case CorrelationParameters() as asked:
            return tell_correlation(asked)
        case RatesParameters() as asked:
            return tell_rates(asked)
        case TableOneParameters() as table:
            return tell_table_one(table)
        case _:
            assert_never(spec.parameters)


def _rule_names(spec: JobSpec) -> list[str]:
    rules = spec.cohort.get("InclusionRules")
    found = rules if isinstance(rules, list) else []
    return [plain(str(each.get("name", ""))) if isinstance(each, dict) else "" for each in found]


def _count(count: CountParameters, rules: Sequence[str]) -> list[Pair]:
    told = [
        (
            f"처음 대상과, 선정 규칙을 하나씩 더할 때마다 서로 다른 사람 수를 셉니다. 규칙 수: {len(rules)}",
            f"Distinct persons are counted: who enters, then after each inclusion rule. Rules: {len(rules)}.",
        )
    ]
    if count.events:
        told.append(
            ("사람 수와 함께 사건 수도 셉니다.", "Index events are counted beside the persons."),
        )
    for at, funnel in enumerate(count.funnels, start=1):
        listed = _funnel(funnel, rules)
        told.append((f"추가 단계표 {at}: {listed}", f"Further choice of rules {at}: {listed}."))
    return [*told, *map(_group, count.by)]


def _funnel(funnel: Funnel, rules: Sequence[str]) -> str:
    return " → ".join(f"{at + 1}. {rules[at]}" if at < len(rules) else f"{at + 1}." for at in funnel)


def _group(by: GroupsBy) -> Pair:
    if not by.edges:
        return (
            f"모든 규칙을 만족한 사람을 값마다 나누어 셉니다. 변수: {by.variable}",
            f"Whoever met every rule is counted for each value of {by.variable}.",
        )
    cut = ", ".join(map(str, by.edges))
    return (
        f"모든 규칙을 만족한 사람을 구간별로 나누어 셉니다. 변수: {by.variable}, 경계: {cut}",
        f"Whoever met every rule is counted in groups of {by.variable}, cut at {cut}.",
    )


def _privacy(privacy: Privacy) -> list[Pair]:
    told = [
        (
            "기관별 수치를 가린 채 합칩니다. 기관 밖에서는 아무도 한 기관의 수치를 볼 수 없습니다.",
            "Summed under masks: nobody outside a hospital sees that hospital's numbers.",
        )
        if privacy.masked
        else (
            "가리지 않습니다. 기관마다의 집계가 기관을 떠납니다.",
            "No masks: each hospital's own aggregate leaves that hospital.",
        ),
        (
            f"결과에는 {privacy.minimum_persons}명 미만을 나타내는 수치가 들어가지 않습니다.",
            f"No number of the result describes fewer than {privacy.minimum_persons} persons.",
        ),
        *tell_stricter(privacy.rules),
    ]
    if privacy.small_hospitals:
        told += [
            (
                "한 기관에서는 인원이 적은 칸도 합산에 들어갑니다. 승인서가 이를 허용해야 합니다.",
                "A cell may be small at one hospital; the permit must allow it.",
            ),
            (
                "합계만 알려지며, 합계의 인원이 최소 인원 이상일 때만 알려집니다.",
                "Only its sum over all hospitals is seen, and only where that is not small.",
            ),
        ]
    if (asked := privacy.differential_privacy) is None:
        told.append(("차분 프라이버시 잡음을 더하지 않습니다.", "No differential privacy noise is added."))
    else:
        epsilon = tell_epsilon(asked.micro_epsilon)
        told.append(
            (
                f"차분 프라이버시 잡음을 더합니다. 엡실론 {epsilon}, 델타 {asked.delta:g}",
                f"Differential privacy noise is added: epsilon {epsilon}, delta {asked.delta:g}.",
            )
        )
        told += _NOISE
    return told


_NOISE: Final[tuple[Pair, ...]] = (
    (
        "기관마다 이산 가우스 잡음을 한 번만 뽑아 더하고, 실행할 때마다 기관의 예산을 씁니다.",
        "Each hospital draws discrete Gaussian noise once and adds it; each run is paid from its budget.",
    ),
    (
        "기준 인원은 잡음을 더한 수로만 판단합니다. 참값은 잡음이 지킵니다.",
        "The threshold is held against noisy numbers alone; what protects the true ones is the noise.",
    ),
    (
        "잡음을 더한 칸 하나라도 기준보다 작은 교차표와 분포는 나오지 않으며, 예산은 그래도 씁니다.",
        "A cross table or distribution with a cell that is small after noise is not given, and is paid for.",
    ),
)


def tell_epsilon(micro_epsilon: int) -> str:
    """Millionths as an exact decimal number: 300000 is 0.3."""
    return f"{Decimal(micro_epsilon).scaleb(-_MICRO).normalize():f}"


def _hospitals(spec: JobSpec) -> list[Pair]:
    listed = ", ".join(spec.participants)
    asked, least = len(spec.participants), spec.minimum_sites
    return [
        (f"요청받는 기관 {asked}곳: {listed}", f"Asked of {asked} hospitals: {listed}."),
        (
            f"{least}곳 이상이 답해야 결과가 나옵니다.",
            f"There is an answer only if at least {least} take part.",
        ),
        (f"읽는 데이터셋: {spec.dataset}", f"The dataset that is read: {spec.dataset}."),
    ]


def _time(spec: JobSpec, limits: Limits) -> list[Pair]:
    until = as_instant(spec.expires)
    return [
        (f"{until} 이후에는 시작하지 않습니다.", f"It does not start after {until}."),
        (
            f"한 기관이 답하는 데 최대 {spec.answer_within_seconds:,}초를 기다립니다.",
            f"A hospital's answer is awaited for at most {spec.answer_within_seconds:,} seconds.",
        ),
        (
            f"기관마다 최대 {limits.wall_seconds:,}초, 메모리 {limits.memory_mib:,} MiB를 씁니다.",
            f"At each hospital at most {limits.wall_seconds:,} seconds and {limits.memory_mib:,} MiB.",
        ),
        (
            f"주고받기는 최대 {limits.rounds:,}회, 한 번에 최대 {_mib(limits.message_bytes)} MiB입니다.",
            f"At most {limits.rounds:,} rounds, each message at most {_mib(limits.message_bytes)} MiB.",
        ),
        (
            f"무작위 선택의 씨앗값: {spec.seed}",
            f"Random choices start from the seed {spec.seed}.",
        ),
    ]


def _mib(count: int) -> str:
    return f"{round(count / _MIB, 3):,g}"


def _releases(releases: Sequence[ReleaseShape]) -> list[Pair]:
    told = []
    for each in releases:
        ko, en = _RESULTS[each.result]
        told.append((f"나가는 결과: {ko}", f"The result that leaves: {en}."))
        told += [_array(array) for array in each.arrays]
    return told


def _array(array: ArrayShape) -> Pair:
    shape = " × ".join(map(str, array.shape)) or "1"
    between = f"{array.low:g}..{array.high:g}"
    return (
        f"나가는 배열 {array.name}: 크기 {shape}, 값의 범위 {between}",
        f"An array {array.name} of {shape}, every entry within {between}.",
    )
