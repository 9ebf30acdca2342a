"""The main job, told once: from empty folders to two released tables, by the product's own doors."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

import onggi
from infra.demo.houses import Houses, for_all_sites
from infra.demo.people import CHECKERS, COMMITTEE, RESEARCHER, People, make_people, make_root, pin_everywhere
from infra.demo.study import SITES, count_job, glm_job, granted_concepts, permit_fields, reviews
from onggi.client.connection import Client, sign_in
from onggi.client.job import Job
from onggi.protocol.dsse import Envelope
from onggi.protocol.statements import ProjectPermit
from onggi.protocol.trust_root import root_fingerprint
from onggi.spec.ids import PermitId, ProjectId
from onggi.spec.job import JobSpec
from onggi.spec.results import CountTable, ModelFit

_ROLES = {**dict.fromkeys(COMMITTEE, "committee"), **dict.fromkeys(CHECKERS, "output_checker")}
_PATIENCE_S = 120.0
OPERATOR = "operator-1"


def first_password(name: str) -> str:
    """The password with which the demo makes an account: a demo's passwords are no secret."""
    return f"first password of {name}"


@dataclass(slots=True)
class Story:
    """The demo while it is told."""

    houses: Houses
    console: Console
    phases: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    people: People | None = None
    root: Envelope | None = None
    permit: ProjectPermit | None = None
    project: str = ""

    @contextmanager
    def phase(self, name: str, words: str) -> Iterator[None]:
        """Says what happens and notes how long it took."""
        begun = time.monotonic()
        with self.console.status(words):
            yield
        self.phases[name] = time.monotonic() - begun
        self.console.print(f"  [green]✓[/green] {words} [dim]({self.phases[name]:.1f} s)[/dim]")

    def client(self, name: str) -> Client:
        """A person at the coordinator's API."""
        return onggi.connect(
            self.houses.api,
            token=self.tokens[name],
            ca_file=self.houses.authority_file,
            home=self.get_people().home(name).folder,
        )

    def get_people(self) -> People:
        assert self.people is not None, "people are made first"
        return self.people

    def get_permit_in_force(self) -> ProjectPermit:
        assert self.permit is not None, "the permit comes first"
        return self.permit

    # --- chapters ------------------------------------------------------------------------------------

    def set_up(self) -> None:
        """Keys at the coordinator and at every hospital, data loaded, and the federation root."""
        with self.phase("keys", "Coordinator and four hospitals make their keys and load their data"):
            self.people = make_people(self.houses.folder / "people")
            made = self.houses.make_coordinator()
            identities = for_all_sites(self._prepare_hospital)
        with self.phase("root", "Committee of five signs the federation root; everybody pins it"):
            self.root = make_root(
                self.people,
                hospitals=identities,
                origin=made["log_origin"],
                log_key=made["log_public_key"],
                now=datetime.now(UTC),
            )
            pin_everywhere(self.people, self.root)
            file, fingerprint = self._root_file(), root_fingerprint(self.root)
            self.houses.coordinator("root", "pin", str(file), "--fingerprint", fingerprint)
            self._first_operator()
            self.houses.start_coordinator()
            self._accounts()
        with self.phase("enrolment", "Four hospitals enrol with one-time tokens and connect over mTLS"):
            for_all_sites(self._enrol)
            self._wait_until_connected()

    def _prepare_hospital(self, site: str) -> str:
        key = self.houses.make_node(site)
        self.houses.load_node(site)
        return key

    def _root_file(self) -> Path:
        assert self.root is not None, "the root is signed first"
        path = self.houses.folder / "federation-root.json"
        path.write_bytes(self.root.to_json())
        path.chmod(0o644)
        return path

    def _first_operator(self) -> None:
        """The one account that is made at the machine itself; it makes the others."""
        run = self.houses.coordinator
        run("organisations", "add", "operator", "--title", "Operating body", "--kind", "operating_body")
        run("accounts", "add", OPERATOR, "--organisation", "operator", "--role", "operator")
        self.tokens[OPERATOR] = run("tokens", "new", OPERATOR)["token"]

    def _accounts(self) -> None:
        with self.client(OPERATOR) as operator:
            ask = operator.transport.ask
            university = {"id": "university", "name": "University", "kind": "university", "country": "KR"}
            ask("POST", "/organisations", _Anything, body=university)
            for name in (RESEARCHER, *COMMITTEE, *CHECKERS):
                role = _ROLES.get(name, "researcher")
                account = {
                    "id": name,
                    "organisation": "university",
                    "roles": [role],
                    "country_of_access": "KR",
                    "password": first_password(name),
                    "member": None if name == RESEARCHER else name,
                }
                ask("POST", "/accounts", _Anything, body=account)
        for name in (RESEARCHER, *COMMITTEE, *CHECKERS):
            reply = sign_in(
                self.houses.api,
                account=name,
                password=first_password(name),
                ca_file=self.houses.authority_file,
            )
            self.tokens[name] = reply.secret

    def _enrol(self, site: str) -> None:
        assert self.root is not None, "the root is signed first"
        file = str(self.houses.folder / "federation-root.json")
        self.houses.node(site, "trust", "--root", file, "--fingerprint", root_fingerprint(self.root))
        with self.client(OPERATOR) as operator:
            told = operator.transport.ask("POST", f"/hospitals/{site}/enrolment-tokens", _Anything)
        self.houses.node(site, "enrol", str(told["token"]))
        self.houses.start_node(site)

    def _wait_until_connected(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        with self.client(OPERATOR) as operator:
            while time.monotonic() < deadline:
                told = operator.transport.ask("GET", "/hospitals", _Anything)
                if sum(bool(one["connected"]) for one in told["hospitals"]) == len(SITES):
                    return
                time.sleep(0.1)
        raise RuntimeError("not every hospital connected; see the log files")

    def get_permit(self) -> None:
        """The researcher's project, and the committee's permit with bounds."""
        with self.phase("permit", "Committee grants a permit with bounds, small hospitals under masks"):
            self.grant_permit(
                title="Heart study",
                purpose="What goes with coronary disease",
                concepts=granted_concepts(),
                maximum_jobs=5,
            )

    def grant_permit(self, *, title: str, purpose: str, concepts: Sequence[int], maximum_jobs: int) -> None:
        """A project of the researcher, its data reviewed, its permit drafted by one and signed by three."""
        with self.client(RESEARCHER) as researcher:
            self.project = researcher.create_project(title=title, purpose=purpose).id
        fields = permit_fields(
            project=self.project,
            title=title,
            purpose=purpose,
            people=[RESEARCHER],
            concepts=concepts,
            maximum_jobs=maximum_jobs,
            expires=datetime.now(UTC) + timedelta(days=20),
        )
        with self.client(COMMITTEE[0]) as member:
            for findings in reviews(checked_on=datetime.now(UTC).date()):
                member.review.record_review(self.project, findings)
            statement = member.review.draft("project-permit", fields).reply.id
        for name in COMMITTEE[2:]:
            with self.client(name) as member:
                desk = member.review
                page = desk.read(statement)
                desk.sign(page, key=self.get_people().keys[name])
        assert isinstance(page.paper.predicate, ProjectPermit)
        self.permit = page.paper.predicate

    def run_job(self, name: str, words: str) -> Job:
        """Submits one of the two jobs and waits until its result is held, with a bar a hospital."""
        begun = time.monotonic()
        with self.client(RESEARCHER) as researcher:
            make = {"count": count_job, "glm": glm_job}[name]
            spec = make(
                project=ProjectId(self.project),
                permit=PermitId(self.get_permit_in_force().id),
                code=researcher.code(),
                now=datetime.now(UTC),
            )
        job = self.run_spec(spec, words)
        self.phases[name] = time.monotonic() - begun
        return job

    def run_spec(self, spec: JobSpec, words: str) -> Job:
        """Submits one job and waits until its result is held."""
        with self.client(RESEARCHER) as researcher:
            job = researcher.submit(spec)
            self._watch(job, words)
        return job

    def _watch(self, job: Job, words: str) -> None:
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[state]}"),
        )
        steps = ("ready", "running", "held")
        deadline = time.monotonic() + _PATIENCE_S
        with Progress(*columns, console=self.console) as bars:
            bar = bars.add_task(words, total=len(steps), state=job.state)
            while job.state not in ("held", "released", "failed", "refused", "cancelled"):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"the job is still {job.state}:\n{job.explain()}")
                time.sleep(0.05)
                job.refresh()
                done = steps.index(job.state) + 1 if job.state in steps else len(steps)
                bars.update(bar, completed=done, state=job.state)
        if job.state not in ("held", "released"):
            raise RuntimeError(f"the job ended as {job.state}:\n{job.explain()}")

    def export(self, jobs: Mapping[str, Job]) -> tuple[CountTable, ModelFit]:
        """Two output checkers vote, blinded, evidence before result; the researcher reads what came free."""
        with self.phase("export", "Two output checkers vote on both results, each without the other's vote"):
            for name in CHECKERS:
                with self.client(name) as checker:
                    for job in jobs.values():
                        page = checker.exports.read(job.id)
                        key = self.get_people().keys[name]
                        paper = checker.exports.draw_ballot(page, verdict="approve", reason=None, key=key)
                        checker.exports.vote(page, paper, key=key)
            answers: list[Any] = []
            with self.client(RESEARCHER) as researcher:
                for job in jobs.values():
                    found = researcher.job(job.id).wait(timeout=30, progress=False)
                    answers.append(found.result())
        count, fit = answers
        assert isinstance(count, CountTable)
        assert isinstance(fit, ModelFit)
        return count, fit

    # --- afterwards ----------------------------------------------------------------------------------

    def verify_log(self) -> dict[str, Any]:
        """Recomputes the transparency log offline against the pinned root."""
        with self.client(RESEARCHER) as researcher:
            checked = researcher.log.verify()
        return {"tree_size": checked.size, "verified": True}

    def releases(self) -> dict[str, list[dict[str, Any]]]:
        """What left each hospital, as its own register says."""

        def read(site: str) -> list[dict[str, Any]]:
            listed = self.houses.node(site, "releases", "list")
            return [
                {
                    **{name: one[name] for name in ("what", "result", "ordinal", "bytes")},
                    "digest": one["object_digest"],
                }
                for one in listed["releases"]
            ]

        return for_all_sites(read)

    def deletions(self) -> int:
        """How many workspaces the hospitals say they destroyed."""

        def read(site: str) -> int:
            return len(self.houses.node(site, "deletions")["deletions"])

        return sum(for_all_sites(read).values())


_Anything: Any = dict[str, Any]
