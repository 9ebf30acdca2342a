"""Decides whether a job can be asked of its kind at all, and whether it says truly what it will give.

Asked at submission and again by every node for itself: what each hospital would refuse ends in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping

from analysis_jobs.kinds.noisy.sensitivity import sensitivity_of
from analysis_jobs.kinds.registry import get_kind
from onggi.errors import Refused
from onggi.spec.job import JobSpec, ResultType
from privacy.budgets.cost import cost_of

_RESULT_OF: Mapping[str, ResultType] = {
    "concepts": "concept_report",
    "count": "count_table",
    "evaluation": "model_evaluation",
    "cox": "cox_fit",
    "glm": "model_fit",
    "meta": "meta_analysis",
    "overlap": "overlap_table",
    "survival": "survival_curves",
    "penalised": "regularised_path",
    "table_one": "table_one",
    "rates": "rates",
    "correlation": "correlation",
    "cross_table": "cross_table",
    "distribution": "distribution",
}
"""What a kind gives. Hospitals' rules on releases go by this name: under another a job would slip past."""


def check_job(spec: JobSpec) -> None:
    """Raises Refused with the first rule of its kind that the job breaks.

    Raises:
        Refused: ``kinds.unknown``; the kind's own codes; ``order.other_result``; ``privacy.no_noise_here``
            where a spec counts on noise that its kind does not add; ``noise.events_unbounded``;
            ``budget.request_too_small``, ``budget.request_too_large``.
    """
    get_kind(spec.kind).check_spec(spec)
    if {shape.result for shape in spec.releases} != {_RESULT_OF.get(spec.kind)}:
        raise Refused("order.other_result", kind=spec.kind)
    if spec.privacy.differential_privacy is not None:
        sensitivity_of(spec)
        cost_of(spec)
