"""Who may decide in this federation: its committee, its hospitals, its log, and its rules.

* One key stands for one party: the same key under two names is refused, whatever the roles.
* A rule that nobody could ever satisfy is refused, because it would be bypassed instead of kept.
* Several hospitals may belong to one legal entity; its name must then be written the same way, since masked
  sums count legal entities and two spellings would count twice.
* Revoked keys stay listed for ever and stand nowhere else.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from onggi.errors import NotTrusted
from onggi.protocol.canonical import digest_of, sha256_hex
from onggi.protocol.checkpoint import NAME_PATTERN, Witness
from onggi.protocol.dsse import Envelope, TrustedKey, read_payload
from onggi.protocol.keys import OPENSSL, PublicKey, SignatureProvider
from onggi.protocol.passkey import PasskeyScope
from onggi.protocol.quorum import QuorumRule, Role, Signer
from onggi.protocol.rendering import UNSET
from onggi.protocol.sealing import draft_statement, read_statement
from onggi.protocol.statements import TrustRootStatement
from onggi.spec.base import Digest, Frozen, Instant, Line, Slug
from onggi.spec.disclosure_rules import DisclosureRules, are_default


def _p256(pem: str) -> str:
    return PublicKey.from_pem(pem).pem


KeyPem = Annotated[str, StringConstraints(max_length=400), AfterValidator(_p256)]


class MemberKey(Frozen):
    """One of a member's keys; with a scope it is a passkey."""

    public_key: KeyPem
    passkey: PasskeyScope | None = None

    @property
    def fingerprint(self) -> str:
        return PublicKey.from_pem(self.public_key).fingerprint


class Member(Frozen):
    """A person who signs permits and jobs (committee) or votes on exports (output checker)."""

    id: Slug
    role: Role
    affiliation: Line
    external: bool
    keys: Annotated[tuple[MemberKey, ...], Field(min_length=1, max_length=8)]


class Hospital(Frozen):
    """A hospital: its key in this root is its identity, and its witness signature on the log."""

    site: Slug
    name: Line
    legal_entity: Line
    identity_key: KeyPem


class LogKey(Frozen):
    """A transparency log, by the origin line of its checkpoints."""

    origin: Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
    public_key: KeyPem


class RootRule(Frozen):
    """Which keys may sign a new root, and how many different members must."""

    threshold: Annotated[int, Field(ge=1, le=64)]
    keys: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=256)]


class Floors(Frozen):
    """What no permit of this federation may go below."""

    minimum_persons: Annotated[int, Field(ge=1)] = 10
    minimum_hospitals: Annotated[int, Field(ge=1)] = 3
    rules: DisclosureRules = Field(default=DisclosureRules(), exclude_if=are_default)
    """The disclosure rules that no job of this federation may loosen; the root's version is theirs."""


