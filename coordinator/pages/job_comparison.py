"""What differs between a job and the last approved one of its project, for the job's page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pydantic import JsonValue

from coordinator.api.access import owns
from coordinator.decisions.compare_specs import Change, How, compare_specs, steps_of
from coordinator.decisions.compare_texts import ChangedLine, compare_named_texts
from coordinator.jobs.job_store import Job
from coordinator.pages.access import Visit
from coordinator.pages.job_words import cohort_told
from coordinator.permissions import Thing, reaches_all
from onggi.spec.circe.explain.names import escaped
from onggi.spec.job import JobSpec
from onggi.spec.kinds import OverlapParameters

_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One difference as it is shown. `names` are the fields of the way to it, outermost first."""

    names: tuple[str, ...]
    how: How
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Lines:
    """The first of some differences, and how many more there are."""

    shown: Sequence[FieldLine]
    more: int

    @property
    def number(self) -> int:
        return len(self.shown) + self.more


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`wording` are the changed lines of each cohort definition that reads differently, by its name; the
    job's own has none. None in place of lines: too long to compare."""

    other: Job
    same_title: bool
    fields: Lines
    cohorts: Lines
    ids: Lines
    wording: dict[str, list[ChangedLine] | None]

    @property
    def is_same(self) -> bool:
        """Whether nothing but dates and ids differs."""
        return not self.fields.number and not self.cohorts.number


def comparison_of(visit: Visit, job: Job) -> Comparison | None:
    """None where there is nothing to compare with, or nothing that the viewer may see."""
    other = visit.services.earlier_jobs.last_approved(job)
    if other is None or not _may_see(visit, other):
        return None
    changes = compare_specs(other.spec, job.spec)
    of_question = [each for each in changes if each.is_of_the_question]
    return Comparison(
        other=other,
        same_title=other.spec.title == job.spec.title,
        fields=_lines(visit, [each for each in of_question if "cohort" not in each.path]),
        cohorts=_lines(visit, [each for each in of_question if "cohort" in each.path]),
        ids=_lines(visit, [each for each in changes if not each.is_of_the_question]),
        wording=compare_named_texts(_cohorts_told(visit, other.spec), _cohorts_told(visit, job.spec)),
    )


def _may_see(visit: Visit, job: Job) -> bool:
    """By the rule of the other job's own page: a hospital's account sees only jobs that run there."""
    if reaches_all("job_get", visit.person):
        return True
    with visit.services.database.reading() as session:
        return owns(session, Thing.JOB, job.id, visit.person)


def _cohorts_told(visit: Visit, spec: JobSpec) -> dict[str, str]:
    further = spec.parameters.cohorts if isinstance(spec.parameters, OverlapParameters) else ()
    told = {"": cohort_told(spec.cohort, visit.language)}
    return told | {each.name: cohort_told(each.cohort, visit.language) for each in further}


def _lines(visit: Visit, changes: Sequence[Change]) -> Lines:
    shown = [
        FieldLine(
            names=tuple(_names(visit, each.path)),
            how=each.how,
            old=_told_in_fields(visit, each.old, each.path),
            new=_told_in_fields(visit, each.new, each.path),
        )
        for each in islice(changes, _MOST)
    ]
    return Lines(shown, len(changes) - len(shown))


def _names(visit: Visit, path: Sequence[str]) -> list[str]:
    """Plain names of our own fields; names of things, and a cohort definition's own words, as they are."""
    names = []
    inside_cohort = False
    for step in path:
        is_foreign = inside_cohort or step.startswith("[")
        names.append(escaped(step) if is_foreign else visit.say(f"field.{step}"))
        inside_cohort = inside_cohort or step == "cohort"
    return names


def _told(visit: Visit, value: JsonValue) -> str:
    if value is None:
        return visit.say("compare.absent")
    if isinstance(value, bool):
        return visit.say("compare.yes" if value else "compare.no")
    if isinstance(value, list) and not any(isinstance(each, dict | list) for each in value):
        return ", ".join(_told(visit, each) for each in value) or visit.say("compare.absent")
    if isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False, indent=1)
        return "\n".join(escaped(line) for line in text.split("\n"))
    return escaped(str(value))


def _told_in_fields(visit: Visit, value: JsonValue, path: tuple[str, ...]) -> str:
    """A thing of several fields that came or went: each under its plain name."""
    if isinstance(value, dict) and "cohort" not in path and value.keys().isdisjoint({"cohort"}):
        shown = (
            f"{' › '.join(_names(visit, [step]))}: {_told(visit, each)}"
            for step, each in zip(steps_of(value, path), value.values(), strict=True)
        )
        return "; ".join(shown)
    return _told(visit, value)
