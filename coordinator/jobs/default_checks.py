"""The checks with which a coordinator starts: the installed kinds, the cohort reader, this very code."""

from __future__ import annotations

from functools import cache

from coordinator.jobs.spec_checks import SpecChecks
from onggi.protocol.bounds import Reads
from onggi.spec.job import CodeDigests, JobSpec


def default_checks() -> SpecChecks:
    """What `serve` uses."""
    return SpecChecks(check_kind=_check_kind, find_reads=_find_reads, current_code=_current_code)


def _check_kind(spec: JobSpec) -> None:
    # Imported where used: commands that check no job start in half the time.
    from analysis_jobs.kinds.check_job import check_job

    check_job(spec)


def _find_reads(spec: JobSpec) -> Reads:
    from analysis_jobs.variables.reads import find_reads

    return find_reads(spec)


@cache
def _current_code() -> CodeDigests:
    # Cached: the code of a running process does not change under it.
    from analysis_jobs.runner.code_digests import code_digests

    return code_digests()
