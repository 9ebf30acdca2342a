"""Opens the door to a coordinator for a researcher, a committee member or an output checker.

client = onggi.connect("https://coordinator.example", token=...)
job = client.submit(spec)
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from onggi.client.checker_desk import CheckerDesk
from onggi.client.committee_desk import CommitteeDesk
from onggi.client.concept_sets import ConceptSetShelf
from onggi.client.home import Home
from onggi.client.job import Job
from onggi.client.language import preferred_language
from onggi.client.names import checked_name
from onggi.client.paging import all_pages
from onggi.client.public_log import PublicLog
from onggi.client.replies import (
    Checked,
    JobCost,
    JobRecord,
    Me,
    PageReply,
    Permit,
    PermitBudget,
    Project,
    Reply,
    TokenReply,
)
from onggi.client.transport import Transport, open_transport
from onggi.errors import NotTrusted
from onggi.protocol.canonical import digest_of
from onggi.spec.builders.unchosen import CODE_UNSET
from onggi.spec.disclosure_rules import DisclosureRules, strictest
from onggi.spec.job import CodeDigests, JobSpec
from onggi.words.catalogue import Language


@dataclass(frozen=True, kw_only=True)
class Client:
    """A coordinator as one account sees it. Made by `connect`; usable as a context manager."""

    transport: Transport
    language: Language = "en"
    home: Home = field(repr=False)

    def me(self) -> Me:
        """Who the token speaks for, in which roles."""
        return self.transport.ask("GET", "/me", Me)

    def sign_out(self) -> None:
        """Ends the token that this client carries."""
        self.transport.ask("POST", "/logout", Reply)

    def projects(self) -> Iterator[Project]:
        """One's own projects; all of them for those who review or operate."""
        return all_pages(self.transport, "/projects", PageReply[Project], query={})

    def project(self, project: str) -> Project:
        return self.transport.ask("GET", f"/projects/{checked_name(project)}", Project)

    def create_project(self, *, title: str, purpose: str) -> Project:
        """A new project with oneself in it."""
        return self.transport.ask(
            "POST",
            "/projects",
            Project,
            body={"title": title, "purpose": purpose},
            headers={"Idempotency-Key": secrets.token_hex(16)},
            may_repeat=True,
        )

    def permits(self, *, project: str | None = None) -> Iterator[Permit]:
        """The permits of one's projects, in force or not."""
        return all_pages(self.transport, "/permits", PageReply[Permit], query={"project": project})

    def permit(self, permit: str) -> Permit:
        return self.transport.ask("GET", f"/permits/{checked_name(permit)}", Permit)

    def permit_budget(self, permit: str) -> PermitBudget:
        """What a permit's jobs ask of its privacy budget. What hospitals have left they alone know."""
        return self.transport.ask("GET", f"/permits/{checked_name(permit)}/budget", PermitBudget)

    def cost(self, spec: JobSpec) -> JobCost:
        """What a job would cost, and how much noise its answer would carry. Nothing is kept or spent."""
        return self.transport.ask("POST", "/jobs/cost", JobCost, body=self.prepare(spec), may_repeat=True)

    def jobs(self, *, project: str | None = None, state: str | None = None) -> Iterator[Job]:
        """The jobs of one's projects, oldest first."""
        query = {"project": project, "state": state}
        found = all_pages(self.transport, "/jobs", PageReply[JobRecord], query=query)
        return (self._job(record) for record in found)

    def job(self, job: str) -> Job:
        """Raises Refused `job.not_found` also where the job is somebody else's."""
        return self._job(self.transport.ask("GET", f"/jobs/{checked_name(job)}", JobRecord))

    def code(self) -> CodeDigests:
        """The digests of the code that runs today."""
        return self.transport.ask("GET", "/code", CodeDigests)

    def rules(self) -> DisclosureRules:
        """The federation's disclosure rules of today, as its root has them."""
        return self.transport.ask("GET", "/disclosure-rules", DisclosureRules)

    def prepare(self, spec: JobSpec) -> JobSpec:
        """The very spec that `submit` sends: with today's code where none was chosen, and rules at least as
        strict as the federation's."""
        rules = strictest(spec.privacy.rules, self.rules())
        privacy = spec.privacy.model_copy(update={"rules": rules})
        code = self.code() if spec.code == CODE_UNSET else spec.code
        return spec.model_copy(update={"code": code, "privacy": privacy})

    def check(self, spec: JobSpec) -> Checked:
        """The checks that need no vote, and the whole job on synthetic twins. Nothing is kept.

        Raises:
            Refused: with the code of the first rule that the job breaks. What the twins show is in the
                answer's `dry_run`, in words.
        """
        return self.transport.ask("POST", "/jobs/dry-run", Checked, body=self.prepare(spec), may_repeat=True)

    def submit(self, spec: JobSpec) -> Job:
        """Hands the job in and returns at once. The same spec again is the same job.

        Raises:
            Refused: with the code of the first rule that the job breaks, or of what stops it on twins;
                nothing is kept then.
        """
        exact = self.prepare(spec)
        record = self.transport.ask("POST", "/jobs", JobRecord, body=exact, may_repeat=True)
        digest = digest_of(exact)
        if record.digest != digest or digest_of(record.spec) != digest:
            raise NotTrusted("client.job_differs", job=record.id)
        return self._job(record)

    @cached_property
    def log(self) -> PublicLog:
        """The transparency log and the federation root."""
        return PublicLog(transport=self.transport, pinned=self.home.pinned, memory=self.home.memory)

    @cached_property
    def review(self) -> CommitteeDesk:
        """For committee members."""
        return CommitteeDesk(transport=self.transport, pinned=self.home.pinned)

    @cached_property
    def exports(self) -> CheckerDesk:
        """For output checkers."""
        return CheckerDesk(transport=self.transport, pinned=self.home.pinned, language=self.language)

    @cached_property
    def concept_sets(self) -> ConceptSetShelf:
        """Named, versioned concept sets."""
        return ConceptSetShelf(transport=self.transport)

    def close(self) -> None:
        """Ends the connections. The token stays valid until it runs out or is revoked."""
        self.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _job(self, record: JobRecord) -> Job:
        return Job(record, self.transport, self.language, self.transport.sleep)


