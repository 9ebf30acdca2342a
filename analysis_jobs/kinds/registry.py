"""Our short names of the statistics that a hospital can be asked for, and the code behind each name.

What is stored and signed is the short name, never a Python path; imports happen when a name is used.
"""

from __future__ import annotations

import importlib
from typing import cast

from analysis_jobs.kinds.contract import Kind
from onggi.errors import Refused

_MODULES = {
    "concepts": "analysis_jobs.kinds.concepts.kind",
    "count": "analysis_jobs.kinds.count.kind",
    "evaluation": "analysis_jobs.kinds.evaluation.kind",
    "cox": "analysis_jobs.kinds.cox.kind",
    "glm": "analysis_jobs.kinds.glm.kind",
    "meta": "analysis_jobs.kinds.meta.kind",
    "overlap": "analysis_jobs.kinds.overlap.kind",
    "survival": "analysis_jobs.kinds.survival.kind",
    "penalised": "analysis_jobs.kinds.penalised.kind",
    "distribution": "analysis_jobs.kinds.distribution.kind",
    "cross_table": "analysis_jobs.kinds.cross_table.kind",
    "correlation": "analysis_jobs.kinds.correlation.kind",
    "rates": "analysis_jobs.kinds.rates.kind",
    "table_one": "analysis_jobs.kinds.table_one.kind",
}


def kind_names() -> tuple[str, ...]:
    """The short names, sorted."""
    return tuple(sorted(_MODULES))


def get_kind(name: str) -> Kind:
    """The kind of that short name. Raises Refused ``kinds.unknown``."""
    module = _MODULES.get(name)
    if module is None:
        raise Refused("kinds.unknown", kind=name)
    return cast(Kind, importlib.import_module(module).KIND)
