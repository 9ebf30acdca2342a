"""A random-effects meta-analysis of hospitals' own estimates."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.spec.base import Frozen
from onggi.spec.ids import SiteId
from onggi.spec.kinds.meta import Heterogeneity
from onggi.spec.results.base import ResultBase


class SiteEstimate(Frozen):
    """One hospital's estimate, its standard error, and its share of the pooled one; None where it gave none.

    A hospital gives none where its own data cannot answer, or would describe too few persons.
    """

    site: SiteId
    estimate: float | None = None
    standard_error: float | None = None
    weight: float | None = None


class WithoutSite(Frozen):
    """The pooled numbers when one hospital's estimate is left out."""

    site: SiteId
    estimate: float
    standard_error: float = Field(ge=0)
    tau_squared: float = Field(ge=0)


class MetaAnalysis(ResultBase):
    """A random-effects meta-analysis, **site-visible**: it shows each hospital's own estimate, by name.

    Conventions of R's metafor (Viechtbauer 2010):

    * `tau_squared`: the variance between hospitals' true values, by the method `heterogeneity`.
    * `standard_error`: the usual one; `knapp_hartung_error`: that of Hartung and Knapp (2001), to be used
      with Student's t with one less than the number of estimates.
    * `q`: Cochran's statistic of heterogeneity, chi-square with `q_dof` degrees of freedom if there is none.
    * `i_squared` (0 to 1) and `h_squared`: Higgins and Thompson (2002), from `tau_squared` and the typical
      variance within hospitals.
    * `common_estimate`, `common_error`: if all hospitals' true values are the same (inverse variances).
    """

    result: Literal["meta_analysis"] = "meta_analysis"
    site_visible: Literal[True] = True
    family: str
    link: str
    term: str
    heterogeneity: Heterogeneity
    estimates: tuple[SiteEstimate, ...]
    n: int
    estimate: float
    standard_error: float = Field(ge=0)
    knapp_hartung_error: float = Field(ge=0)
    tau_squared: float = Field(ge=0)
    q: float = Field(ge=0)
    q_dof: int = Field(ge=1)
    i_squared: float = Field(ge=0, le=1)
    h_squared: float = Field(ge=1)
    common_estimate: float
    common_error: float = Field(ge=0)
    leave_one_out: tuple[WithoutSite, ...]
