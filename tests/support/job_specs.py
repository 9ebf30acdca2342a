"""Job specs for tests, complete but for what a test cares about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from onggi.spec.job import CodeDigests, JobSpec, ReleaseShape
from onggi.spec.kinds import CountParameters, GlmParameters
from onggi.spec.variables import Variable

_DIGEST = "sha256:" + "0" * 64


def make_spec(
    cohort: dict[str, Any], variables: Sequence[Variable] = (), *, counting: bool = True
) -> JobSpec:
    """A count, or (not counting) a GLM whose outcome and term are never fitted here."""
    return JobSpec.model_validate(
        {
            "title": "test",
            "project": "project-1",
            "permit": "permit-1",
            "dataset": "dataset-1",
            "participants": ("site-1",),
            "minimum_sites": 1,
            "cohort": cohort,
            "variables": tuple(variables),
            "parameters": CountParameters()
            if counting
            else GlmParameters(family="gaussian", outcome="y", terms=("x",)),
            "releases": (ReleaseShape(result="count_table" if counting else "model_fit"),),
            "code": CodeDigests(source=_DIGEST, environment=_DIGEST, sandbox=_DIGEST),
            "expires": datetime(2030, 1, 1, tzinfo=UTC),
        }
    )