def connect(
    url: str,
    *,
    token: str | None = None,
    ca_file: str | Path | None = None,
    timeout: float = 30.0,
    language: Language | None = None,
    home: str | Path | None = None,
    over: httpx.BaseTransport | None = None,
    environment: Mapping[str, str] | None = None,
) -> Client:
    """A client of the coordinator at this address. Nothing is sent yet.

    Args:
        url: ``https://host[:port]``; plain ``http`` for this machine alone.
        token: from `onggi login`, `sign_in` or the portal; None for the public log.
        ca_file: PEM of the authorities to believe instead of the system's.
        timeout: seconds for each step of one request.
        language: ``"ko"`` or ``"en"``; by locale where not given.
        home: folder of this person's pinned root and remembered log; ``~/.config/onggi`` by default.
        over: carries the requests instead of the network.
        environment: read for locale and home; the process's own where not given.

    Raises:
        Refused: ``client.url_malformed``, ``client.url_not_https``, ``client.file_unreadable``.
    """
    env = os.environ if environment is None else environment
    transport = open_transport(
        url,
        token=token,
        ca_file=None if ca_file is None else Path(ca_file),
        timeout=timeout,
        over=over,
    )
    return Client(
        transport=transport,
        language=language or preferred_language(env),
        home=Home(Path(home)) if home is not None else Home.of(env),
    )


def sign_in(
    url: str,
    *,
    account: str,
    password: str,
    ca_file: Path | None = None,
    over: httpx.BaseTransport | None = None,
) -> TokenReply:
    """A token for a working day. The password goes nowhere else.

    Raises:
        Refused: ``login.refused`` whatever was wrong, ``login.too_many_attempts``.
    """
    transport = open_transport(url, token=None, ca_file=ca_file, over=over)
    try:
        body = {"account": account, "password": password}
        return transport.ask("POST", "/login", TokenReply, body=body)
    finally:
        transport.close()
