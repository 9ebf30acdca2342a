"""The paragraph of methods for a paper: estimator, hospitals, definitions, protection and versions.

It says what is known and no more: an answer that was read without its job names no cohort and no digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from onggi import __version__
from onggi.report.find_report import report_of
from onggi.report.plain_text import plain_line
from onggi.report.provenance import Provenance
from onggi.report.rule_words import rule_words
from onggi.report.sheet import Hidden, Pair
from onggi.report.shown_values import said
from onggi.spec.explain_job import tell_epsilon
from onggi.spec.explain_rules import tell_stricter
from onggi.spec.job import JobSpec
from onggi.spec.near_earlier import NearEarlier
from onggi.spec.results import ResultBase
from onggi.words.catalogue import Language

LANGUAGES: Final[tuple[Language, Language]] = ("ko", "en")
_MANY: Final = 20
"""A paragraph lists no more names than this; the specification has them all."""


def methods_paragraph(result: ResultBase, language: Language, provenance: Provenance | None = None) -> str:
    """Whole sentences in one language."""
    return " ".join(plain_line(said(each, language)) for each in method_sentences(result, provenance))


def method_sentences(result: ResultBase, provenance: Provenance | None) -> tuple[Pair, ...]:
    """The same, sentence by sentence in both languages."""
    report = report_of(result)
    hidden = sum(
        isinstance(value, Hidden) for sheet in report.sheets(result) for row in sheet.rows for value in row
    )
    return (
        *report.methods(result),
        *_hospitals(result, provenance),
        *(_definitions(provenance) if provenance else ()),
        *_protection(result, hidden, provenance),
        *_versions(provenance),
    )


def _hospitals(result: ResultBase, provenance: Provenance | None) -> Iterator[Pair]:
    yield (
        f"참여 기관 수는 {result.sites}곳이며, 환자 단위 자료는 기관 밖으로 나가지 않았습니다.",
        f"{result.sites} hospitals took part; no patient-level data left any of them.",
    )
    if provenance is None:
        return
    if provenance.spec.privacy.masked:
        yield (
            "기관별 집계는 암호학적 가림값을 더한 채 합산하여 합계만 알려졌습니다.",
            "Each hospital's contribution was summed under cryptographic masks: only the sum was seen.",
        )
    else:
        yield (
            "기관별 집계는 가리지 않고 합산했습니다.",
            "Each hospital's aggregate was added up without masks.",
        )


def _definitions(provenance: Provenance) -> Iterator[Pair]:
    spec = provenance.spec
    digests = ", ".join(provenance.definitions)
    yield (
        f"코호트는 OHDSI Circe 정의이며 정규 JSON의 지문은 다음과 같습니다: {digests}.",
        f"Cohorts are OHDSI Circe definitions; digest of their canonical JSON: {digests}.",
    )
    names = _listed([column.name for column in spec.columns])
    if names:
        yield (f"변수: {names}.", f"Variables: {names}.")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MANY])
    return shown if len(names) <= _MANY else f"{shown}, … ({len(names)})"


def _protection(result: ResultBase, hidden: int, provenance: Provenance | None) -> Iterator[Pair]:
    yield (
        f"공개 기준 인원: {result.minimum_persons}명. 비공개 처리된 칸 수: {hidden}.",
        f"Disclosure threshold: {result.minimum_persons} persons. Cells withheld: {hidden}.",
    )
    base = getattr(result, "rounded_to", 1)
    if base > 1:
        yield (
            f"인원은 비공개 처리 후 {base}의 배수로 반올림했습니다.",
            f"Counts were rounded to multiples of {base} after suppression.",
        )
    if result.noise is not None:
        deviation = f"{result.noise.standard_deviation:g}"
        yield (
            f"세어진 각 인원 수에는 이산 가우스 잡음이 들어 있습니다(표준편차 {deviation}).",
            f"Each counted number carries discrete Gaussian noise (standard deviation {deviation}).",
        )
    yield from tell_near(result.near_earlier)
    if provenance is None:
        return
    noise = provenance.spec.privacy.differential_privacy
    if noise is not None:
        epsilon = tell_epsilon(noise.micro_epsilon)
        yield (
            f"차분 프라이버시 잡음을 더했습니다(엡실론 {epsilon}, 델타 {noise.delta:g}).",
            f"Differential privacy noise was added (epsilon {epsilon}, delta {noise.delta:g}).",
        )
    if provenance.rules:
        names = [rule_words(each.rule) for each in provenance.rules]
        ko, en = ("; ".join(plain_line(said(name, language)) for name in names) for language in LANGUAGES)
        yield (f"합산 결과에 적용된 공개 규칙: {ko}.", f"Rules applied to the pooled result: {en}.")
    yield from _rule_versions(provenance.spec)


def tell_near(near: NearEarlier) -> Iterator[Pair]:
    """What an answer owes to earlier answers on nearly the same persons."""
    if near.within:
        yield (
            f"이전 결과에 가까운 인원수는 이전 결과에서 얻었으며, 최대 {near.within}명 다를 수 있습니다.",
            f"Counts near to earlier ones were taken from these: off by up to {near.within} persons.",
        )
    if near.left_out:
        yield (
            "이전 결과와의 차이에서 소수가 드러나지 않도록 기관마다 몇 사람을 더 제외했습니다.",
            "Hospitals left some further persons out: the difference to an earlier answer tells of nobody.",
        )


def _rule_versions(spec: JobSpec) -> Iterator[Pair]:
    """Their numbers stand in the job; the code that goes by them is what was approved with it."""
    rules = spec.privacy.rules
    stricter = tell_stricter(rules)
    yield (
        f"공개 규칙: 버전 {rules.version}({'기본값보다 엄격' if stricter else '기본값'}).",
        f"Disclosure rules: version {rules.version}, {'stricter than its' if stricter else 'its'} defaults.",
    )
    yield from stricter
    if spec.privacy.small_hospitals:
        yield (
            "한 기관에서 인원이 적은 칸은 가림 합산으로만 쓰였으며, 승인서가 이를 허용했습니다.",
            "Cells that are small at one hospital were used under masks only, as the permit allows.",
        )
    yield (
        f"공개 규칙을 적용한 소스 코드의 지문(승인된 것): {spec.code.source}.",
        f"Code that applied them (digest of the approved source): {spec.code.source}.",
    )


def _versions(provenance: Provenance | None) -> Iterator[Pair]:
    if provenance is not None:
        yield (
            f"작업 명세의 지문: {provenance.digest}. 결과의 지문: {provenance.result}.",
            f"Digest of the job's specification: {provenance.digest}; of the result: {provenance.result}.",
        )
    yield (f"소프트웨어: Onggi {__version__}.", f"Software: Onggi {__version__}.")
