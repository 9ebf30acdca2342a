"""Named concept sets: read those of everybody and of one's projects, save the next version."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from coordinator.api.access import Asking, Wired
from coordinator.api.parts import After, Limit, Page, new_router, page_of
from coordinator.concept_sets.set_store import StoredConceptSet
from coordinator.permissions import reaches_all
from onggi.errors import Refused
from onggi.spec.base import Frozen, Slug
from onggi.spec.concept_sets import NamedConcept

router = new_router("concept sets")
OfName = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9-]{0,62}$")]


class ConceptSetRequest(Frozen):
    """`project` None: for everybody to read."""

    name: Slug
    project: Slug | None = None
    items: Annotated[tuple[NamedConcept, ...], Field(min_length=1, max_length=5000)]


@router.get("/concept-sets", name="concept_sets_list")
def concept_sets_list(
    services: Wired, caller: Asking, name: OfName = None, after: After = "", limit: Limit = 50
) -> Page[StoredConceptSet]:
    """Every version of every set that the caller may read."""
    member = None if reaches_all("project_get", caller) else caller.account
    found = services.concept_sets.sets(member=member, name=name, after=after, limit=limit)
    return page_of(found, limit=limit, key=lambda one: one.id)


@router.post("/concept-sets", name="concept_set_save", status_code=201)
def concept_set_save(request: ConceptSetRequest, services: Wired, caller: Asking) -> StoredConceptSet:
    """The next version of the name. What the latest version says already is that version again."""
    if all(each.excluded for each in request.items):
        raise Refused("concepts.matches_nobody")
    return services.concept_sets.save(request.name, request.items, project=request.project, by=caller.account)
