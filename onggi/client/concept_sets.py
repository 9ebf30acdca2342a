"""Named concept sets at the coordinator: save, read, list. Versions never change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from onggi.client.paging import all_pages
from onggi.client.replies import PageReply, Reply
from onggi.client.transport import Transport
from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import digest_of
from onggi.spec.circe.write import Concepts
from onggi.spec.concept_sets import NamedConceptSet, items_of


class StoredConceptSet(Reply):
    """One version and who saved it. `project` is None for a set that everybody may read."""

    id: str
    project: str | None
    set: NamedConceptSet
    digest: str
    created_by: str
    created: datetime

    @property
    def label(self) -> str:
        """The name under which a definition carries it, such as ``statins@3``."""
        return self.set.label

    def concepts(self) -> Concepts:
        """For `onggi.events`, `onggi.Cohort` and every other builder."""
        return self.set.concepts()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptSetShelf:
    """`client.concept_sets`."""

    transport: Transport

    def save(self, name: str, concepts: Concepts, *, project: str | None = None) -> StoredConceptSet:
        """The next version of that name, or the latest where it says the same.

        Args:
            project: whose set it is; for everybody to read where not given.
        """
        items = items_of(concepts)
        body = {"name": name, "project": project, "items": [each.model_dump(mode="json") for each in items]}
        kept = self.transport.ask("POST", "/concept-sets", StoredConceptSet, body=body, may_repeat=True)
        if kept.set.name != name or kept.set.items != items:
            raise NotTrusted("client.answer_malformed", status=201)
        return _checked(kept)

    def list(self, name: str | None = None) -> Iterator[StoredConceptSet]:
        """Every version of every set that one may read, oldest first."""
        found = all_pages(self.transport, "/concept-sets", PageReply[StoredConceptSet], query={"name": name})
        return (_checked(each) for each in found)

    def get(self, label: str, *, project: str | None = None) -> StoredConceptSet:
        """``"statins@3"``, or the latest of ``"statins"``.

        Args:
            project: whose set is meant; the one of everybody where not given.

        Raises:
            Refused: ``concept_set.not_found``.
        """
        name, _, version = label.partition("@")
        known = [each for each in self.list(name) if each.project == project]
        if version:
            known = [each for each in known if str(each.set.version) == version]
        if not known:
            raise Refused("concept_set.not_found", label=label)
        return max(known, key=lambda each: each.set.version)


def _checked(told: StoredConceptSet) -> StoredConceptSet:
    """The concepts are those that the digest speaks of."""
    if digest_of([each.model_dump(mode="json") for each in told.set.items]) != told.digest:
        raise NotTrusted("client.answer_malformed", status=200)
    return told
