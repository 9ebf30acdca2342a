"""The hospital's policy in force, and its changes: each with its event, its author and both full texts.

* The settings file says what the node begins with. Once the policy was changed at the console or the command
  line, the last version written here is in force: a row, so that it is there in one piece or not at all.
* A policy that is written into the file by hand afterwards counts from the node's next start, as another
  version with an event of its own: neither place can silently overrule the other.
* The running node asks for the policy in the very transaction that it decides in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from node.decisions.site_policy import SitePolicy
from node.registers.audit import NodeEvent, lock_registers, record_event
from node.registers.objects import ObjectStore
from node.settings import NodeSettings
from node.state.memory import load_roots, note_time
from node.state.tables import PolicyVersion, table_of
from onggi.errors import Fact, Refused
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.trust_root import Floors
from onggi.spec.base import as_instant

_POLICIES = table_of(PolicyVersion)
_LAST = select(_POLICIES).order_by(_POLICIES.c.number.desc()).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The policy that counts now. `number` is 0 while it is the settings file's."""

    policy: SitePolicy
    digest: str
    number: int
    at: str | None = None
    by: str | None = None


def find_in_force(session: Session, objects: ObjectStore, settings: NodeSettings) -> InForce:
    """Raises Refused(``register.object_damaged``) where its text is gone or altered: nothing is guessed."""
    row = session.execute(_LAST).first()
    if row is None:
        return InForce(policy=settings.policy, digest=digest_of(settings.policy), number=0)
    policy = read_policy(session, objects, row.digest)
    return InForce(policy=policy, digest=row.digest, number=row.number, at=row.at, by=row.by)


def current_policy(session: Session, objects: ObjectStore, settings: NodeSettings) -> SitePolicy:
    """The same, without where it comes from."""
    return find_in_force(session, objects, settings).policy


def read_policy(session: Session, objects: ObjectStore, digest: str) -> SitePolicy:
    """The policy of this digest. Raises Refused(``register.object_damaged``)."""
    try:
        return SitePolicy.model_validate_json(objects.get(session, digest))
    except ValidationError:
        raise Refused("register.object_damaged", digest=digest) from None


def find_floors(session: Session, settings: NodeSettings) -> Floors:
    """What this hospital cannot go below: the federation's floors; one person before a root is trusted."""
    if settings.pinned_root is None:
        return Floors(minimum_persons=1)
    return load_roots(session, fingerprint=settings.pinned_root).latest.floors


def check_floor(policy: SitePolicy, *, floors: Floors) -> None:
    """Raises Refused(``policy.below_floor``). Rules cannot: the federation's count beside them."""
    if policy.minimum_persons < floors.minimum_persons:
        raise Refused("policy.below_floor", floor=floors.minimum_persons, minimum=policy.minimum_persons)


def record_policy(
    session: Session,
    objects: ObjectStore,
    settings: NodeSettings,
    policy: SitePolicy,
    *,
    seen: str,
    now: datetime,
    by: str | None = None,
) -> bool:
    """Puts another policy in force. False where it is in force already; then nothing is written.

    Args:
        settings: read from the file just now, so that a later change by hand can be told from this one.
        seen: digest of the policy that the person changed.

    Raises:
        Refused: ``policy.below_floor``; ``policy.changed_meanwhile`` where another one came into force since.
    """
    lock_registers(session)
    before = find_in_force(session, objects, settings)
    if before.digest == digest_of(policy):
        return False
    if before.digest != seen:
        raise Refused("policy.changed_meanwhile")
    check_floor(policy, floors=find_floors(session, settings))
    _write(session, objects, policy, before=before, in_file=settings.policy, now=now, by=by)
    return True


def adopt_file(session: Session, objects: ObjectStore, settings: NodeSettings, *, now: datetime) -> bool:
    """At the node's start: a policy written into the settings file by hand since the last change counts."""
    row = session.execute(_LAST).first()
    if row is None or row.in_file == digest_of(settings.policy):
        return False
    lock_registers(session)
    before = find_in_force(session, objects, settings)
    _write(session, objects, settings.policy, before=before, in_file=settings.policy, now=now, by=None)
    return True


def _write(
    session: Session,
    objects: ObjectStore,
    policy: SitePolicy,
    *,
    before: InForce,
    in_file: SitePolicy,
    now: datetime,
    by: str | None,
) -> None:
    digest = objects.put(session, canonical_json(policy))
    previous = objects.put(session, canonical_json(before.policy))
    row = {"at": as_instant(now), "by": by, "digest": digest, "previous": previous}
    session.execute(_POLICIES.insert(), row | {"in_file": digest_of(in_file)})
    facts: dict[str, Fact] = {"digest": digest, "previous": previous}
    if by is not None:
        facts["by"] = by
    record_event(session, NodeEvent.POLICY_CHANGED, about="policy", now=now, facts=facts)
    note_time(session, now)
