"""The parameters of each kind of job: a module a kind, and the union of all."""

from onggi.spec.kinds.concepts import ConceptsParameters
from onggi.spec.kinds.count import CountParameters, Funnel, GroupsBy
from onggi.spec.kinds.glm import Family, GlmParameters, Link, Robust
from onggi.spec.kinds.meta import Heterogeneity, MetaParameters
from onggi.spec.kinds.overlap import NamedCohort, OverlapParameters
from onggi.spec.kinds.penalised import PenalisedFamily, PenalisedParameters

Parameters = (
    CountParameters
    | GlmParameters
    | OverlapParameters
    | ConceptsParameters
    | PenalisedParameters
    | MetaParameters
)

__all__ = [
    "ConceptsParameters",
    "CountParameters",
    "Family",
    "Funnel",
    "GlmParameters",
    "GroupsBy",
    "Heterogeneity",
    "Link",
    "MetaParameters",
    "NamedCohort",
    "OverlapParameters",
    "Parameters",
    "PenalisedFamily",
    "PenalisedParameters",
    "Robust",
]
