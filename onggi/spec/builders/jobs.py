"""Writes a whole job: who asks, under which permit, at which hospitals, and what is asked.

A builder gives a real `JobSpec`: what is shown, submitted, approved and run is this one object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue, ValidationError

from onggi.spec.builders.cohorts import Cohort
from onggi.spec.builders.place import malformed
from onggi.spec.builders.study import study
from onggi.spec.builders.unchosen import CODE_UNSET
from onggi.spec.job import CodeDigests, JobSpec, Limits, Privacy
from onggi.spec.kinds import Family
from onggi.spec.variables import Variable


def count(
    *,
    title: str,
    project: str,
    permit: str,
    dataset: str,
    participants: Sequence[str],
    cohort: Cohort,
    minimum_sites: int | None = None,
    minimum_persons: int = 10,
    masked: bool = True,
    small_hospitals: bool = False,
    expires: datetime | None = None,
    code: CodeDigests | None = None,
    limits: Limits | None = None,
    funnels: Sequence[Sequence[int]] = (),
    events: bool = False,
    by: Sequence[tuple[Variable, Sequence[int]]] = (),
) -> JobSpec:
    """Distinct persons at each step of the cohort's funnel: all who enter, then after each rule.

    Args:
        funnels: further choices of the rules, each a list of positions from 0 in its own order.
        events: count index events beside persons.
        by: groups of whoever met every rule: `variables.age`, `sex` or `index_year` with the edges of their
            groups; no edges for sex, and for index years that are each a group.
        participants: site ids, in any order.
        minimum_sites: how many hospitals must answer; all of them where not given.
        minimum_persons: cells that describe fewer persons are withheld.
        masked: nobody but the hospital sees its own counts; needs three legal entities.
        small_hospitals: as for `onggi.study`.

    Raises:
        Refused: ``client.spec_malformed`` with the place and what is wrong with it.
    """
    shared = study(
        project=project,
        permit=permit,
        dataset=dataset,
        participants=participants,
        minimum_sites=minimum_sites,
        minimum_persons=minimum_persons,
        masked=masked,
        small_hospitals=small_hospitals,
        expires=expires,
        code=code,
        limits=limits,
    )
    return shared.count(title=title, cohort=cohort, funnels=funnels, events=events, by=by)


def overlap(
    *,
    title: str,
    project: str,
    permit: str,
    dataset: str,
    participants: Sequence[str],
    cohorts: Mapping[str, Cohort],
    minimum_sites: int | None = None,
    minimum_persons: int = 10,
    masked: bool = True,
    small_hospitals: bool = False,
    expires: datetime | None = None,
    code: CodeDigests | None = None,
    limits: Limits | None = None,
) -> JobSpec:
    """Distinct persons in each combination of two to five cohorts, by name.

    Args:
        participants, minimum_sites, minimum_persons, masked, small_hospitals: as for `count`.

    Raises:
        Refused: ``client.spec_malformed``.
    """
    shared = study(
        project=project,
        permit=permit,
        dataset=dataset,
        participants=participants,
        minimum_sites=minimum_sites,
        minimum_persons=minimum_persons,
        masked=masked,
        small_hospitals=small_hospitals,
        expires=expires,
        code=code,
        limits=limits,
    )
    return shared.overlap(title=title, cohorts=cohorts)


def concept_report(
    *,
    title: str,
    project: str,
    permit: str,
    dataset: str,
    participants: Sequence[str],
    cohort: Cohort,
    minimum_sites: int | None = None,
    masked: bool = True,
    expires: datetime | None = None,
    code: CodeDigests | None = None,
    limits: Limits | None = None,
) -> JobSpec:
    """At how many hospitals the vocabulary knows each concept that the cohort names. Nobody is counted.

    Args:
        participants, minimum_sites, masked: as for `count`.

    Raises:
        Refused: ``client.spec_malformed``.
    """
    shared = study(
        project=project,
        permit=permit,
        dataset=dataset,
        participants=participants,
        minimum_sites=minimum_sites,
        minimum_persons=Privacy().minimum_persons,
        masked=masked,
        expires=expires,
        code=code,
        limits=limits,
    )
    return shared.concept_report(title=title, cohort=cohort)


def glm(
    *,
    title: str,
    project: str,
    permit: str,
    dataset: str,
    participants: Sequence[str],
    outcome: str,
    terms: Sequence[str],
    family: Family,
    variables: Sequence[Variable],
    cohort: Cohort,
    references: Mapping[str, str] | None = None,
    offset: str | None = None,
    minimum_sites: int | None = None,
    minimum_persons: int = 10,
    masked: bool = True,
    small_hospitals: bool = False,
    expires: datetime | None = None,
    code: CodeDigests | None = None,
    limits: Limits | None = None,
) -> JobSpec:
    """A generalised linear model on complete cases, equal to the fit on the pooled rows.

    Args:
        outcome: the name of a variable; a flag for ``binomial``, a number otherwise.
        terms: names of variables in the order of the answer, after the intercept.
        references: for each category among the terms, the level that the others are compared with.
        offset: a variable that enters with coefficient 1.
        participants, minimum_sites, minimum_persons, masked, small_hospitals: as for `count`.

    Raises:
        Refused: ``client.spec_malformed``, also where a name stands in no variable.
    """
    shared = study(
        project=project,
        permit=permit,
        dataset=dataset,
        participants=participants,
        minimum_sites=minimum_sites,
        minimum_persons=minimum_persons,
        masked=masked,
        small_hospitals=small_hospitals,
        expires=expires,
        code=code,
        limits=limits,
    )
    return shared.glm(
        title=title,
        cohort=cohort,
        family=family,
        outcome=outcome,
        terms=terms,
        variables=variables,
        references=references,
        offset=offset,
    )


def read_spec(value: JsonValue) -> JobSpec:
    """A job from JSON; `code` may be absent.

    Raises:
        Refused: ``client.spec_malformed``.
    """
    if isinstance(value, dict):
        value = {"code": CODE_UNSET.model_dump(mode="json"), **value}
    try:
        return JobSpec.model_validate(value)
    except ValidationError as bad:
        raise malformed(bad) from None
