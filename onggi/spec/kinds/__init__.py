"""The parameters of each kind of job: a module a kind, and the union of all."""

from onggi.spec.kinds.concepts import ConceptsParameters
from onggi.spec.kinds.count import CountParameters, Funnel, GroupsBy
from onggi.spec.kinds.cox import CoxParameters
from onggi.spec.kinds.evaluation import EvaluationParameters, LogisticModel, ModelTerm
from onggi.spec.kinds.glm import Family, GlmParameters
from onggi.spec.kinds.overlap import NamedCohort, OverlapParameters
from onggi.spec.kinds.survival import SurvivalParameters

Parameters = (
    CountParameters
    | GlmParameters
    | OverlapParameters
    | ConceptsParameters
    | EvaluationParameters
    | SurvivalParameters
    | CoxParameters
)

__all__ = [
    "ConceptsParameters",
    "CountParameters",
    "CoxParameters",
    "EvaluationParameters",
    "Family",
    "Funnel",
    "GlmParameters",
    "GroupsBy",
    "LogisticModel",
    "ModelTerm",
    "NamedCohort",
    "OverlapParameters",
    "Parameters",
    "SurvivalParameters",
]
