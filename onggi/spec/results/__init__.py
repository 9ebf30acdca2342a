"""What comes back: typed answers that know what they rest on and cannot hold a person's row.

A module a result, and the union of all.
"""

from typing import Annotated

from pydantic import Field

from onggi.spec.results.base import ResultBase, Withheld
from onggi.spec.results.concept_report import ConceptAtSites, ConceptReport, ConceptSetAtSites
from onggi.spec.results.correlation import CorrelatedPair, Correlation
from onggi.spec.results.count_table import CountedFunnel, CountedGroups, CountTable
from onggi.spec.results.cross_table import CrossedPersons, CrossTable, Estimate, TwoByTwo
from onggi.spec.results.distribution import BinnedPersons, Distribution, GridQuantile
from onggi.spec.results.model_fit import ModelFit
from onggi.spec.results.overlap_table import OverlapTable
from onggi.spec.results.rates import GroupRate, Rates, StratumRate
from onggi.spec.results.table_one import GroupTest, LevelsRow, NumberRow, TableOne

AnyResult = (
    CountTable
    | OverlapTable
    | ConceptReport
    | ModelFit
    | TableOne
    | Distribution
    | CrossTable
    | Correlation
    | Rates
)
Result = Annotated[AnyResult, Field(discriminator="result")]

__all__ = [
    "AnyResult",
    "BinnedPersons",
    "ConceptAtSites",
    "ConceptReport",
    "ConceptSetAtSites",
    "CorrelatedPair",
    "Correlation",
    "CountTable",
    "CountedFunnel",
    "CountedGroups",
    "CrossTable",
    "CrossedPersons",
    "Distribution",
    "Estimate",
    "GridQuantile",
    "GroupRate",
    "GroupTest",
    "LevelsRow",
    "ModelFit",
    "NumberRow",
    "OverlapTable",
    "Rates",
    "Result",
    "ResultBase",
    "StratumRate",
    "TableOne",
    "TwoByTwo",
    "Withheld",
]