class TrustRoot(Frozen):
    """One version of the federation root. An object of this type is consistent in itself, not yet trusted."""

    version: Annotated[int, Field(ge=1, le=2**31)]
    federation: Slug
    federation_name: Line
    issued: Instant
    expires: Instant
    members: Annotated[tuple[Member, ...], Field(min_length=1, max_length=256)]
    hospitals: Annotated[tuple[Hospital, ...], Field(max_length=1_000)]
    logs: Annotated[tuple[LogKey, ...], Field(min_length=1, max_length=8)]
    witness_quorum: Annotated[int, Field(ge=0)]
    committee_rule: QuorumRule
    export_rule: QuorumRule = QuorumRule(threshold=2, role="output_checker")
    root_rule: RootRule
    floors: Floors = Floors()
    revoked_keys: tuple[Digest, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> TrustRoot:
        if self.expires <= self.issued:
            raise NotTrusted("root.dates_reversed")
        _check_names(self)
        _check_keys(self)
        _check_rules(self)
        return self

    def keys_of(
        self, role: Role | Literal["any"], *, provider: SignatureProvider = OPENSSL
    ) -> dict[str, TrustedKey]:
        """The members' keys by fingerprint, for `verified_signers`."""
        return {
            key.fingerprint: TrustedKey(
                public_key=PublicKey.from_pem(key.public_key, provider=provider),
                holder=member.id,
                passkey=key.passkey,
            )
            for member in self.members
            if role in ("any", member.role)
            for key in member.keys
        }

    def root_keys(self, *, provider: SignatureProvider = OPENSSL) -> dict[str, TrustedKey]:
        """The keys that may sign the next root."""
        every = self.keys_of("any", provider=provider)
        return {fingerprint: every[fingerprint] for fingerprint in self.root_rule.keys}

    def site_keys(self, *, provider: SignatureProvider = OPENSSL) -> dict[str, TrustedKey]:
        """The hospitals' identity keys by fingerprint; the holder is the site id."""
        keys = {
            hospital.site: PublicKey.from_pem(hospital.identity_key, provider=provider)
            for hospital in self.hospitals
        }
        return {key.fingerprint: TrustedKey(public_key=key, holder=site) for site, key in keys.items()}

    def witnesses(self, *, provider: SignatureProvider = OPENSSL) -> tuple[Witness, ...]:
        """Who may cosign checkpoints: every hospital, under its site id."""
        return tuple(
            Witness(name=key.holder, key=key.public_key) for key in self.site_keys(provider=provider).values()
        )

    def log_key(self, origin: str, *, provider: SignatureProvider = OPENSSL) -> PublicKey:
        for log in self.logs:
            if log.origin == origin:
                return PublicKey.from_pem(log.public_key, provider=provider)
        raise NotTrusted("root.unknown_log", origin=origin)

    def signers(self, keys: Iterable[TrustedKey]) -> tuple[Signer, ...]:
        """Describes verified keys as people, for `check_quorum`."""
        members = {member.id: member for member in self.members}
        return tuple(
            Signer(
                fingerprint=key.fingerprint,
                member=key.holder,
                affiliation=members[key.holder].affiliation,
                external=members[key.holder].external,
                role=members[key.holder].role,
            )
            for key in keys
        )


def _check_names(root: TrustRoot) -> None:
    _check_once("root.member_twice", (member.id for member in root.members))
    _check_once("root.site_twice", (hospital.site for hospital in root.hospitals))
    _check_once("root.log_twice", (log.origin for log in root.logs))
    spellings: dict[str, str] = {}
    for hospital in root.hospitals:
        plain = "".join(unicodedata.normalize("NFKC", hospital.legal_entity).casefold().split())
        if spellings.setdefault(plain, hospital.legal_entity) != hospital.legal_entity:
            raise NotTrusted("root.legal_entity_ambiguous", entity=hospital.legal_entity)


def _check_keys(root: TrustRoot) -> None:
    of_members = [key.fingerprint for member in root.members for key in member.keys]
    of_sites = [PublicKey.from_pem(hospital.identity_key).fingerprint for hospital in root.hospitals]
    of_logs = [PublicKey.from_pem(log.public_key).fingerprint for log in root.logs]
    _check_once("root.identity_key_twice", of_sites)
    _check_once("root.key_twice", [*of_members, *of_sites, *of_logs])
    _check_once("root.root_key_twice", root.root_rule.keys)
    _check_once("root.revoked_twice", root.revoked_keys)
    for fingerprint in root.root_rule.keys:
        if fingerprint not in of_members:
            raise NotTrusted("root.unknown_root_key", key=fingerprint)
    for fingerprint in (*of_members, *of_sites, *of_logs):
        if fingerprint in root.revoked_keys:
            raise NotTrusted("root.revoked_key_listed", key=fingerprint)


def _check_rules(root: TrustRoot) -> None:
    holders = {
        member.id for member in root.members if any(k.fingerprint in root.root_rule.keys for k in member.keys)
    }
    if len(holders) < root.root_rule.threshold:
        raise NotTrusted("root.rule_unreachable", rule="root")
    if len(root.hospitals) < root.witness_quorum:
        raise NotTrusted("root.rule_unreachable", rule="witnesses")
    for name, rule in (("committee", root.committee_rule), ("export", root.export_rule)):
        able = [member for member in root.members if member.role == rule.role]
        outside = sum(member.external for member in able)
        if rule.role != ("committee" if name == "committee" else "output_checker"):
            raise NotTrusted("root.rule_unreachable", rule=name)
        # A federation may start without output checkers: nothing is exported then.
        nobody_yet = name == "export" and not able
        if not nobody_yet and (len(able) < rule.threshold or outside < rule.minimum_external):
            raise NotTrusted("root.rule_unreachable", rule=name)


def _check_once(code: str, names: Iterable[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise NotTrusted(code, name=name)


def draft_root(root: TrustRoot) -> Envelope:
    """The unsigned envelope that the root's keepers sign with `add_signature`."""
    return draft_statement(_statement_of(root), subject=root.federation, digest=digest_of(root))


def read_root(envelope: Envelope) -> TrustRoot:
    """The root inside an envelope. Its signatures are not looked at."""
    value = read_payload(envelope)
    predicate = value.get("predicate") if isinstance(value, dict) else None
    federation = predicate.get("federation") if isinstance(predicate, dict) else None
    if not isinstance(federation, str):
        raise NotTrusted("root.malformed", why="federation")
    statement = read_statement(envelope, TrustRootStatement, federation=federation)
    try:
        root = TrustRoot.model_validate(statement.root)
    except ValidationError as bad:
        place = ".".join(str(part) for part in bad.errors()[0]["loc"])
        raise NotTrusted("root.malformed", why=place) from None
    if draft_root(root).payload != envelope.payload:
        # Another name or date outside than inside, or one value spelled in a second way.
        raise NotTrusted("root.malformed", why="statement")
    return root


def _statement_of(root: TrustRoot) -> TrustRootStatement:
    return TrustRootStatement(
        id=f"trust-root-v{root.version}",
        federation=root.federation,
        issued=root.issued,
        expires=root.expires,
        summary=UNSET,
        root=root.model_dump(mode="json"),
    )


def root_fingerprint(envelope: Envelope) -> str:
    """What is read out over the telephone: the hash of the signed payload, whoever signed it."""
    return f"sha256:{sha256_hex(envelope.body)}"
