"""The demo's one study: a funnel of four steps, a regression of disease on seven findings, and its permit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from infra.demo.heart import concepts as c
from onggi.spec.base import as_instant
from onggi.spec.cohorts import age_at_least, cohort, everyone, has_observation, rule
from onggi.spec.ids import PermitId, ProjectId, SiteId
from onggi.spec.job import CodeDigests, JobSpec, Privacy, ReleaseShape
from onggi.spec.kinds import CountParameters, GlmParameters
from onggi.spec.variables import Variable, Window

SITES: Final = tuple(SiteId(site) for site in ("budapest", "cleveland", "longbeach", "zurich"))
DATASET: Final = "heart"
TERMS: Final = ("age", "male", "cp", "trestbps", "thalach", "exang", "oldpeak")
_ANY_TIME: Final = Window(start_days=None, end_days=None)
_LONGEST: Final = timedelta(days=2)

VARIABLES: Final = (
    Variable(
        name="disease", domain="condition", kind="flag", concepts=(c.CORONARY_DISEASE,), window=_ANY_TIME
    ),
    Variable(name="age", domain="age", kind="number", low=0, high=120),
    Variable(name="male", domain="sex", kind="flag", concepts=(c.MALE,)),
    Variable(
        name="cp",
        domain="observation",
        kind="category",
        concepts=(c.CHEST_PAIN_TYPE,),
        window=_ANY_TIME,
        levels=tuple(c.CHEST_PAIN.values()),
        level_names=("1", "2", "3", "4"),
    ),
    Variable(
        name="trestbps",
        domain="measurement",
        kind="number",
        concepts=(c.SYSTOLIC_PRESSURE,),
        window=_ANY_TIME,
        unit=c.MM_HG,
        low=1,
        high=300,
    ),
    Variable(
        name="thalach",
        domain="measurement",
        kind="number",
        concepts=(c.MAX_HEART_RATE,),
        window=_ANY_TIME,
        unit=c.PER_MINUTE,
        low=20,
        high=250,
    ),
    Variable(
        name="exang",
        domain="observation",
        kind="flag",
        concepts=(c.EXERCISE_ANGINA,),
        window=_ANY_TIME,
        levels=(c.NO, c.YES),
    ),
    Variable(
        name="oldpeak",
        domain="measurement",
        kind="number",
        concepts=(c.ST_DEPRESSION,),
        window=_ANY_TIME,
        unit=c.MILLIMETRE,
        low=-10,
        high=10,
    ),
)


def granted_concepts() -> tuple[int, ...]:
    """Every concept that the study reads, as its permit must grant them."""
    from_variables = {concept for variable in VARIABLES for concept in variable.concepts}
    return tuple(sorted(from_variables))


def reviews(*, checked_on: date) -> list[dict[str, Any]]:
    """The committee's review of each hospital's heart data: what loading it does to the items that it has."""
    items = [
        {
            "item": "person_id",
            "treatment": "replaced by a number of this store alone",
            "rule": "direct identifiers",
            "risk": "none",
        },
        {"item": "year_of_birth", "treatment": "year alone", "rule": "dates of birth", "risk": "low"},
        {"item": "*_source_value", "treatment": "not loaded", "rule": "direct identifiers", "risk": "none"},
        {
            "item": "measurements",
            "treatment": "kept as they are",
            "rule": "structured measurements",
            "risk": "medium",
            "why": "published research data, computed in a closed environment, counts of ten or more leave",
        },
    ]
    return [
        {
            "site": site,
            "dataset": DATASET,
            "items": items,
            "last_check": "columns that look like identifiers are refused when the data is loaded",
            "checked_on": checked_on.isoformat(),
            "conclusion": "adequate",
        }
        for site in SITES
    ]


def permit_fields(
    *,
    project: str,
    title: str,
    purpose: str,
    people: Sequence[str],
    concepts: Sequence[int],
    maximum_jobs: int,
    expires: datetime,
) -> dict[str, Any]:
    """What the committee drafts: the heart data of every hospital, counts and regressions, within bounds."""
    grants = [
        {
            "site": site,
            "dataset": DATASET,
            "concepts": list(concepts),
            "whole_domains": ["observation_period"],
            "demographics": ["age", "sex"],
        }
        for site in SITES
    ]
    return {
        "project": project,
        "title": title,
        "purpose": purpose,
        "organisation": "University",
        "people": list(people),
        "datasets": grants,
        "bounds": {
            "kinds": ["count", "glm"],
            "minimum_persons": 10,
            "minimum_sites": 3,
            "maximum_jobs": maximum_jobs,
            "results": ["count_table", "model_fit"],
        },
        "exact_counts": True,
        # One of the four hospitals has 8 patients without disease: too few alone, enough with the others.
        "small_hospitals": True,
        "expires": as_instant(expires),
    }


def count_job(*, project: ProjectId, permit: PermitId, code: CodeDigests, now: datetime) -> JobSpec:
    """Everyone; age 50 or more; asymptomatic chest pain; exercise-induced angina. Exact, in clear."""
    definition = cohort(
        everyone(),
        rule("Age 50 or more", age_at_least(50)),
        rule(
            "Asymptomatic chest pain",
            has_observation([c.CHEST_PAIN_TYPE], [c.CHEST_PAIN_ASYMPTOMATIC]),
        ),
        rule("Exercise-induced angina", has_observation([c.EXERCISE_ANGINA], [c.YES])),
    )
    return JobSpec(
        title="How many patients meet each criterion",
        project=project,
        permit=permit,
        dataset=DATASET,
        participants=SITES,
        minimum_sites=3,
        cohort=definition,
        parameters=CountParameters(),
        privacy=Privacy(minimum_persons=10, masked=False),
        releases=(ReleaseShape(result="count_table"),),
        code=code,
        expires=now + _LONGEST,
    )


def glm_job(
    *, project: ProjectId, permit: PermitId, code: CodeDigests, now: datetime, masked: bool = True
) -> JobSpec:
    """Logistic regression of disease on age, sex, chest pain type, pressure, heart rate, angina and ST."""
    return JobSpec(
        title="What goes with coronary disease",
        project=project,
        permit=permit,
        dataset=DATASET,
        participants=SITES,
        minimum_sites=3,
        cohort=cohort(everyone()),
        variables=VARIABLES,
        parameters=GlmParameters(family="binomial", outcome="disease", terms=TERMS, references={"cp": "1"}),
        privacy=Privacy(minimum_persons=10, masked=masked, small_hospitals=masked),
        releases=(ReleaseShape(result="model_fit"),),
        code=code,
        expires=now + _LONGEST,
    )
