"""A job in the reader's language: cohorts, columns and every other term, one sentence each."""

from __future__ import annotations

from collections.abc import Mapping

from coordinator.pages.access import Visit
from onggi.errors import OnggiError
from onggi.spec.circe.explain import explain_cohort
from onggi.spec.explain_columns import tell_outcome, tell_variable
from onggi.spec.explain_job import tell_job
from onggi.spec.job import JobSpec
from onggi.words import public_words
from pages.languages import Language


def cohort_told(cohort: Mapping[str, object], language: Language) -> str:
    """The definition in plain words; one that cannot be told says so in the words of the refusal."""
    try:
        return explain_cohort(cohort, language=language)
    except OnggiError as untold:
        return " ".join(public_words(untold, language))


def columns_told(spec: JobSpec, language: Language) -> list[str]:
    told = [*map(tell_variable, spec.variables), *map(tell_outcome, spec.outcomes)]
    return [korean if language == "ko" else english for korean, english in told]


def terms_told(visit: Visit, spec: JobSpec) -> list[tuple[str, list[str]]]:
    """(topic, its sentences)."""
    side = 0 if visit.language == "ko" else 1
    return [
        (visit.say(f"job_terms.{told.topic}"), [pair[side] for pair in told.sentences])
        for told in tell_job(spec)
    ]
