"""One study asks many questions: what they share is said once, and each kind of question is a method.

    study = onggi.study(project=..., permit=..., dataset=..., participants=[...])
    spec = study.glm(title="...", cohort=..., family="binomial", outcome=..., terms=[...], variables=[...])

Every method raises Refused ``client.spec_malformed`` with the place and what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from onggi.spec.builders.study_counts import CountQuestions
from onggi.spec.builders.study_descriptions import DescriptiveQuestions
from onggi.spec.builders.study_predictions import PredictionQuestions
from onggi.spec.builders.study_regressions import RegressionQuestions
from onggi.spec.builders.study_survival import SurvivalQuestions
from onggi.spec.disclosure_rules import DEFAULT_RULES, DisclosureRules
from onggi.spec.job import CodeDigests, DifferentialPrivacy, Limits


class Study(
    CountQuestions, RegressionQuestions, PredictionQuestions, SurvivalQuestions, DescriptiveQuestions
):
    """What all jobs of a study share. Each kind of question is a method that gives a `JobSpec`."""


def study(
    *,
    project: str,
    permit: str,
    dataset: str,
    participants: Sequence[str],
    minimum_sites: int | None = None,
    minimum_persons: int = 10,
    masked: bool = True,
    noise: DifferentialPrivacy | None = None,
    small_hospitals: bool = False,
    rules: DisclosureRules = DEFAULT_RULES,
    expires: datetime | None = None,
    code: CodeDigests | None = None,
    limits: Limits | None = None,
) -> Study:
    """A study.

    Args:
        participants: site ids, in any order.
        minimum_sites: how many hospitals must answer; all of them where not given.
        minimum_persons: cells that describe fewer persons are withheld.
        masked: nobody but the hospital sees its own numbers; needs three legal entities.
        noise: for counts of persons (`docs/budgets.md`); each job then uses up some of hospitals' budgets.
        small_hospitals: a hospital answers also where a cell is small there, as long as the pooled one is
            not; under masks, and where the permit allows it.
        rules: stricter disclosure rules than the federation's, which count in any case from `submit` on.
    """
    return Study(
        project=project,
        permit=permit,
        dataset=dataset,
        participants=participants,
        minimum_sites=minimum_sites,
        minimum_persons=minimum_persons,
        masked=masked,
        noise=noise,
        small_hospitals=small_hospitals,
        rules=rules,
        expires=expires,
        code=code,
        limits=limits,
    )
