"""The parameters of each kind of job: a module a kind, and the union of all."""

from onggi.spec.kinds.concepts import ConceptsParameters
from onggi.spec.kinds.correlation import CorrelationParameters
from onggi.spec.kinds.count import CountParameters, Funnel, GroupsBy
from onggi.spec.kinds.cross_table import CrossTableParameters
from onggi.spec.kinds.distribution import DistributionParameters
from onggi.spec.kinds.glm import Family, GlmParameters
from onggi.spec.kinds.overlap import NamedCohort, OverlapParameters
from onggi.spec.kinds.rates import RatesParameters, RateStrata
from onggi.spec.kinds.table_one import TableOneParameters

Parameters = (
    CountParameters
    | GlmParameters
    | OverlapParameters
    | ConceptsParameters
    | TableOneParameters
    | RatesParameters
    | CorrelationParameters
    | DistributionParameters
    | CrossTableParameters
)

__all__ = [
    "ConceptsParameters",
    "CorrelationParameters",
    "CountParameters",
    "CrossTableParameters",
    "DistributionParameters",
    "Family",
    "Funnel",
    "GlmParameters",
    "GroupsBy",
    "NamedCohort",
    "OverlapParameters",
    "Parameters",
    "RateStrata",
    "RatesParameters",
    "TableOneParameters",
]
