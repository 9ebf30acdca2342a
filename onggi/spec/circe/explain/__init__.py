"""Tells a cohort definition back in plain sentences, in Korean and in English."""

from onggi.spec.circe.explain.telling import Language, explain_cohort, explain_plan

__all__ = ["Language", "explain_cohort", "explain_plan"]
