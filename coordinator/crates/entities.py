"""The small pieces of a crate's description in JSON-LD."""

from __future__ import annotations

from typing import Any, Final

METADATA: Final = "ro-crate-metadata.json"
WORKFLOW_PROFILE: Final = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
_CONTEXT: Final = "https://w3id.org/ro/crate/1.2/context"
_RO_CRATE: Final = "https://w3id.org/ro/crate/1.2"
_STATUS: Final = "http://schema.org/{}ActionStatus"
_PHASE: Final = "https://w3id.org/shp#{}"
Entity = dict[str, Any]


def document(root: Entity, *entities: Entity) -> Entity:
    """A metadata document of RO-Crate 1.2 about this root."""
    descriptor = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "about": ref("./"),
        "conformsTo": ref(_RO_CRATE),
    }
    return {"@context": _CONTEXT, "@graph": [descriptor, root, *entities]}


def action(name: str, kind: str, words: str, phase: str | None = None, *, completed: bool = True) -> Entity:
    """An action that is over. `phase`: its name in the Safe Haven Provenance ontology."""
    status = _STATUS.format("Completed" if completed else "Failed")
    more = {} if phase is None else {"additionalType": ref(_PHASE.format(phase))}
    return {"@id": f"#{name}", "@type": kind, **more, "name": words, "actionStatus": status}


def named(identifier: str, name: str) -> Entity:
    """A work that stands elsewhere."""
    return {"@id": identifier, "@type": "CreativeWork", "name": name}


def ref(identifier: str) -> Entity:
    return {"@id": identifier}
