"""A hospital's refusal that speaks of one attempt at a sum does not end a job that begins another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from analysis_jobs.kinds.registry import get_kind
from coordinator.running.grid import JobGrid, RunFacts
from coordinator.running.masked_sum import TRY_AGAIN
from onggi.errors import NotTrusted, Refused
from onggi.protocol.messages import RunReply
from onggi.spec.ids import RunId, SiteId
from tests.support.statistics_specs import count_spec

_RUN = RunId("run-1")
_SITE = SiteId("cleveland")


class _NoRows:
    """A database without a stored sum."""

    @contextmanager
    def reading(self) -> Iterator[_NoRows]:
        yield self

    def get(self, *_key: object) -> None:
        return None


def _grid() -> JobGrid:
    """A grid whose process has just started: no sum is being led yet."""
    nothing = cast(Any, None)
    facts = RunFacts(
        run=_RUN, spec=count_spec("a"), spec_digest="sha256:" + "0" * 64, root=nothing, sites=(_SITE,)
    )
    return JobGrid(
        facts=facts,
        kind=get_kind("count"),
        database=cast(Any, _NoRows()),
        writes=nothing,
        outbox=nothing,
        clock=nothing,
        patience_s=1,
    )


async def _first_sum_after(code: str) -> None:
    """What the app's first question comes to after a hospital refused an older letter."""
    grid = _grid()
    await grid.on_reply(_SITE, RunReply(run=_RUN, ordinal=0, code=code), [])
    await grid._sum_of(0, b"")


@pytest.mark.parametrize("code", sorted(TRY_AGAIN))
def test_a_refusal_of_an_earlier_attempt_is_too_late(code: str) -> None:
    # It goes on to read the question, which is none here.
    with pytest.raises(NotTrusted, match=r"kinds\.record_wrong"):
        asyncio.run(_first_sum_after(code))


def test_a_refusal_of_the_question_itself_ends_the_job() -> None:
    with pytest.raises(Refused) as refused:
        asyncio.run(_first_sum_after("disclosure.small_cell"))
    assert refused.value.code == "disclosure.small_cell"
