"""Puts the coordinator's parts together, from a database, a key, a clock and what other rooms provide."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from argon2 import PasswordHasher
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from coordinator.accounts.account_store import AccountStore
from coordinator.accounts.login import Login
from coordinator.accounts.tokens import TokenStore
from coordinator.audit.vocabulary import COORDINATOR
from coordinator.committee.permit_store import PermitStore
from coordinator.committee.signing_tickets import SigningTickets
from coordinator.committee.statement_store import StatementStore
from coordinator.concept_sets.set_store import ConceptSetStore
from coordinator.database.payloads import IN_ROWS, Payloads
from coordinator.database.sessions import Database
from coordinator.dry_runs.card_store import CardStore
from coordinator.dry_runs.trying import DryRuns, NoDryRuns
from coordinator.expiry import Expiry
from coordinator.exports.vote_store import VoteStore
from coordinator.failpoints import Failpoint, no_failpoint
from coordinator.federation.root_store import RootStore
from coordinator.hospitals.certificate_store import StoredCertificates
from coordinator.jobs.job_store import JobStore
from coordinator.jobs.result_store import ResultStore
from coordinator.jobs.spec_checks import SpecChecks
from coordinator.jobs.submit import JobSubmitter
from coordinator.link.authority import AuthoritySettings, CertificateAuthority
from coordinator.projects.project_store import ProjectStore
from coordinator.sources import Clock, NewId, NewSecret, TimeOrderedIds, new_secret, system_clock
from coordinator.transparency.log_service import LogService
from onggi.protocol.keys import SigningKey
from pages.passwords import Passwords


@dataclass(frozen=True, slots=True)
class LinkAuthority:
    """The certificate authority's material, as `coordinator.link.authority.load_authority` reads it."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate
    settings: AuthoritySettings = field(default_factory=AuthoritySettings)


def nobody_connected() -> frozenset[str]:
    """Where no gateway runs in this process."""
    return frozenset()


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything that the API, the gateway and the runner share. Built by `serve`, by commands and by tests.

    Args:
        checks: what a job is checked with before it is kept, and the digests of the code that would run.
        connected: the sites whose nodes are connected now.
        dry_runs: tries jobs on twins; where nobody can, no job waits for it.
        payloads: where large things are kept.
    """

    database: Database
    origin: str
    log_key: SigningKey
    link_authority: LinkAuthority
    checks: SpecChecks
    connected: Callable[[], frozenset[str]] = nobody_connected
    dry_runs: DryRuns = field(default_factory=NoDryRuns)
    payloads: Payloads = IN_ROWS
    clock: Clock = system_clock
    new_id: NewId = field(default_factory=TimeOrderedIds)
    new_secret: NewSecret = new_secret
    random_bytes: Callable[[int], bytes] = secrets.token_bytes
    password_hasher: PasswordHasher = field(default_factory=PasswordHasher)
    failpoint: Failpoint = no_failpoint
    """Called with the name of each transition of a running job; a crash test ends the process there."""

    @cached_property
    def passwords(self) -> Passwords:
        return Passwords.with_hasher(self.password_hasher)

    @cached_property
    def accounts(self) -> AccountStore:
        return AccountStore(database=self.database, passwords=self.passwords, clock=self.clock)

    @cached_property
    def tokens(self) -> TokenStore:
        return TokenStore(
            database=self.database, clock=self.clock, new_id=self.new_id, new_secret=self.new_secret
        )

    @cached_property
    def login(self) -> Login:
        return Login(
            database=self.database,
            passwords=self.passwords,
            accounts=self.accounts,
            tokens=self.tokens,
            clock=self.clock,
        )

    @cached_property
    def roots(self) -> RootStore:
        return RootStore(database=self.database, clock=self.clock)

    @cached_property
    def log(self) -> LogService:
        return LogService(
            database=self.database,
            origin=self.origin,
            key=self.log_key,
            clock=self.clock,
            find_root=self.roots.find_current,
        )

    @cached_property
    def projects(self) -> ProjectStore:
        return ProjectStore(database=self.database, clock=self.clock, new_id=self.new_id)

    @cached_property
    def concept_sets(self) -> ConceptSetStore:
        return ConceptSetStore(database=self.database, clock=self.clock, new_id=self.new_id)

    @cached_property
    def statements(self) -> StatementStore:
        return StatementStore(
            database=self.database, clock=self.clock, new_id=self.new_id, roots=self.roots, log=self.log
        )

    @cached_property
    def permits(self) -> PermitStore:
        return PermitStore(database=self.database, roots=self.roots)

    @cached_property
    def jobs(self) -> JobStore:
        return JobStore(database=self.database, clock=self.clock)

    @cached_property
    def submitter(self) -> JobSubmitter:
        return JobSubmitter(
            database=self.database,
            clock=self.clock,
            new_id=self.new_id,
            roots=self.roots,
            checks=self.checks,
            cards=self.cards,
            dry_runs=self.dry_runs,
        )

    @cached_property
    def cards(self) -> CardStore:
        return CardStore(database=self.database, clock=self.clock, roots=self.roots, payloads=self.payloads)

    @cached_property
    def results(self) -> ResultStore:
        return ResultStore(database=self.database, clock=self.clock, roots=self.roots)

    @cached_property
    def exports(self) -> VoteStore:
        return VoteStore(
            database=self.database, clock=self.clock, new_id=self.new_id, roots=self.roots, log=self.log
        )

    @cached_property
    def signing_tickets(self) -> SigningTickets:
        return SigningTickets(
            database=self.database,
            clock=self.clock,
            new_secret=self.new_secret,
            statements=self.statements,
            exports=self.exports,
        )

    @cached_property
    def expiry(self) -> Expiry:
        return Expiry(database=self.database, clock=self.clock)

    @cached_property
    def certificates(self) -> StoredCertificates:
        return StoredCertificates(database=self.database, clock=self.clock)

    def authority(self, acting: str = COORDINATOR) -> CertificateAuthority:
        """The certificate authority; the audit trail names who acts through it."""
        return CertificateAuthority(
            key=self.link_authority.key,
            certificate=self.link_authority.certificate,
            store=self.certificates.for_actor(acting),
            clock=self.clock,
            random_bytes=self.random_bytes,
            settings=self.link_authority.settings,
        )
