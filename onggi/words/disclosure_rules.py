"""How the disclosure rules are called, and words for jobs whose rules are looser than they must be.

A code for each rule, because a hospital's decision travels as its code alone.
"""

from __future__ import annotations

from typing import Final

from onggi.words.entry import Words

YES_OR_NO: Final = (("아니요", "no"), ("예", "yes"))
RULE_NAMES: Final[dict[str, tuple[str, str]]] = {
    "residual_dof": ("모형에 남아야 하는 잔차 자유도", "Residual degrees of freedom of a model"),
    "effective_contributors": (
        "합계에 기여하는 유효 인원",
        "Effective number of contributors to a sum",
    ),
    "effective_event_holders": (
        "반복 사건을 가진 유효 인원",
        "Effective number of persons with further events",
    ),
    "rounding_base": ("인원을 반올림하는 단위", "Counts are rounded to multiples of"),
    "shown_digits": ("합계의 유효 숫자(적을수록 엄격)", "Significant digits of a sum (fewer is stricter)"),
    "zero_drop_is_small": (
        "아무도 빠지지 않은 단계도 적은 인원으로 봄",
        "A step at which nobody drops out counts as small",
    ),
    "empty_step_is_small": (
        "아무 일도 없는 생존 곡선 구간도 적은 인원으로 봄",
        "A step of a curve at which nobody's follow-up ends counts as small",
    ),
    "empty_combination_is_small": (
        "아무도 없는 코호트 조합도 적은 인원으로 봄",
        "A combination of cohorts with nobody in it counts as small",
    ),
}
"""Each rule as a label before its number."""


def _looser(rule: str, *, whose: tuple[str, str]) -> Words:
    ko, en = RULE_NAMES[rule]
    of_ko, of_en = whose
    numbers = (("{has}", "{has}"), ("{needed}", "{needed}"))
    (has_ko, has_en), (needed_ko, needed_en) = YES_OR_NO if rule.endswith("_is_small") else numbers
    return Words(
        ko=f"작업의 공개 규칙이 {of_ko}의 규칙보다 느슨합니다. {ko} / 작업: {has_ko} / {of_ko}: {needed_ko}",
        en=f"The job's disclosure rules are looser than {of_en}. {en}: the job has {has_en}, {needed_en} is "
        "needed.",
        next_ko="작업의 공개 규칙(privacy.rules)을 그 이상으로 엄격하게 하여 다시 신청하십시오.",
        next_en="Submit the job again with rules (privacy.rules) at least as strict.",
        status=403,
        exit=157,
    )


WORDS: Final[dict[str, Words]] = {
    f"floor.{place}{rule}": _looser(rule, whose=whose)
    for place, whose in (
        ("", ("연합", "the federation's")),
        ("site_", ("기관", "the hospital's own")),
    )
    for rule in RULE_NAMES
}
