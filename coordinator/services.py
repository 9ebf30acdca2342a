"""Puts the coordinator's parts together, from a database, a key, a clock and what other rooms provide."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from coordinator.accounts.account_store import AccountStore
from coordinator.accounts.login import Login
from coordinator.accounts.oidc_links import OidcLinks
from coordinator.accounts.oidc_provider import OidcProvider
from coordinator.accounts.page_sessions import PageSessions
from coordinator.accounts.passkeys import Passkeys
from coordinator.accounts.recovery import Recoveries
from coordinator.accounts.request_store import AccountRequests
from coordinator.accounts.setup_store import SetupStore
from coordinator.accounts.source_limits import SourceLimits
from coordinator.accounts.tokens import TokenStore
from coordinator.audit.vocabulary import COORDINATOR
from coordinator.committee.application_store import ApplicationStore
from coordinator.committee.conflict_store import ConflictStore
from coordinator.committee.delegation_store import DelegationStore
from coordinator.committee.meeting_store import MeetingStore
from coordinator.committee.permit_store import PermitStore
from coordinator.committee.review_store import ReviewStore
from coordinator.committee.signing_tickets import SigningTickets
from coordinator.committee.statement_store import StatementStore
from coordinator.concept_sets.set_store import ConceptSetStore
from coordinator.database.idempotency import Once
from coordinator.database.payloads import IN_ROWS, Payloads
from coordinator.database.sessions import Database
from coordinator.dry_runs.card_store import CardStore
from coordinator.dry_runs.trying import DryRuns, NoDryRuns
from coordinator.expiry import Expiry
from coordinator.exports.sample_store import SampleStore
from coordinator.exports.vote_store import VoteStore
from coordinator.failpoints import Failpoint, no_failpoint
from coordinator.federation.root_store import RootStore
from coordinator.hospitals.certificate_store import StoredCertificates
from coordinator.hospitals.sighting_store import SightingStore
from coordinator.jobs.earlier_jobs import EarlierJobs
from coordinator.jobs.job_store import JobStore
from coordinator.jobs.noise_asked import NoiseAsked
from coordinator.jobs.result_store import ResultStore
from coordinator.jobs.spec_checks import SpecChecks
from coordinator.jobs.submit import JobSubmitter
from coordinator.link.authority import AuthoritySettings, CertificateAuthority
from coordinator.operating.announcement_store import AnnouncementStore
from coordinator.operating.contact_store import ContactStore
from coordinator.operating.glance import Glances
from coordinator.operating.training_store import TrainingStore
from coordinator.operating.year import Yearbook
from coordinator.projects.project_store import ProjectStore
from coordinator.sources import Clock, NewId, NewSecret, TimeOrderedIds, new_secret, system_clock
from coordinator.threads.thread_store import ThreadStore
from coordinator.transparency.log_service import LogService
from onggi.errors import NotTrusted
from onggi.protocol.keys import SigningKey
from onggi.protocol.passkey import PasskeyScope
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
        web_origin: where browsers see our pages: passkeys and another log-in lead to it alone.
        proxies: the peers whose word about a request's sender counts.
        oidc: another log-in, where one is set up.
    """

    database: Database
    origin: str
    log_key: SigningKey
    link_authority: LinkAuthority
    checks: SpecChecks
    connected: Callable[[], frozenset[str]] = nobody_connected
    dry_runs: DryRuns = field(default_factory=NoDryRuns)
    payloads: Payloads = IN_ROWS
    web_origin: str = "https://localhost"
    proxies: frozenset[str] = frozenset()
    oidc: OidcProvider | None = None
    clock: Clock = system_clock
    new_id: NewId = field(default_factory=TimeOrderedIds)
    new_secret: NewSecret = new_secret
    random_bytes: Callable[[int], bytes] = secrets.token_bytes
    password_hasher: PasswordHasher = field(default_factory=PasswordHasher)
    pledge_and_training_required: bool = False
    """Whether submitting a job asks for a pledge and for trainings that still count."""
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
            sources=self.sources,
        )

    @cached_property
    def sources(self) -> SourceLimits:
        return SourceLimits(database=self.database, clock=self.clock)

    @cached_property
    def page_sessions(self) -> PageSessions:
        return PageSessions(
            database=self.database, clock=self.clock, new_secret=self.new_secret, tokens=self.tokens
        )

    @cached_property
    def passkeys(self) -> Passkeys:
        return Passkeys(
            database=self.database,
            clock=self.clock,
            new_id=self.new_id,
            random_bytes=self.random_bytes,
            roots=self.roots,
            scope=_passkey_scope(self.web_origin),
            issuer=self.oidc_links.issuer,
        )

    @cached_property
    def oidc_links(self) -> OidcLinks:
        return OidcLinks(
            database=self.database, clock=self.clock, new_secret=self.new_secret, provider=self.oidc
        )

    @cached_property
    def recoveries(self) -> Recoveries:
        return Recoveries(
            database=self.database,
            clock=self.clock,
            new_id=self.new_id,
            new_secret=self.new_secret,
            passwords=self.passwords,
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
    def reviews(self) -> ReviewStore:
        return ReviewStore(database=self.database, clock=self.clock, roots=self.roots)

    @cached_property
    def conflicts(self) -> ConflictStore:
        return ConflictStore(database=self.database, clock=self.clock)

    @cached_property
    def delegations(self) -> DelegationStore:
        return DelegationStore(database=self.database, clock=self.clock, new_id=self.new_id, roots=self.roots)

    @cached_property
    def applications(self) -> ApplicationStore:
        return ApplicationStore(database=self.database, clock=self.clock, new_id=self.new_id)

    @cached_property
    def meetings(self) -> MeetingStore:
        return MeetingStore(database=self.database, clock=self.clock, new_id=self.new_id, roots=self.roots)

    @cached_property
    def permits(self) -> PermitStore:
        return PermitStore(database=self.database, roots=self.roots)

    @cached_property
    def jobs(self) -> JobStore:
        return JobStore(database=self.database, clock=self.clock)

    @cached_property
    def earlier_jobs(self) -> EarlierJobs:
        return EarlierJobs(self.database)

    @cached_property
    def noise_asked(self) -> NoiseAsked:
        return NoiseAsked(self.database)

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
            trainings=self.trainings,
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
    def samples(self) -> SampleStore:
        return SampleStore(database=self.database, clock=self.clock, new_id=self.new_id, roots=self.roots)

    @cached_property
    def threads(self) -> ThreadStore:
        return ThreadStore(database=self.database, clock=self.clock, new_id=self.new_id, roots=self.roots)

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

    @cached_property
    def sightings(self) -> SightingStore:
        return SightingStore(database=self.database)

    @cached_property
    def setups(self) -> SetupStore:
        return SetupStore(
            database=self.database, passwords=self.passwords, clock=self.clock, new_secret=self.new_secret
        )

    @cached_property
    def account_requests(self) -> AccountRequests:
        return AccountRequests(
            database=self.database, clock=self.clock, new_id=self.new_id, setups=self.setups
        )

    @cached_property
    def contacts(self) -> ContactStore:
        return ContactStore(database=self.database, clock=self.clock, new_id=self.new_id)

    @cached_property
    def trainings(self) -> TrainingStore:
        return TrainingStore(
            database=self.database,
            clock=self.clock,
            new_id=self.new_id,
            required=self.pledge_and_training_required,
        )

    @cached_property
    def announcements(self) -> AnnouncementStore:
        return AnnouncementStore(database=self.database, clock=self.clock, new_id=self.new_id)

    @cached_property
    def glances(self) -> Glances:
        return Glances(
            database=self.database,
            clock=self.clock,
            roots=self.roots,
            sightings=self.sightings,
            trainings=self.trainings,
            connected=self.connected,
        )

    @cached_property
    def yearbook(self) -> Yearbook:
        return Yearbook(database=self.database, roots=self.roots)

    def authority(self, acting: str = COORDINATOR, *, once: Once | None = None) -> CertificateAuthority:
        """The certificate authority; the audit trail names who acts through it."""
        return CertificateAuthority(
            key=self.link_authority.key,
            certificate=self.link_authority.certificate,
            store=self.certificates.for_actor(acting, once=once),
            clock=self.clock,
            random_bytes=self.random_bytes,
            settings=self.link_authority.settings,
        )


def _passkey_scope(web_origin: str) -> PasskeyScope | None:
    """The pages' own host and nothing above it; None where browsers take no passkey for such an address."""
    host = urlsplit(web_origin).hostname or ""
    if not host.replace("-", "").replace(".", "").isalnum() or host.replace(".", "").isdigit():
        return None
    try:
        return PasskeyScope(origin=web_origin, rp_id=host)
    except (NotTrusted, ValidationError):
        return None
