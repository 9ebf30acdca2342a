"""Reviews of data sets' pseudonymisation, and members who stand back from a project."""

from __future__ import annotations

from coordinator.api.access import Asking, Wired
from coordinator.api.parts import Done, Page, ProjectName, new_router
from coordinator.committee.review_store import KeptReview, ReviewFindings
from onggi.spec.base import Frozen, Line

router = new_router("committee")


class ConflictRequest(Frozen):
    reason: Line


@router.get("/projects/{project}/reviews", name="reviews_list")
def reviews_list(project: ProjectName, services: Wired) -> Page[KeptReview]:
    """Every review of the project's data sets, oldest first; of each data set the newest counts."""
    services.projects.get(project)
    return Page[KeptReview](items=services.reviews.of_project(project), next=None)


@router.post("/projects/{project}/reviews", name="review_record", status_code=201)
def review_record(
    project: ProjectName, findings: ReviewFindings, services: Wired, caller: Asking
) -> KeptReview:
    """Records whether one data set's pseudonymisation suffices for this project."""
    return services.reviews.record(project, findings, by=caller)


@router.post("/projects/{project}/conflicts", name="conflict_declare")
def conflict_declare(project: ProjectName, request: ConflictRequest, services: Wired, caller: Asking) -> Done:
    """The member has an interest in the project and decides nothing about it from now on."""
    services.conflicts.declare(project, reason=request.reason, by=caller)
    return Done()
