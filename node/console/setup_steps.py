"""How far a node's set-up has come, step by step, read from its folder and state alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from node.datasets import Datasets
from node.link.identity import load_identity
from node.postgres.source import names_in_place
from node.registers.audit import NodeEvent
from node.settings import NodeSettings
from node.state.heartbeat import find_heartbeat
from node.state.tables import AuditEvent, ConsoleAccount
from onggi.errors import OnggiError


class Step(StrEnum):
    """In the order in which a node is set up."""

    INIT = "init"
    TRUST = "trust"
    ENROL = "enrol"
    LOAD = "load"
    CARD = "card"
    RUN = "run"
    ACCOUNT = "account"
    DOCTOR = "doctor"


COMMANDS: dict[Step, str] = {
    Step.INIT: "onggi-node init --site <site> --coordinator <host:port>",
    Step.TRUST: "onggi-node trust --root <file> --fingerprint sha256:<fingerprint>",
    Step.ENROL: "onggi-node enrol <token>",
    Step.LOAD: "onggi-node load-omop <folder>",
    Step.CARD: "onggi-node card --out <file>",
    Step.RUN: "onggi-node run",
    Step.ACCOUNT: "onggi-node console add-account <name> --role it",
    Step.DOCTOR: "onggi-node doctor",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """One step. `state`: done, next, or later; `told`: what is known of it, such as a fingerprint."""

    step: Step
    state: str
    told: str


def find_steps(session: Session, settings: NodeSettings, *, now: datetime, well: bool) -> list[StepShown]:
    """Every step; the first that is not done is the next one.

    Args:
        well: whether the doctor found nothing that blocks.
    """
    done: dict[Step, str | None] = {
        Step.INIT: settings.site,
        Step.TRUST: settings.pinned_root,
        Step.ENROL: _enrolled_until(settings),
        Step.LOAD: _data(settings),
        Step.CARD: find_card_digest(session),
        Step.RUN: "" if find_heartbeat(settings.home, now=now) is not None else None,
        Step.ACCOUNT: _accounts(session),
        Step.DOCTOR: "" if well else None,
    }
    first = next((step for step in Step if done[step] is None), None)
    return [
        StepShown(
            step=step,
            state="done" if done[step] is not None else "next" if step is first else "later",
            told=done[step] or "",
        )
        for step in Step
    ]


def _enrolled_until(settings: NodeSettings) -> str | None:
    try:
        return load_identity(settings.link_folder).certificate.not_valid_after_utc.date().isoformat()
    except OnggiError:
        return None


def _data(settings: NodeSettings) -> str | None:
    try:
        held = [name for name, store in Datasets(settings).stores().items() if store.find_current()]
    except OnggiError:
        held = []
    found = sorted({*held, *names_in_place(settings.home)})
    return ", ".join(found) or None


def find_card_digest(session: Session) -> str | None:
    """Digest of the dataset card that was made last, as its event names it."""
    made = select(AuditEvent.facts).where(AuditEvent.event == str(NodeEvent.CARD_MADE))
    facts = session.scalar(made.order_by(AuditEvent.number.desc()).limit(1))
    return None if facts is None else str(json.loads(facts).get("card", ""))


def _accounts(session: Session) -> str | None:
    is_open = ConsoleAccount.closed.is_(None)
    number = session.scalar(select(func.count()).select_from(ConsoleAccount).where(is_open)) or 0
    return str(number) if number else None
