"""What comes back: typed answers that know what they rest on and cannot hold a person's row.

A module a result, and the union of all.
"""

from typing import Annotated

from pydantic import Field

from onggi.spec.results.base import AddedNoise, Estimate, ResultBase, Withheld
from onggi.spec.results.concept_report import ConceptAtSites, ConceptReport, ConceptSetAtSites
from onggi.spec.results.correlation import CorrelatedPair, Correlation
from onggi.spec.results.count_table import CountedFunnel, CountedGroups, CountTable
from onggi.spec.results.cox_fit import CoxFit
from onggi.spec.results.cross_table import CrossedPersons, CrossTable, TwoByTwo
from onggi.spec.results.distribution import BinnedPersons, Distribution, GridQuantile
from onggi.spec.results.meta_analysis import MetaAnalysis, SiteEstimate, WithoutSite
from onggi.spec.results.model_evaluation import (
    AtThreshold,
    Calibration,
    Discrimination,
    EvaluatedPopulation,
    ModelEvaluation,
    RiskGroup,
    RocPoint,
)
from onggi.spec.results.model_fit import ModelFit, NestedTest
from onggi.spec.results.overlap_table import OverlapTable
from onggi.spec.results.rates import GroupRate, Rates, StratumRate
from onggi.spec.results.regularised_path import CrossValidation, RegularisedPath
from onggi.spec.results.survival_curves import SurvivalCurves
from onggi.spec.results.table_one import GroupTest, LevelsRow, NumberRow, TableOne

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
    | TableOne
    | Distribution
    | CrossTable
    | Correlation
    | Rates
)
Result = Annotated[AnyResult, Field(discriminator="result")]

__all__ = [
    "AddedNoise",
    "AnyResult",
    "AtThreshold",
    "BinnedPersons",
    "Calibration",
    "ConceptAtSites",
    "ConceptReport",
    "ConceptSetAtSites",
    "CorrelatedPair",
    "Correlation",
    "CountTable",
    "CountedFunnel",
    "CountedGroups",
    "CoxFit",
    "CrossTable",
    "CrossValidation",
    "CrossedPersons",
    "Discrimination",
    "Distribution",
    "Estimate",
    "EvaluatedPopulation",
    "GridQuantile",
    "GroupRate",
    "GroupTest",
    "LevelsRow",
    "MetaAnalysis",
    "ModelEvaluation",
    "ModelFit",
    "NestedTest",
    "NumberRow",
    "OverlapTable",
    "Rates",
    "RegularisedPath",
    "Result",
    "ResultBase",
    "RiskGroup",
    "RocPoint",
    "SiteEstimate",
    "StratumRate",
    "SurvivalCurves",
    "TableOne",
    "TwoByTwo",
    "Withheld",
    "WithoutSite",
]
