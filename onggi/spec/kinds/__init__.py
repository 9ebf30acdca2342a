"""The parameters of each kind of job: a module a kind, and the union of all."""

from onggi.spec.kinds.concepts import ConceptsParameters
from onggi.spec.kinds.correlation import CorrelationParameters
from onggi.spec.kinds.count import CountParameters, Funnel, GroupsBy
from onggi.spec.kinds.cox import CoxParameters
from onggi.spec.kinds.cross_table import CrossTableParameters
from onggi.spec.kinds.distribution import DistributionParameters
from onggi.spec.kinds.evaluation import EvaluationParameters, LogisticModel, ModelTerm
from onggi.spec.kinds.glm import Family, GlmParameters, Link, Robust
from onggi.spec.kinds.meta import Heterogeneity, MetaParameters
from onggi.spec.kinds.overlap import NamedCohort, OverlapParameters
from onggi.spec.kinds.penalised import PenalisedParameters
from onggi.spec.kinds.rates import RatesParameters, RateStrata
from onggi.spec.kinds.survival import SurvivalParameters
from onggi.spec.kinds.table_one import TableOneParameters

Parameters = (
    CountParameters
    | GlmParameters
    | OverlapParameters
    | ConceptsParameters
    | EvaluationParameters
    | SurvivalParameters
    | CoxParameters
    | PenalisedParameters
    | MetaParameters
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
    "CoxParameters",
    "CrossTableParameters",
    "DistributionParameters",
    "EvaluationParameters",
    "Family",
    "Funnel",
    "GlmParameters",
    "GroupsBy",
    "Heterogeneity",
    "Link",
    "LogisticModel",
    "MetaParameters",
    "ModelTerm",
    "NamedCohort",
    "OverlapParameters",
    "Parameters",
    "PenalisedParameters",
    "RateStrata",
    "RatesParameters",
    "Robust",
    "SurvivalParameters",
    "TableOneParameters",
]
