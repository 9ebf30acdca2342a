"""The checks with which a coordinator starts: the installed kinds, the cohort reader, this very code."""

from __future__ import annotations

from functools import cache

from coordinator.jobs.spec_checks import SpecChecks
from onggi.protocol.bounds import Reads
from onggi.spec.job import CodeDigests, JobSpec

_DEMOGRAPHICS = ("age", "sex")


def default_checks() -> SpecChecks:
    """What `serve` uses."""
    return SpecChecks(check_kind=_check_kind, find_reads=find_reads, current_code=_current_code)


def _check_kind(spec: JobSpec) -> None:
    # Imported where used: commands that check no job start in half the time.
    from analysis_jobs.kinds.registry import get_kind

    get_kind(spec.kind).check_spec(spec)


def find_reads(spec: JobSpec) -> Reads:
    """Concepts, whole domains and demographics, as every node finds them for itself."""
    from analysis_jobs.cohort.concepts_named import concepts_of, whole_domains_of

    variables = [one for one in spec.variables if one.domain not in _DEMOGRAPHICS]
    return Reads(
        concepts=concepts_of(spec.cohort) | {concept for one in variables for concept in one.concepts},
        whole_domains=whole_domains_of(spec.cohort),
        demographics={one.domain for one in spec.variables if one.domain in _DEMOGRAPHICS},
    )


@cache
def _current_code() -> CodeDigests:
    # Cached: the code of a running process does not change under it.
    from analysis_jobs.runner.code_digests import code_digests

    return code_digests()
