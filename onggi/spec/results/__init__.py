"""What comes back: typed answers that know what they rest on and cannot hold a person's row.

A module a result, and the union of all.
"""

from typing import Annotated

from pydantic import Field

from onggi.spec.results.base import ResultBase, Withheld
from onggi.spec.results.concept_report import ConceptAtSites, ConceptReport, ConceptSetAtSites
from onggi.spec.results.count_table import CountedFunnel, CountedGroups, CountTable
from onggi.spec.results.cox_fit import CoxFit
from onggi.spec.results.meta_analysis import MetaAnalysis, SiteEstimate, WithoutSite
from onggi.spec.results.model_evaluation import (
    AtThreshold,
    Calibration,
    Discrimination,
    Estimate,
    EvaluatedPopulation,
    ModelEvaluation,
    RiskGroup,
    RocPoint,
)
from onggi.spec.results.model_fit import ModelFit, NestedTest
from onggi.spec.results.overlap_table import OverlapTable
from onggi.spec.results.regularised_path import CrossValidation, RegularisedPath
from onggi.spec.results.survival_curves import SurvivalCurves

AnyResult = (
    CountTable
    | OverlapTable
    | ConceptReport
    | ModelFit
    | RegularisedPath
    | MetaAnalysis
    | ModelEvaluation
    | SurvivalCurves
    | CoxFit
)
Result = Annotated[AnyResult, Field(discriminator="result")]

__all__ = [
    "AnyResult",
    "AtThreshold",
    "Calibration",
    "ConceptAtSites",
    "ConceptReport",
    "ConceptSetAtSites",
    "CountTable",
    "CountedFunnel",
    "CountedGroups",
    "CoxFit",
    "CrossValidation",
    "Discrimination",
    "Estimate",
    "EvaluatedPopulation",
    "MetaAnalysis",
    "ModelEvaluation",
    "ModelFit",
    "NestedTest",
    "OverlapTable",
    "RegularisedPath",
    "Result",
    "ResultBase",
    "RiskGroup",
    "RocPoint",
    "SiteEstimate",
    "SurvivalCurves",
    "Withheld",
    "WithoutSite",
]
