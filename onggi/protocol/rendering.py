"""The words a signer reads before signing: one deterministic text per statement, in Korean and English.

* Same statement, same text, byte for byte, on every machine and in every language setting: both
  languages stand in one text, and its SHA-256 is the statement's `summary`.
* Nothing is left out: after the sentences come all fields, so that no field can hide from the reader.
"""

from __future__ import annotations

import hashlib
import json
from typing import TypeVar

from onggi.protocol.letter_words import letter_sentences
from onggi.protocol.statements import (
    Deletion,
    ExportRelease,
    FeasibilityApproval,
    JobApproval,
    PasskeyRegistration,
    Predicate,
    ProjectPermit,
    Revocation,
    WeeklyLetter,
)
from onggi.spec.base import as_instant
from onggi.spec.explain_columns import tell_outcome, tell_variable
from onggi.spec.explain_job import tell_job
from onggi.spec.job import JobSpec
from onggi.spec.kinds import ConceptsParameters, CountParameters, OverlapParameters

P = TypeVar("P", bound=Predicate)
UNSET = "sha256:" + "0" * 64


def _permit_sentences(permit: ProjectPermit) -> tuple[str, str]:
    until = as_instant(permit.expires)
    sites = ", ".join(sorted({grant.site for grant in permit.datasets}))
    ko = [
        "연구과제 데이터 이용승인입니다.",
        f"과제: {permit.title} / 목적: {permit.purpose}",
        f"기관: {sites} / 만료: {until}",
    ]
    en = [
        f"This permits a project to use data. Project: {permit.title}. Purpose: {permit.purpose}.",
        f"Hospitals: {sites}. Until: {until}.",
    ]
    if permit.replaces is not None:
        ko.append(f"이 승인이 대신하는 기존 승인: {permit.replaces}")
        en.append(f"It takes the place of permit {permit.replaces}.")
    if reviewed := sum(grant.review is not None for grant in permit.datasets):
        ko.append(f"가명처리 적정성 검토를 마친 데이터셋 수: {reviewed}")
        en.append(f"Data sets whose pseudonymisation was reviewed: {reviewed}.")
    if permit.small_hospitals:
        ko.append(
            "가림 합산에서는 한 기관에서 인원이 적은 칸도 허용합니다. 합계는 최소 인원 이상이어야 합니다."
        )
        en.append("Under masks a cell may be small at one hospital where the sum over all is not.")
    if (bounds := permit.bounds) is None:
        ko.append("모든 분석 작업은 건별 승인이 필요합니다.")
        en.append("Every job needs its own vote.")
        return "\n".join(ko), "\n".join(en)
    kinds = ", ".join(bounds.kinds)
    ko.append(f"건별 승인 없이 실행되는 분석: {kinds} / 최대 작업 수: {bounds.maximum_jobs}")
    ko.append(f"최소 인원: {bounds.minimum_persons} / 최소 기관 수: {bounds.minimum_sites}")
    en.append(f"Runs without a vote each: {kinds}; at most {bounds.maximum_jobs} jobs,")
    en.append(f"at least {bounds.minimum_persons} persons and {bounds.minimum_sites} hospitals.")
    return "\n".join(ko), "\n".join(en)


def _export_sentences(vote: ExportRelease) -> tuple[str, str]:
    korean = "반출 승인" if vote.verdict == "approve" else "반출 거부"
    english = "approves" if vote.verdict == "approve" else "refuses"
    return (
        f"반출심의 의견: {korean} / 결과: {vote.result}",
        f"An output checker {english} the export of result {vote.result}.",
    )


