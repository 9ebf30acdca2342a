"""The disclosure rules that counted for a result: each one's number, and what else decided what is shown.

They are the job's own. Hospitals and federation may ask for stricter ones, but then they refuse the job:
nobody applies another set in silence.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from onggi.spec.base import Frozen, Line
from onggi.spec.disclosure_rules import CODES, DEFAULT_RULES, DisclosureRules
from onggi.spec.explain_columns import Pair
from onggi.spec.explain_job import tell_epsilon
from onggi.spec.explain_rules import stricter_rules
from onggi.spec.job import JobSpec
from onggi.spec.results import ResultBase
from onggi.words.disclosure_rules import RULE_NAMES


class CountedRule(Frozen):
    """One rule, called by name in both languages; `usual` is its default."""

    rule: Line
    ko: Line
    en: Line
    value: int | bool
    usual: int | bool
    is_stricter: bool


class CountedRules(Frozen):
    """What a result was judged by.

    Args:
        judged: whether the rules judged the numbers. Noisy ones they do not: it would tell of the true ones.
        minimum_persons: the fewest persons that a shown number describes.
        small_hospitals: whether a cell could be small at one hospital, as the permit allowed.
        rounded_to: counts are multiples of it; 1 where they are not rounded, None where the result has none.
        micro_epsilon: of the noise that was asked for; None without any, as the next two.
        standard_deviation: of the noise in each counted number.
    """

    version: int
    rules: tuple[CountedRule, ...]
    judged: bool
    minimum_persons: int = Field(ge=1)
    small_hospitals: bool
    rounded_to: int | None
    micro_epsilon: int | None
    delta: float | None
    standard_deviation: float | None


def counted_rules(spec: JobSpec, result: ResultBase) -> CountedRules:
    """What counted for the result of a job."""
    privacy, noise = spec.privacy, spec.privacy.differential_privacy
    return CountedRules(
        version=privacy.rules.version,
        rules=tuple(_rules(privacy.rules)),
        judged=noise is None,
        minimum_persons=result.minimum_persons,
        small_hospitals=privacy.small_hospitals,
        rounded_to=getattr(result, "rounded_to", None),
        micro_epsilon=None if noise is None else noise.micro_epsilon,
        delta=None if noise is None else noise.delta,
        standard_deviation=None if result.noise is None else result.noise.standard_deviation,
    )


def _rules(rules: DisclosureRules) -> Iterator[CountedRule]:
    stricter = stricter_rules(rules)
    for rule in CODES:
        ko, en = RULE_NAMES[rule]
        yield CountedRule(
            rule=rule,
            ko=ko,
            en=en,
            value=getattr(rules, rule),
            usual=getattr(DEFAULT_RULES, rule),
            is_stricter=rule in stricter,
        )


def tell_counted(counted: CountedRules) -> tuple[Pair, ...]:
    """What decided beside the single rules, sentence by sentence."""
    if counted.micro_epsilon is not None:
        return tuple(_noise(counted, counted.micro_epsilon))
    return (*_judged(counted), *_rounding(counted), ("잡음: 더하지 않았습니다.", "Noise: none was added."))


def _judged(counted: CountedRules) -> Iterator[Pair]:
    number = counted.minimum_persons
    yield (
        f"최소 인원: {number}명 미만을 나타내는 수는 보이지 않습니다.",
        f"Minimum of persons: no number that is shown describes fewer than {number}.",
    )
    if counted.small_hospitals:
        yield (
            "인원이 적은 기관: 이용승인이 허용하여, 한 기관 안에서 적은 칸도 가림 합산에 들어갔습니다.",
            "Small hospitals: as the permit allows, what is small at one hospital went into masked sums.",
        )
    else:
        yield (
            "인원이 적은 기관: 한 기관 안에서 적은 칸은 그 기관 밖으로 나가지 않았습니다.",
            "Small hospitals: nothing that is small at one hospital left it.",
        )


def _rounding(counted: CountedRules) -> Iterator[Pair]:
    base = counted.rounded_to
    if base is None:
        return
    if base == 1:
        yield (
            "반올림: 인원을 반올림하지 않았으므로 반올림에 관한 규칙은 적용되지 않았습니다.",
            "Rounding: counts are not rounded, so that the rules on rounding did not count.",
        )
    else:
        yield (f"반올림: 인원은 {base}의 배수입니다.", f"Rounding: counts are multiples of {base}.")


def _noise(counted: CountedRules, micro_epsilon: int) -> Iterator[Pair]:
    """Of noisy numbers nothing else is known: what is small is told by the noisy number alone."""
    epsilon, delta = tell_epsilon(micro_epsilon), f"{counted.delta:g}"
    yield (
        f"잡음: 기관마다 더했습니다(엡실론 {epsilon}, 델타 {delta}).",
        f"Noise: every hospital added it (epsilon {epsilon}, delta {delta}).",
    )
    if counted.standard_deviation is not None:
        deviation = f"{counted.standard_deviation:g}"
        yield (
            f"세어진 각 인원 수에 든 잡음의 표준편차: {deviation}",
            f"Standard deviation of the noise in each counted number: {deviation}.",
        )
    number = counted.minimum_persons
    yield (
        f"최소 인원: 규칙은 실제 수를 보지 않습니다. 잡음이 든 수가 {number}명 미만이면 보이지 않습니다.",
        f"Minimum of persons: no rule looked at true numbers; a noisy number under {number} is not shown.",
    )
