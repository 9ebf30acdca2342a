"""Describes a crate in JSON-LD: the Five Safes RO-Crate profile 0.4 over RO-Crate 1.2, phase by phase.

Source of the profile: Soiland-Reyes, Wheater et al. 2023, https://w3id.org/5s-crate/0.4. The job's
specification is the workflow: it says exactly what is computed, and its code by digest.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Final

from coordinator.crates import files
from coordinator.crates.entities import WORKFLOW_PROFILE, Entity, action, document, named, ref
from coordinator.crates.files import CrateFile
from coordinator.crates.story import SignedAct, Story
from onggi import __version__
from onggi.spec.base import as_instant

PROFILE: Final = "https://w3id.org/5s-crate/0.4"
WORKFLOW: Final = "workflow/"
_SHA_512: Final = "https://www.iana.org/assignments/named-information#sha-512"
_SOFTWARE: Final = "#coordinator-software"
_COORDINATOR: Final = "#coordinator"


def crate_id(story: Story) -> uuid.UUID:
    """One name for the crate of one result, wherever and whenever it is written."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{story.origin}/jobs/{story.job.id}/{story.result.digest}")


def crate_graph(story: Story, held: Sequence[CrateFile]) -> Entity:
    """The metadata document of the crate that holds these files."""
    actions = [*_sign_offs(story), _execution(story, held), *_disclosure_checks(story), _manifests(story)]
    return document(_root(story, held, actions), *actions, *_context(story), *_files(story, held))


def _root(story: Story, held: Sequence[CrateFile], actions: Sequence[Entity]) -> Entity:
    job = story.job
    return {
        "@id": "./",
        "@type": "Dataset",
        "conformsTo": ref(PROFILE),
        "identifier": f"urn:uuid:{crate_id(story)}",
        "name": job.spec.title,
        "description": f"What was asked, approved, run, checked and released as job {job.id}.",
        "datePublished": as_instant(story.published),
        "license": ref(files.PERMIT),
        "publisher": ref(_COORDINATOR),
        "sourceOrganization": ref(_project(story)),
        "mainEntity": ref(WORKFLOW),
        "hasPart": [ref(WORKFLOW), *(ref(each.path) for each in held)],
        "mentions": [ref(each["@id"]) for each in actions],
    }


def _sign_offs(story: Story) -> Iterator[Entity]:
    """The permit's signature by a quorum; then the vote on this job, or that it lies inside the bounds."""
    about = [ref("./"), ref(WORKFLOW), ref(_project(story))]
    yield {
        **action("sign-off-permit", "AssessAction", "Sign-off of the project by permit: approved", "SignOff"),
        "endTime": as_instant(story.permit.at),
        "agent": [ref(_member(each)) for each in story.permit.signers],
        "object": about,
        "instrument": ref(files.PERMIT),
    }
    if story.job.within_bounds:
        name = "Sign-off of the job: inside the bounds that the permit's quorum signed"
        yield {
            **action("sign-off-bounds", "AssessAction", name, "SignOff"),
            "endTime": as_instant(story.job.submitted),
            "agent": ref(_SOFTWARE),
            "object": about,
            "instrument": ref(files.PERMIT),
        }
    for number, act in enumerate(story.approvals, start=1):
        yield {
            **action(f"sign-off-{number}", "AssessAction", "Sign-off of this very job: approved", "SignOff"),
            "endTime": as_instant(act.at),
            "agent": [ref(_member(each)) for each in act.signers],
            "object": about,
            "instrument": ref(files.approval_path(number)),
        }


def _execution(story: Story, held: Sequence[CrateFile]) -> Entity:
    job = story.job
    began = {} if story.started is None else {"startTime": as_instant(story.started)}
    return {
        **action(f"run-{crate_id(story)}", "CreateAction", f"Run of job {job.id}: completed"),
        **began,
        "endTime": as_instant(story.result.created),
        "agent": ref(_person(job.submitted_by)),
        "instrument": ref(WORKFLOW),
        "object": [ref("#dataset")],
        "participant": [ref(f"#hospital-{site}") for site in story.hospitals],
        "description": (
            f"The hospitals are those that were asked; at least {job.spec.minimum_sites} answered. "
            "No row left any of them."
        ),
        "result": [ref(each.path) for each in held if each.path.startswith(files.OUTPUTS)],
    }