def _sentences(predicate: Predicate) -> tuple[str, str]:
    """(Korean, English) for the acts that people sign; machines' statements say their type."""
    until = as_instant(predicate.expires)
    match predicate:
        case ProjectPermit():
            return _permit_sentences(predicate)
        case ExportRelease():
            return _export_sentences(predicate)
        case FeasibilityApproval():
            return (
                f"사전 탐색 승인입니다. 하루 최대 조회 수: {predicate.per_day} / 만료: {until}",
                f"This allows feasibility counts, at most {predicate.per_day} a day, until {until}.",
            )
        case JobApproval():
            return (
                f"분석 작업 승인입니다. 과제: {predicate.project} / 작업 명세: {predicate.spec}",
                f"This approves one job. Project: {predicate.project}. Specification: {predicate.spec}.",
            )
        case Revocation():
            return (
                f"승인 철회입니다. 대상: {predicate.target} / 사유: {predicate.reason}",
                f"This withdraws {predicate.target}. Reason: {predicate.reason}.",
            )
        case PasskeyRegistration():
            told = _in_groups(predicate.fingerprint)
            ko = (
                f"서명용 패스키 등록입니다. 위원: {predicate.member} / 화면: {predicate.origin}",
                f"보증하는 위원은 당사자에게 직접 지문을 확인하십시오: {told}",
            )
            en = (
                f"A new passkey of {predicate.member}, which signs on {predicate.origin}.",
                f"Whoever vouches for it compares the fingerprint with its holder in person: {told}.",
            )
            return "\n".join(ko), "\n".join(en)
        case Deletion():
            return (
                f"작업 공간 파기 확인입니다. 실행: {predicate.run} / 기관: {predicate.site}",
                f"The workspace of run {predicate.run} at {predicate.site} was destroyed.",
            )
        case WeeklyLetter():
            return letter_sentences(predicate)
    return f"기관 간 진술입니다. 종류: {predicate.TYPE}", f"A statement between machines: {predicate.TYPE}."


def _in_groups(fingerprint: str) -> str:
    """To be read aloud."""
    digits = fingerprint.removeprefix("sha256:")
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def render_statement(predicate: Predicate) -> str:
    """The full text a signer reads. Raises nothing: every predicate has a rendering."""
    korean, english = _sentences(predicate)
    fields = predicate.model_dump(mode="json", exclude={"summary"})
    detail = json.dumps(fields, ensure_ascii=False, sort_keys=True, indent=1)
    return f"{korean}\n{english}\n\n{detail}\n"


def summary_digest(predicate: Predicate) -> str:
    """The digest that belongs into `summary`."""
    return "sha256:" + hashlib.sha256(render_statement(predicate).encode()).hexdigest()


def with_summary(predicate: P) -> P:
    """The same predicate carrying the digest of its own rendering."""
    return predicate.model_copy(update={"summary": summary_digest(predicate)})


def render_spec(spec: JobSpec) -> str:
    """A job in plain words, for the CLI and for `explain`."""
    steps = spec.cohort.get("InclusionRules", [])
    rules = len(steps) if isinstance(steps, list) else 0
    korean, english = ("가림 합산", "under masks") if spec.privacy.masked else ("기관별 집계", "in clear")
    sites = len(spec.participants)
    korean_more, english_more = _further(spec)
    told = [*map(tell_variable, spec.variables), *map(tell_outcome, spec.outcomes)]
    columns = "".join(f"- {ko}\n  {en}\n" for ko, en in told)
    return (
        f"분석: {spec.kind} / 제목: {spec.title} / 기관 수: {sites}\n"
        f"방식: {korean} / 선정 규칙 수: {rules} / 변수 수: {len(spec.variables)}\n"
        f"{korean_more}"
        f"A {spec.kind} job, '{spec.title}', at {sites} hospitals, {english}; {rules} inclusion rules, "
        f"{len(spec.variables)} variables, at least {spec.privacy.minimum_persons} persons.\n"
        f"{english_more}{columns}"
    )


def render_terms(spec: JobSpec) -> str:
    """All other terms of a job, a line each: parameters, privacy, hospitals, times, limits, releases."""
    return "".join(f"- {ko}\n  {en}\n" for told in tell_job(spec) for ko, en in told.sentences)


def _further(spec: JobSpec) -> tuple[str, str]:
    """What a job asks beyond one cohort's funnel or fit; nothing where it asks no more."""
    match spec.parameters:
        case CountParameters(funnels=funnels, events=events, by=by) if funnels or events or by:
            groups = ", ".join(each.variable for each in by) or "-"
            korean, english = ("예", "with") if events else ("아니요", "without")
            return (
                f"추가 단계표 수: {len(funnels)} / 사건 수 포함: {korean} / 구분: {groups}\n",
                f"{len(funnels)} further funnels, {english} events; groups by: {groups}.\n",
            )
        case OverlapParameters(names=names):
            listed = " | ".join(names)
            return f"겹침을 보는 코호트: {listed}\n", f"The overlap of {len(names)} cohorts: {listed}.\n"
        case ConceptsParameters():
            return (
                "사람은 세지 않고 개념이 있는 기관 수만 셉니다.\n",
                "Nobody is counted: only how many hospitals know each concept.\n",
            )
    return "", ""
