"""A study's questions about prediction models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onggi.errors import Refused
from onggi.spec.builders.cohorts import Cohort
from onggi.spec.builders.study_frame import StudyFrame
from onggi.spec.job import JobSpec
from onggi.spec.kinds import EvaluationParameters, LogisticModel, ModelTerm
from onggi.spec.results import ModelFit
from onggi.spec.variables import Variable


class PredictionQuestions(StudyFrame):
    """How well a model that is already there predicts."""

    def evaluate(
        self,
        *,
        title: str,
        cohort: Cohort,
        outcome: str,
        edges: Sequence[float],
        variables: Sequence[Variable],
        intercept: float | None = None,
        coefficients: Mapping[str | tuple[str, str], float] | None = None,
        risk: str | None = None,
        thresholds: Sequence[float] = (),
        by: str | None = None,
        by_edges: Sequence[float] = (),
        developed_here: bool = False,
    ) -> JobSpec:
        """Discrimination, calibration, classification and net benefit of a given model, on complete cases.

        ROC curve and c-statistic over the groups of risk with the bounds of the ungrouped one (intervals:
        DeLong et al. 1988); Brier score, also scaled (Steyerberg et al. 2010); calibration in the large,
        intercept and slope (Cox 1958); expected over observed; Hosmer-Lemeshow; sensitivity, specificity,
        predictive values (Wilson 1927) and net benefit (Vickers and Elkin 2006).

        Args:
            outcome: the name of a flag: the event came within the model's horizon.
            edges: risks between 0 and 1 that cut the predicted risk into groups. Every group needs enough
                persons with and enough without the event: few groups for a small cohort.
            intercept, coefficients: a published logistic model. A coefficient by the name of a number or
                flag, in the variable's unit; of a category by (name, level).
            risk: instead of a model, the name of a number within 0 and 1 that holds the predicted risk.
            thresholds: risks at which persons would be treated; they are taken as edges too.
            by: everything again for each level of this flag or category, or in bands of this number.
            by_edges: the lower ends of all bands but the first.
            developed_here: the model was fitted to these same persons.

        Raises:
            Refused: ``client.spec_malformed``.
        """

        def parameters() -> EvaluationParameters:
            model = None
            if coefficients is not None:
                terms = tuple(_term(name, value) for name, value in coefficients.items())
                model = LogisticModel(intercept=0.0 if intercept is None else intercept, terms=terms)
            return EvaluationParameters(
                outcome=outcome,
                model=model,
                risk=risk,
                edges=tuple(sorted({*edges, *thresholds})),
                thresholds=tuple(sorted(set(thresholds))),
                by=by,
                by_edges=tuple(by_edges),
                developed_here=developed_here,
            )

        return self._job(
            parameters, title=title, cohort=cohort, releases="model_evaluation", variables=variables
        )


def coefficients_of(
    fit: ModelFit, variables: Sequence[Variable]
) -> tuple[float, dict[str | tuple[str, str], float]]:
    """Intercept and coefficients of a fitted logistic regression, as `Study.evaluate` takes them.

    Args:
        fit: the answer of a `glm` with family ``binomial``.
        variables: those of the job that it answers.
    Raises:
        Refused: ``client.spec_malformed`` where the fit is none of a logistic model, or has a term that no
            variable explains.
    """
    if fit.link != "logit":
        raise Refused("client.spec_malformed", place="fit.link", problem=f"{fit.link} is not logit")
    names: dict[str, str | tuple[str, str]] = {each.name: each.name for each in variables}
    for each in variables:
        if each.kind == "category":
            names |= {f"{each.name}_{level}": (each.name, level) for level in each.level_names}
    intercept, found = 0.0, {}
    for term, value in zip(fit.terms, fit.coefficients, strict=True):
        if term == "intercept":
            intercept = value
        elif term in names:
            found[names[term]] = value
        else:
            raise Refused("client.spec_malformed", place="fit.terms", problem=f"no variable explains {term}")
    return intercept, found


def _term(name: str | tuple[str, str], value: float) -> ModelTerm:
    variable, level = (name, None) if isinstance(name, str) else name
    return ModelTerm(variable=variable, level=level, coefficient=value)
