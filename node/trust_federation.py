"""Makes a node trust one federation, pinned by a fingerprint that came another way than the file itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from node.registers.audit import NodeEvent, record_event
from node.settings import NodeSettings
from node.settings_file import change_settings
from node.sources import Clock
from node.state.engine import open_state, sessions
from node.state.memory import load_roots, note_time, save_roots
from node.state.tables import RootVersion
from onggi.errors import Fact, NotTrusted, Refused
from onggi.protocol.canonical import canonical_json, parse_strict_json
from onggi.protocol.dsse import LARGEST_ENVELOPE, Envelope
from onggi.protocol.keys import FileKey
from onggi.protocol.trust_root import TrustRoot
from onggi.protocol.trusted_roots import TrustedRoots


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusting:
    """The federation that a node now trusts."""

    root: TrustRoot
    fingerprint: str
    log_origin: str
    listed: bool
    """Whether the root names this hospital, with this node's identity key."""
    changed: bool


def trust_root(
    settings: NodeSettings, data: bytes, *, fingerprint: str, log_origin: str | None, clock: Clock
) -> Trusting:
    """Pins the federation by a fingerprint that came another way than the file.

    Args:
        data: a signed root, or a list of roots from version 1 on as the coordinator serves it.

    Raises:
        NotTrusted: ``root.wrong_fingerprint`` and the like; nothing is remembered then.
        Refused: ``node.other_root`` where another federation is pinned already.
    """
    if settings.pinned_root not in (None, fingerprint):
        raise Refused("node.other_root", pinned=settings.pinned_root, path=str(settings.file))
    first, *following = _read_roots(data)
    roots = TrustedRoots.pin(first, fingerprint=fingerprint)
    for envelope in following:
        roots = roots.advance(envelope)
    origin = _choose_log(roots.latest, log_origin or settings.trusted_log)
    changed = _remember(settings, roots, clock=clock)
    change_settings(settings.home, {"root_fingerprint": fingerprint, "log_origin": origin})
    key = FileKey.read(settings.identity_key).public_key.fingerprint
    listed = roots.latest.site_keys().get(key)
    return Trusting(
        root=roots.latest,
        fingerprint=fingerprint,
        log_origin=origin,
        listed=listed is not None and listed.holder == settings.site,
        changed=changed,
    )


def _read_roots(data: bytes) -> Sequence[Envelope]:
    value = parse_strict_json(data, LARGEST_ENVELOPE * 16)
    if not isinstance(value, dict) or "payload" in value:
        return [Envelope.from_json(data)]
    listed = value.get("roots", value.get("envelopes"))
    if not isinstance(listed, list) or not listed:
        raise NotTrusted("root.malformed", why="roots")
    return [Envelope.from_json(canonical_json(one)) for one in listed]


def _choose_log(root: TrustRoot, wanted: str | None) -> str:
    """The log to watch: the one named, or the only one there is."""
    if wanted is None:
        if len(root.logs) > 1:
            raise Refused("node.log_ambiguous", logs=", ".join(log.origin for log in root.logs))
        return root.logs[0].origin
    root.log_key(wanted)
    return wanted


def _remember(settings: NodeSettings, offered: TrustedRoots, *, clock: Clock) -> bool:
    """Stores what is new. What is known stays: a root with another past is refused."""
    engine = open_state(settings.database)
    try:
        with sessions(engine).begin() as session:
            _check_continues(session, offered)
            changed = save_roots(session, offered)
            if changed:
                now, latest = clock(), offered.latest
                facts: dict[str, Fact] = {"fingerprint": offered.fingerprint, "version": latest.version}
                record_event(session, NodeEvent.ROOT_PINNED, about=latest.federation, now=now, facts=facts)
                note_time(session, now)
            return changed
    finally:
        engine.dispose()


def _check_continues(session: Session, offered: TrustedRoots) -> None:
    if session.scalar(select(RootVersion.version).limit(1)) is None:
        return
    known = load_roots(session, fingerprint=offered.fingerprint)
    shared = min(len(known.roots), len(offered.roots))
    if known.roots[:shared] != offered.roots[:shared]:
        raise NotTrusted("root.forked", version=shared)