def _disclosure_checks(story: Story) -> Iterator[Entity]:
    """The rules on the pooled result, then each checker's vote, or that the permit asks for none."""
    verdict = story.result.verdict
    outcome = (
        "every rule passed" if verdict.every_rule_passed else f"cells withheld: {verdict.withheld_cells}"
    )
    yield {
        **action("rules", "AssessAction", f"Disclosure rules on the result: {outcome}", "DisclosureCheck"),
        "endTime": as_instant(story.result.created),
        "agent": ref(_SOFTWARE),
        "object": [ref("./"), ref(f"{files.OUTPUTS}result.json")],
        "instrument": [ref(files.VERDICT), ref(files.FINDINGS)],
    }
    for number, vote in enumerate(story.votes, start=1):
        approved = vote.verdict == "approve"
        name = f"Output checker's vote: {'approved' if approved else 'refused'}"
        yield {
            **action(f"vote-{number}", "AssessAction", name, "DisclosureCheck", completed=approved),
            "endTime": as_instant(vote.act.at),
            "agent": [ref(_member(each)) for each in vote.act.signers],
            "object": [ref("./"), ref(f"{files.OUTPUTS}result.json")],
            "instrument": ref(files.vote_path(number)),
        }
    if not story.votes:
        name = "Export without a vote, as the permit allows where nothing was withheld: approved"
        yield {
            **action("export", "AssessAction", name, "DisclosureCheck"),
            "endTime": as_instant(story.published),
            "agent": ref(_SOFTWARE),
            "object": [ref("./"), ref(f"{files.OUTPUTS}result.json")],
            "instrument": ref(files.PERMIT),
        }


def _manifests(story: Story) -> Entity:
    return {
        **action("manifests", "UpdateAction", "BagIt manifests written", "GenerateCheckValue"),
        "startTime": as_instant(story.published),
        "agent": ref(_SOFTWARE),
        "object": ref("./"),
        "instrument": ref(_SHA_512),
    }


def _context(story: Story) -> Iterator[Entity]:
    """What other entities name: people, bodies, the project, the workflow, the data set, terms."""
    yield from _people(story)
    yield from _bodies(story)
    yield from _question(story)
    for path, act in _logged(story):
        yield {
            "@id": _log_id(path),
            "@type": "PropertyValue",
            "name": "index in the transparency log",
            "propertyID": story.origin,
            "value": act.log_index,
        }
    yield {"@id": PROFILE, "@type": ["CreativeWork", "Profile"], "name": "Five Safes RO-Crate profile"}
    yield named(WORKFLOW_PROFILE, "Workflow RO-Crate")
    yield {"@id": _SHA_512, "@type": "DefinedTerm", "name": "sha-512 algorithm"}


def _people(story: Story) -> Iterator[Entity]:
    """Who asked, and everybody who signed."""
    yield {
        "@id": _person(story.job.submitted_by),
        "@type": "Person",
        "name": story.job.submitted_by,
        "affiliation": ref(_organisation(story)),
        "memberOf": [ref(_project(story))],
    }
    for member in sorted({each for _, act in _logged(story) for each in act.signers}):
        yield {"@id": _member(member), "@type": "Person", "name": member}


def _bodies(story: Story) -> Iterator[Entity]:
    """The project, its organisation, the hospitals that were asked, and the coordinator with its software."""
    yield {
        "@id": _project(story),
        "@type": "Project",
        "name": story.project_title,
        "identifier": story.job.project,
        "member": [ref(_organisation(story))],
    }
    yield {"@id": _organisation(story), "@type": "Organization", "name": story.organisation.name}
    for site, name in story.hospitals.items():
        yield {"@id": f"#hospital-{site}", "@type": "Organization", "name": name}
    yield {"@id": _COORDINATOR, "@type": "Organization", "name": f"Coordinator of {story.origin}"}
    yield {
        "@id": _SOFTWARE,
        "@type": "SoftwareApplication",
        "name": "Onggi coordinator",
        "version": __version__,
        "url": story.address,
        "provider": ref(_COORDINATOR),
    }


def _question(story: Story) -> Iterator[Entity]:
    """The workflow, and the data set that it was run on."""
    spec = story.job.spec
    yield {
        "@id": WORKFLOW,
        "@type": "Dataset",
        "name": f"The job's specification as a workflow: {spec.title}",
        "conformsTo": ref(WORKFLOW_PROFILE),
        "identifier": story.job.digest,
        "hasPart": [ref(files.JOB)],
    }
    yield {
        "@id": "#dataset",
        "@type": "PropertyValue",
        "name": "dataset",
        "value": spec.dataset,
        "exampleOfWork": ref("#dataset-parameter"),
    }
    yield {"@id": "#dataset-parameter", "@type": "FormalParameter", "name": "dataset"}


def _logged(story: Story) -> Iterator[tuple[str, SignedAct]]:
    yield files.PERMIT, story.permit
    for number, act in enumerate(story.approvals, start=1):
        yield files.approval_path(number), act
    for number, vote in enumerate(story.votes, start=1):
        yield files.vote_path(number), vote.act


def _files(story: Story, held: Sequence[CrateFile]) -> Iterator[Entity]:
    logged = {path for path, _ in _logged(story)}
    for each in held:
        more = {"additionalProperty": ref(_log_id(each.path))} if each.path in logged else {}
        yield {
            "@id": each.path,
            "@type": "File",
            "name": each.name,
            "encodingFormat": each.form,
            "contentSize": str(len(each.content)),
            **more,
        }


def _log_id(path: str) -> str:
    return f"#log-{path.rsplit('/', 1)[1].removesuffix('.json')}"


def _project(story: Story) -> str:
    return f"#{story.job.project}"


def _organisation(story: Story) -> str:
    return f"#organisation-{story.organisation.id}"


def _person(account: str) -> str:
    return f"#account-{account}"


def _member(member: str) -> str:
    return f"#member-{member}"
