"""Reads the transparency log and the federation root, which anybody may read, and verifies the log whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from onggi.client.log_check import LogFinding, check_entries, check_head
from onggi.client.log_memory import LogMemory
from onggi.client.pinned_roots import PinnedRoots
from onggi.client.replies import CheckpointReply, LogEntriesReply, RootsReply
from onggi.client.transport import Transport
from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import canonical_json, parse_strict_json
from onggi.protocol.checkpoint import SignedCheckpoint
from onggi.protocol.dsse import LARGEST_ENVELOPE, Envelope
from onggi.protocol.trust_root import TrustRoot
from onggi.protocol.trusted_roots import TrustedRoots

_PART = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicLog:
    """The log of one coordinator. `pinned` and `memory` are this person's own files."""

    transport: Transport
    pinned: PinnedRoots
    memory: LogMemory

    def checkpoint(self) -> SignedCheckpoint:
        """The newest head that enough hospitals signed. Not verified yet."""
        reply = self.transport.ask("GET", "/log/checkpoint", CheckpointReply)
        return SignedCheckpoint.parse(reply.checkpoint.encode())

    def entries(self, *, upto: int) -> Iterator[Envelope]:
        """The first `upto` entries in order. Not verified yet.

        Raises:
            NotTrusted: ``log.cut_short`` where the log ends before, ``log.forked`` where it skips.
        """
        at = 0
        while at < upto:
            query = {"start": at, "limit": min(_PART, upto - at)}
            part = self.transport.ask("GET", "/log/entries", LogEntriesReply, query=query).entries
            if not part:
                raise NotTrusted("log.cut_short", known=upto, offered=at)
            for entry in part:
                if entry.index != at or at >= upto:
                    raise NotTrusted("log.forked", known=upto, offered=entry.index)
                yield entry.envelope
                at += 1

    def verify(self, *, root: TrustRoot | None = None, now: datetime | None = None) -> LogFinding:
        """Downloads and recomputes everything, and compares it with what was seen before.

        Args:
            root: the federation root to count signatures against; the pinned one where not given.
            now: this machine's clock where not given.

        Raises:
            NotTrusted: ``log.*`` with what does not fit.
            Refused: ``client.root_not_pinned``.
        """
        clock = now or datetime.now(UTC)
        trusted = root or self.pinned.get_current(now=clock)
        signed = self.checkpoint()
        verified = check_head(signed, root=trusted, now=clock)
        finding = check_entries(
            self.entries(upto=signed.checkpoint.size),
            verified=verified,
            remembered=self.memory.find(signed.checkpoint.origin),
        )
        self.memory.record(finding.view)
        return finding

    def save(self, path: Path) -> int:
        """Writes head and entries to a file for `verify_file`, here or elsewhere. Returns the size."""
        signed = self.checkpoint()
        try:
            with path.open("xb") as file:
                file.write(canonical_json({"checkpoint": signed.render().decode()}) + b"\n")
                for entry in self.entries(upto=signed.checkpoint.size):
                    file.write(entry.to_json() + b"\n")
        except FileExistsError:
            raise Refused("client.file_exists", path=str(path)) from None
        except OSError:
            raise Refused("client.file_unwritable", path=str(path)) from None
        return signed.checkpoint.size

    def fetch_roots(self, *, fingerprint: str) -> TrustedRoots:
        """Every version of the federation root, checked from this fingerprint on. Nothing is kept."""
        trusted: TrustedRoots | None = None
        after = 0
        while part := self._roots(after=after).roots:
            for envelope in part:
                if trusted is None:
                    trusted = TrustedRoots.pin(envelope, fingerprint=fingerprint)
                else:
                    trusted = trusted.advance(envelope)
            if trusted is None or trusted.latest.version <= after:
                raise NotTrusted("client.answer_malformed", status=200)
            after = trusted.latest.version
        if trusted is None:
            raise Refused("client.no_root_there")
        return trusted

    def advance_roots(self) -> TrustedRoots:
        """Fetches and keeps the versions after the pinned chain's latest."""
        trusted = self.pinned.load()
        while part := self._roots(after=trusted.latest.version).roots:
            before = trusted.latest.version
            for envelope in part:
                trusted = trusted.advance(envelope)
            if trusted.latest.version == before:
                raise NotTrusted("client.answer_malformed", status=200)
        self.pinned.save(trusted)
        return trusted

    def publish_root(self, envelope: Envelope) -> None:
        """Hands the coordinator the next version, signed by the quorums of the old and the new."""
        self.transport.ask("POST", "/federation/roots", RootsReply, body=envelope, may_repeat=True)

    def _roots(self, *, after: int) -> RootsReply:
        return self.transport.ask("GET", "/federation/roots", RootsReply, query={"after": after})


def verify_file(path: Path, *, root: TrustRoot, memory: LogMemory) -> LogFinding:
    """Checks a saved log offline. How old its head is shows in `witnessed`; it is not judged here."""
    try:
        with path.open("rb") as file:
            signed = _read_head(file.readline(LARGEST_ENVELOPE), path=path)
            verified = check_head(signed, root=root, now=None)
            entries = (Envelope.from_json(line.rstrip(b"\n")) for line in file)
            remembered = memory.find(signed.checkpoint.origin)
            finding = check_entries(entries, verified=verified, remembered=remembered)
    except OSError:
        raise Refused("client.file_unreadable", path=str(path)) from None
    memory.record(finding.view)
    return finding


def _read_head(line: bytes, *, path: Path) -> SignedCheckpoint:
    try:
        value = parse_strict_json(line, LARGEST_ENVELOPE)
    except Refused as bad:
        raise Refused("client.file_malformed", path=str(path), place=bad.code) from None
    text = value.get("checkpoint") if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise Refused("client.file_malformed", path=str(path), place="checkpoint")
    return SignedCheckpoint.parse(text.encode())
