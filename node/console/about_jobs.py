"""What a page tells of the job behind a run: title, kind, plain words, the permit, and what will leave."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy.orm import Session

from analysis_jobs.leaving import LeavingCard, card_before
from node.settings import NodeSettings
from node.state.memory import load_roots
from node.state.tables import Run
from onggi.errors import OnggiError
from onggi.protocol.rendering import render_spec
from onggi.protocol.statements import ProjectPermit
from onggi.spec.circe.explain import explain_cohort
from onggi.spec.job import JobSpec
from onggi.words import public_words
from pages.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutJob:
    """A run's job as it was ordered; the permit as it was verified when the order was accepted."""

    spec: JobSpec
    permit: ProjectPermit | None

    @property
    def words(self) -> str:
        return render_spec(self.spec)

    def cohorts(self, language: Language) -> list[str]:
        """Whom each cohort takes; one that cannot be told says so in the words of the refusal."""
        told = []
        for each in self.spec.cohorts:
            try:
                told.append(explain_cohort(each, language=language))
            except OnggiError as untold:
                told.append(" ".join(public_words(untold, language)))
        return told

    def leaving(self, session: Session, settings: NodeSettings) -> LeavingCard | None:
        """The card of what will leave; None without a permit, which names who gets it."""
        if self.permit is None:
            return None
        names = _hospital_names(session, settings)
        return card_before(
            self.spec,
            hospitals=[names.get(site, site) for site in self.spec.participants],
            people=self.permit.people,
            organisation=self.permit.organisation,
            countries=(),
            exact_counts=self.permit.exact_counts,
            persons_about={},
        )


def about_run(row: Run) -> AboutJob:
    """The job of a run."""
    try:
        permit = ProjectPermit.model_validate_json(row.permit)
    except ValidationError:
        permit = None  # a declined order leaves none
    return AboutJob(spec=JobSpec.model_validate_json(row.spec), permit=permit)


def find_job(session: Session, run: str) -> AboutJob | None:
    """The job of a run that this node still knows."""
    row = session.get(Run, run)
    return None if row is None else about_run(row)


def _hospital_names(session: Session, settings: NodeSettings) -> dict[str, str]:
    if settings.pinned_root is None:
        return {}
    root = load_roots(session, fingerprint=settings.pinned_root).latest
    return {hospital.site: hospital.name for hospital in root.hospitals}
