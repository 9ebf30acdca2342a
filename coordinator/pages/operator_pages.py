"""The operator's first page: what to do first, what is stuck, who is silent, how long the committee takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from fastapi.responses import HTMLResponse

from coordinator.decisions.attention import STUCK_AFTER, NodeState, what_first
from coordinator.pages.access import Visiting
from coordinator.pages.status_words import JOB_WORDS, Tone
from onggi import __version__
from pages.gate import page_router

router = page_router()
MOST_STUCK: Final = 50
NODE_TONES: Final[dict[NodeState, Tone]] = {
    NodeState.CONNECTED: "good",
    NodeState.AWAY: "waiting",
    NodeState.SILENT: "bad",
    NodeState.NEVER: "plain",
}
PLACES: Final[dict[str, str]] = {
    "root_missing": "root",
    "root_ends": "root",
    "nodes_silent": "hospitals",
    "jobs_stuck": "#stuck",
    "clocks": "hospitals",
    "requests": "account-requests",
    "nodes_never": "hospitals",
    "statements_wait": "#committee",
    "software": "hospitals",
    "papers": "people",
}
"""Where each matter is dealt with."""


@router.get("/{language}/operator", name="page_operator")
def operator_page(visit: Visiting) -> HTMLResponse:
    glance, now = visit.services.glances.look(), visit.services.clock()
    return visit.answer(
        "coordinator/operator.html",
        glance=glance,
        matters=[
            (matter.value, count, _place(visit, matter.value))
            for matter, count in what_first(glance, now=now)
        ],
        stuck=glance.stuck[:MOST_STUCK],
        allowed=[(JOB_WORDS[state], *in_words(time)) for state, time in STUCK_AFTER.items()],
        words=JOB_WORDS,
        tones=NODE_TONES,
        in_words=in_words,
        software=__version__,
    )


def _place(visit: Visiting, matter: str) -> str:
    place = PLACES[matter]
    if place.startswith("#"):
        return place
    return visit.address(place) if place == "account-requests" else visit.address("operator", place)


def in_words(time: timedelta) -> tuple[str, int]:
    """The unit's phrase and how many: whole hours under two days, else whole days."""
    hours = int(time.total_seconds() // 3600)
    return ("time.hours", hours) if hours < 48 else ("time.days", hours // 24)
