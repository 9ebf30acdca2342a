"""Decides what a hospital should do first about its node, from how it stands: one thing, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from onggi.errors import OnggiError


class Matter(StrEnum):
    """What may need a person, most urgent first."""

    BOOKS = "books"
    PAUSED = "paused"
    NOT_RUNNING = "not_running"
    NOT_CONNECTED = "not_connected"
    CONSENTS = "consents"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How the node stands.

    Args:
        damage: what is wrong with a register, where something is.
        link_error: the code of why there is no connection, where there is none.
        consents: runs that wait for this hospital's consent.
        held: replies that wait for this hospital's decision.
    """

    damage: OnggiError | None
    paused: bool
    running: bool
    connected: bool
    link_error: str | None
    consents: int
    held: int


@dataclass(frozen=True, slots=True)
class ToDo:
    """The one thing to do: the sentence is `todo.<matter>`.

    Args:
        door: the page where it is done, where there is one.
        command: what is typed at the node's own command line otherwise.
        cause: code of the reason, where there is one.
    """

    matter: Matter
    door: str | None = None
    command: str | None = None
    cause: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


def decide_todo(seen: Seen) -> ToDo | None:
    """The most urgent matter, or None: all is well."""
    if seen.damage is not None:
        return ToDo(Matter.BOOKS, door="audit", cause=seen.damage.code, facts=dict(seen.damage.facts))
    if seen.paused:
        return ToDo(Matter.PAUSED, door="resume")
    if not seen.running:
        return ToDo(Matter.NOT_RUNNING, command="onggi-node run")
    if not seen.connected:
        return ToDo(
            Matter.NOT_CONNECTED, command="onggi-node doctor", cause=seen.link_error or "link.unreachable"
        )
    if seen.consents:
        return ToDo(Matter.CONSENTS, door="consents", facts={"number": seen.consents})
    if seen.held:
        return ToDo(Matter.HELD, door="held", facts={"number": seen.held})
    return None
