"""A study's regressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from onggi.spec.builders.cohorts import Cohort
from onggi.spec.builders.study_frame import StudyFrame
from onggi.spec.job import JobSpec
from onggi.spec.kinds import (
    Family,
    GlmParameters,
    Heterogeneity,
    Link,
    MetaParameters,
    PenalisedParameters,
    Robust,
)
from onggi.spec.variables import Variable

EVALUATION_EDGES: Final = (0.2, 0.4, 0.6, 0.8)


class RegressionQuestions(StudyFrame):
    """How an outcome goes with other variables."""

    def glm(
        self,
        *,
        title: str,
        cohort: Cohort,
        family: Family,
        outcome: str,
        terms: Sequence[str],
        variables: Sequence[Variable],
        references: Mapping[str, str] | None = None,
        offset: str | None = None,
        link: Link | None = None,
        weights: str | None = None,
        site_effects: bool = False,
        robust: Robust | None = None,
        without: Sequence[Sequence[str]] = (),
        evaluate: bool | Sequence[float] = False,
    ) -> JobSpec:
        """A generalised linear model on complete cases, equal to the fit on the pooled rows.

        Args:
            outcome: a flag for ``binomial``, a number otherwise; ``poisson`` counts, ``gamma`` is above zero.
            references: for each category among the terms, the level that the others are compared with.
            offset: a variable that enters with coefficient 1.
            link: for ``gamma`` ``"inverse"`` (R's default) or ``"log"``; the others have their canonical one.
            weights: a number variable of prior weights, as `weights` of R's glm (`var_weights` of
                statsmodels): for a straight line the inverse of a variance, up to a factor. They are no
                frequencies: degrees of freedom count persons. A person of weight 0 does not count.
            site_effects: an intercept for each hospital, as dummy columns would give; none is told.
            robust: ``"HC0"`` (White 1980), ``"HC1"`` (times n by residual degrees of freedom) or ``"HC3"``
                (MacKinnon and White 1985); as R's `sandwich` defines them for generalised linear models.
            without: groups of terms; each is left out once and tested by likelihood ratio, as
                ``anova(smaller, model, test="LRT")`` of R does.
            evaluate: for ``binomial``, ROC, AUC and calibration of the fitted model in its own persons, over
                groups of predicted risk cut at these edges (``True``: at every fifth, `EVALUATION_EDGES`).
                That is apparent performance: for other persons use `evaluate` with the coefficients.
        """
        return self._job(
            lambda: GlmParameters(
                family=family,
                outcome=outcome,
                terms=tuple(terms),
                references=dict(references or {}),
                offset=offset,
                link=link,
                weights=weights,
                site_effects=site_effects,
                robust=robust,
                without=tuple(tuple(group) for group in without),
                risk_edges=_edges(evaluate),
            ),
            title=title,
            cohort=cohort,
            releases="model_fit",
            variables=variables,
        )

    def penalised(
        self,
        *,
        title: str,
        cohort: Cohort,
        family: Family,
        outcome: str,
        terms: Sequence[str],
        variables: Sequence[Variable],
        references: Mapping[str, str] | None = None,
        offset: str | None = None,
        alpha: float = 1.0,
        penalties: Sequence[float] = (),
        path_length: int = 50,
        path_ratio: float = 1e-3,
        folds: int = 5,
        link: Link | None = None,
    ) -> JobSpec:
        """Ridge, lasso or elastic net along a path of penalties, equal to the path on the pooled rows.

        The objective and the scale of coefficients are those of Friedman, Hastie and Tibshirani (2010), told
        at `PenalisedParameters`.

        Args:
            alpha: 1 is the lasso, 0 is ridge (`alpha` of glmnet, `l1_ratio` of scikit-learn).
            penalties: the values of lambda, falling (`lambda` of glmnet, `alpha` of scikit-learn). Without
                any, `path_length` of them down to `path_ratio` times the largest.
            folds: parts for cross-validation, by a keyed hash of the person; 0 for none.
            link: ``"log"`` for ``gamma``, which has no other here; the others have their canonical one.
        """
        return self._job(
            lambda: PenalisedParameters(
                family=family,
                outcome=outcome,
                terms=tuple(terms),
                references=dict(references or {}),
                offset=offset,
                alpha=alpha,
                penalties=tuple(penalties),
                path_length=path_length,
                path_ratio=path_ratio,
                folds=folds,
                link=link,
            ),
            title=title,
            cohort=cohort,
            releases="regularised_path",
            variables=variables,
        )

    def meta_analysis(
        self,
        *,
        title: str,
        cohort: Cohort,
        family: Family,
        outcome: str,
        terms: Sequence[str],
        term: str,
        variables: Sequence[Variable],
        references: Mapping[str, str] | None = None,
        offset: str | None = None,
        link: Link | None = None,
        weights: str | None = None,
        robust: Robust | None = None,
        heterogeneity: Heterogeneity = "REML",
    ) -> JobSpec:
        """A random-effects meta-analysis of one coefficient. **Site-visible**: there are no masks.

        Each hospital fits the regression alone; its estimate and standard error leave it in clear, by name.
        Where all that is wanted is the coefficient, `glm` with `site_effects` gives it without showing any.

        Args:
            term: the coefficient by its name in the fitted model, such as ``male`` or ``group_b``.
            heterogeneity: ``"REML"`` (Viechtbauer 2005), ``"DL"`` (DerSimonian and Laird 1986) or ``"PM"``
                (Paule and Mandel 1982), as `method` of metafor's `rma`.
        """
        return replace(self, masked=False)._job(
            lambda: MetaParameters(
                model=GlmParameters(
                    family=family,
                    outcome=outcome,
                    terms=tuple(terms),
                    references=dict(references or {}),
                    offset=offset,
                    link=link,
                    weights=weights,
                    robust=robust,
                ),
                term=term,
                heterogeneity=heterogeneity,
            ),
            title=title,
            cohort=cohort,
            releases="meta_analysis",
            variables=variables,
        )


def _edges(evaluate: bool | Sequence[float]) -> tuple[float, ...]:
    if isinstance(evaluate, bool):
        return EVALUATION_EDGES if evaluate else ()
    return tuple(sorted({*evaluate}))
