"""Decided exports that chance chose for a second look, and what committee members think of their votes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from coordinator.api.access import Asking, Wired
from coordinator.api.export_routes import Evidence, VoteShown
from coordinator.api.parts import JobName, new_router
from coordinator.decisions.threads import LONGEST_TEXT
from coordinator.exports.sample_store import Opinion, OpinionView, Sample, SampleView
from onggi.spec.base import Frozen
from onggi.spec.results import Result

router = new_router("samples")


class OpinionShown(Frozen):
    account: str
    opinion: Opinion
    reason: str
    given: datetime


class SampleShown(Frozen):
    """One chosen export. Nobody has looked at it yet where `opinions` is empty."""

    job: str
    title: str
    state: str
    decided: datetime
    opinions: tuple[OpinionShown, ...]


class Samples(Frozen):
    samples: tuple[SampleShown, ...]


class SampleDesk(SampleShown):
    """All that the checkers saw and said."""

    evidence: Evidence
    result_digest: str
    result: Result
    votes: tuple[VoteShown, ...]


class OpinionRequest(Frozen):
    opinion: Opinion
    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


@router.get("/samples", name="samples_list")
def samples_list(services: Wired, caller: Asking) -> Samples:
    """Every chosen export that is not of the caller's own projects, oldest decision first."""
    return Samples(
        samples=tuple(SampleShown.model_validate(_told(each)) for each in services.samples.samples(caller))
    )


@router.get("/samples/{job}", name="sample_get")
def sample_get(job: JobName, services: Wired, caller: Asking) -> SampleDesk:
    return _desk(services.samples.get(job, caller=caller))


@router.post("/samples/{job}", name="sample_judge", status_code=201)
def sample_judge(job: JobName, request: OpinionRequest, services: Wired, caller: Asking) -> SampleDesk:
    """Keeps the caller's opinion. It cannot be changed and changes no export."""
    judged = services.samples.judge(job, request.opinion, reason=request.reason, caller=caller)
    return _desk(judged)


def _told(sample: Sample) -> dict[str, object]:
    return {
        "job": sample.job.id,
        "title": sample.job.spec.title,
        "state": sample.job.state.value,
        "decided": sample.decided,
        "opinions": tuple(_opinion(each) for each in sample.opinions),
    }


def _opinion(view: OpinionView) -> OpinionShown:
    return OpinionShown(account=view.account, opinion=view.opinion, reason=view.reason, given=view.given)


def _desk(view: SampleView) -> SampleDesk:
    return SampleDesk.model_validate(
        {
            **_told(view.sample),
            "evidence": Evidence.of(view.sample.job, view.result),
            "result_digest": view.result.digest,
            "result": view.result.result,
            "votes": tuple(
                VoteShown(member=vote.member, verdict=vote.verdict, reason=vote.reason, given=vote.given)
                for vote in view.votes
            ),
        }
    )
