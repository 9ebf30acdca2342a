"""Describes a job's specification as a Workflow RO-Crate 1.0, nested in the job's crate."""

from __future__ import annotations

from coordinator.crates.entities import WORKFLOW_PROFILE, Entity, document, named, ref
from coordinator.crates.story import Story
from onggi.spec.base import as_instant


def workflow_graph(story: Story) -> Entity:
    """The metadata document of the nested crate: the specification, and the code that it names by digest."""
    job, spec = story.job, story.job.spec
    code = spec.code.model_dump()
    main = "job.json"
    root = {
        "@id": "./",
        "@type": "Dataset",
        "conformsTo": ref(WORKFLOW_PROFILE),
        "name": spec.title,
        "description": f"The specification of job {job.id}: one exact computation, by digest.",
        "datePublished": as_instant(job.submitted),
        "license": ref("#terms"),
        "hasPart": [ref(main)],
        "mainEntity": ref(main),
    }
    workflow = {
        "@id": main,
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        "name": spec.title,
        "encodingFormat": "application/json",
        "identifier": job.digest,
        "programmingLanguage": ref("#job-specification"),
        "softwareRequirements": [ref(f"#code-{name}") for name in code],
    }
    language = {
        "@id": "#job-specification",
        "@type": "ComputerLanguage",
        "name": "Onggi job specification",
        "version": str(spec.version),
        "url": story.address,
    }
    parts = [
        {
            "@id": f"#code-{name}",
            "@type": "SoftwareApplication",
            "name": f"Onggi: {name}",
            "version": digest,
            "url": f"{story.address}/en/code/{digest}",
        }
        for name, digest in code.items()
    ]
    terms = {"@id": "#terms", "@type": "CreativeWork", "name": f"Terms of the permit {job.permit}"}
    return document(root, workflow, language, *parts, terms, named(WORKFLOW_PROFILE, "Workflow RO-Crate"))
