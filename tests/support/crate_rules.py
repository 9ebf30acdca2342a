"""What a packed crate must keep, rule by rule: BagIt 1.0, RO-Crate 1.2, the Five Safes profile 0.4.

Written from the specifications (RFC 8493; https://w3id.org/ro/crate/1.2; https://w3id.org/5s-crate/0.4), each
sentence with MUST that concerns a published crate as one rule. A rule yields what is wrong.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

STATES: Final = {
    f"http://schema.org/{each}ActionStatus" for each in ("Potential", "Active", "Completed", "Failed")
}
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
_ABSOLUTE: Final = re.compile(r"[a-z][a-z0-9+.-]*:")
ACTIONS: Final = {"CreateAction", "AssessAction", "UpdateAction", "DownloadAction"}
Entity = dict[str, Any]


@dataclass
class Crate:
    """An archive's files by path."""

    files: dict[str, bytes]

    @classmethod
    def read(cls, archive: bytes) -> Crate:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return cls({name: opened.read(name) for name in opened.namelist()})

    @property
    def bag(self) -> str:
        return next(iter(self.files)).split("/", 1)[0]

    def tag(self, name: str) -> str:
        return self.files.get(f"{self.bag}/{name}", b"").decode()

    @cached_property
    def payload(self) -> dict[str, bytes]:
        start = f"{self.bag}/data/"
        return {path.removeprefix(start): each for path, each in self.files.items() if path.startswith(start)}

    def document(self, folder: str = "") -> Entity:
        found: Entity = json.loads(self.payload[f"{folder}ro-crate-metadata.json"])
        return found

    def entities(self, folder: str = "") -> dict[str, Entity]:
        return {each["@id"]: each for each in self.document(folder)["@graph"]}

    @property
    def root(self) -> Entity:
        return self.entities()["./"]

    def one(self, reference: Any) -> Entity:
        """The entity that a property names; empty where it names none."""
        return self.entities().get(reference["@id"], {}) if isinstance(reference, dict) else {}


Rule = Callable[[Crate], Iterator[str]]
RULES: Final[dict[str, Rule]] = {}


def _rule(rule: Rule) -> Rule:
    RULES[rule.__name__] = rule
    return rule


def broken_rules(crate: Crate) -> dict[str, list[str]]:
    """What is wrong, by rule; empty where nothing is. A rule that cannot even be asked is broken."""
    found = {}
    for name, rule in RULES.items():
        try:
            wrong = list(rule(crate))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as bad:
            wrong = [repr(bad)]
        if wrong:
            found[name] = wrong
    return found


def types_of(entity: Mapping[str, Any]) -> list[str]:
    return _listed(entity.get("@type"))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _references(value: Any) -> Iterator[str]:
    for each in _listed(value):
        if isinstance(each, dict):
            yield each["@id"]


# BagIt


@_rule
def zip_holds_one_bag(crate: Crate) -> Iterator[str]:
    if {path.split("/", 1)[0] for path in crate.files} != {crate.bag}:
        yield "several top-level entries"
    if not re.match(r"BagIt-Version: 1\.\d+\n", crate.tag("bagit.txt")):
        yield "bagit.txt names no version from 1.0 on"


@_rule
def manifest_covers_the_payload(crate: Crate) -> Iterator[str]:
    told = dict(reversed(line.split("  ", 1)) for line in crate.tag("manifest-sha512.txt").splitlines())
    here = {f"data/{path}": hashlib.sha512(each).hexdigest() for path, each in crate.payload.items()}
    if told != here:
        yield f"differs for {sorted(set(told.items()) ^ set(here.items()))[:2]}"


@_rule
def tag_manifest_covers_the_tags(crate: Crate) -> Iterator[str]:
    told = dict(reversed(line.split("  ", 1)) for line in crate.tag("tagmanifest-sha512.txt").splitlines())
    names = {path.removeprefix(f"{crate.bag}/") for path in crate.files}
    tags = {name for name in names if not name.startswith(("data/", "tagmanifest-"))}
    if told != {name: hashlib.sha512(crate.tag(name).encode()).hexdigest() for name in tags}:
        yield "differs"


@_rule
def bag_info_identifies_the_crate(crate: Crate) -> Iterator[str]:
    if not re.search(r"^External-Identifier: urn:uuid:[0-9a-f-]{36}$", crate.tag("bag-info.txt"), re.M):
        yield "no External-Identifier"
    size = re.search(r"^Payload-Oxum: (\d+)\.(\d+)$", crate.tag("bag-info.txt"), re.M)
    if size and (int(size[1]), int(size[2])) != (sum(map(len, crate.payload.values())), len(crate.payload)):
        yield "Payload-Oxum is wrong"


# RO-Crate


@_rule
def descriptor_names_the_version(crate: Crate) -> Iterator[str]:
    described = crate.entities()["ro-crate-metadata.json"]
    if described["about"] != {"@id": "./"} or "CreativeWork" not in types_of(described):
        yield "describes no root"
    version = re.fullmatch(r"https://w3id\.org/ro/crate/1\.(\d+)", described["conformsTo"]["@id"])
    if version is None or int(version[1]) < 2:
        yield "declares no RO-Crate from 1.2 on"
    if crate.document()["@context"] != f"{described['conformsTo']['@id']}/context":
        yield "has another context"


@_rule
def root_is_complete(crate: Crate) -> Iterator[str]:
    if "Dataset" not in types_of(crate.root):
        yield "no Dataset"
    for name in ("name", "description", "datePublished", "license"):
        if not crate.root.get(name):
            yield f"no {name}"


@_rule
def graph_is_flat_and_names_are_unique(crate: Crate) -> Iterator[str]:
    graph = crate.document()["@graph"]
    if len({each["@id"] for each in graph}) != len(graph):
        yield "an @id stands twice"
    for each in graph:
        for name, value in each.items():
            for part in _listed(value):
                if isinstance(part, dict) and set(part) != {"@id"}:
                    yield f"{each['@id']}: {name} is nested"


@_rule
def every_reference_within_leads_somewhere(crate: Crate) -> Iterator[str]:
    known = crate.entities().keys()
    for each in crate.document()["@graph"]:
        for name, value in each.items():
            for wanted in _references(value):
                elsewhere = _ABSOLUTE.match(wanted) and name in ("conformsTo", "additionalType")
                if wanted not in known and not elsewhere:
                    yield f"{each['@id']}: {name} leads to {wanted}, which is not described"


@_rule
def every_entity_has_type_and_name(crate: Crate) -> Iterator[str]:
    for each in crate.document()["@graph"]:
        if not types_of(each) or (not each.get("name") and each["@id"] != "ro-crate-metadata.json"):
            yield each["@id"]


@_rule
def nothing_leads_out_of_the_crate(crate: Crate) -> Iterator[str]:
    for each in crate.document()["@graph"]:
        name = each["@id"]
        if not _ABSOLUTE.match(name) and (name.startswith("/") or ".." in name.split("/")):
            yield name


@_rule
def described_files_are_there_and_files_are_described(crate: Crate) -> Iterator[str]:
    described = {name for name, each in crate.entities().items() if "File" in types_of(each)}
    there = {path for path in crate.payload if not path.endswith("ro-crate-metadata.json")}
    if described != there:
        yield str(sorted(described ^ there)[:3])
    parts = {*_references(crate.root["hasPart"])}
    if not described <= parts:
        yield f"not a part: {sorted(described - parts)[:3]}"


@_rule
def software_has_an_address(crate: Crate) -> Iterator[str]:
    for folder in ("", "workflow/"):
        for name, each in crate.entities(folder).items():
            if {"SoftwareApplication", "ComputerLanguage"} & {*types_of(each)} and not each.get("url"):
                yield name


# Five Safes


@_rule
def root_declares_the_profile(crate: Crate) -> Iterator[str]:
    if crate.root["conformsTo"] != {"@id": "https://w3id.org/5s-crate/0.4"}:
        yield "another profile"
    if "Profile" not in types_of(crate.one(crate.root["conformsTo"])):
        yield "the profile is not described"


@_rule
def main_entity_is_a_workflow_crate(crate: Crate) -> Iterator[str]:
    workflow = crate.one(crate.root["mainEntity"])
    profile = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
    if "Dataset" not in types_of(workflow) or workflow["conformsTo"] != {"@id": profile}:
        yield "no Workflow RO-Crate"
    inner = crate.entities(workflow["@id"])
    main = inner[inner["./"]["mainEntity"]["@id"]]
    if not {"File", "SoftwareSourceCode", "ComputationalWorkflow"} <= {*types_of(main)}:
        yield "the nested crate's main entity is no workflow"
    if inner.get(main["programmingLanguage"]["@id"], {}).get("@type") != "ComputerLanguage":
        yield "the workflow has no language"
    if f"{workflow['@id']}{main['@id']}" not in crate.payload:
        yield "the workflow is not there"


@_rule
def run_is_requested_by_a_person(crate: Crate) -> Iterator[str]:
    runs = [each for each in _mentioned(crate) if "CreateAction" in types_of(each)]
    if len(runs) != 1:
        yield f"{len(runs)} runs are mentioned"
    if runs[0]["instrument"] != crate.root["mainEntity"]:
        yield "its instrument is not the workflow"
    agent = crate.one(runs[0]["agent"])
    if "Person" not in types_of(agent) or "Organization" not in types_of(crate.one(agent["affiliation"])):
        yield "no person with an affiliation asked for it"
    if crate.root["sourceOrganization"] not in agent["memberOf"]:
        yield "who asked does not belong to the project"


@_rule
def a_project_is_responsible(crate: Crate) -> Iterator[str]:
    if "Project" not in types_of(crate.one(crate.root["sourceOrganization"])):
        yield "no Project"


@_rule
def inputs_and_outputs_are_described(crate: Crate) -> Iterator[str]:
    (run,) = (each for each in _mentioned(crate) if "CreateAction" in types_of(each))
    for wanted in (*_references(run["object"]), *_references(run["result"])):
        if wanted not in crate.entities():
            yield wanted
    if not {*_references(run["result"])} <= {*_references(crate.root["hasPart"])}:
        yield "an output is no part of the crate"


@_rule
def every_action_is_mentioned_and_whole(crate: Crate) -> Iterator[str]:
    mentioned = {*_references(crate.root["mentions"])}
    for name, each in crate.entities().items():
        if not ACTIONS & {*types_of(each)}:
            continue
        if name not in mentioned:
            yield f"{name} is not mentioned"
        if each.get("actionStatus") not in STATES:
            yield f"{name} has no status"
        moments = [each[key] for key in ("startTime", "endTime") if key in each]
        if not moments or not all(_MOMENT.fullmatch(moment) for moment in moments):
            yield f"{name} has no time of RFC 3339"
        if not {*_references(each.get("agent"))}:
            yield f"{name} has no agent"


@_rule
def every_phase_of_a_published_crate_is_there(crate: Crate) -> Iterator[str]:
    phases = {each["additionalType"]["@id"] for each in _mentioned(crate) if "additionalType" in each}
    for name in ("SignOff", "DisclosureCheck", "GenerateCheckValue"):
        if f"https://w3id.org/shp#{name}" not in phases:
            yield name
    for each in _mentioned(crate):
        if "AssessAction" in types_of(each) and "./" not in _references(each["object"]):
            yield f"{each['@id']} is not about the crate"


@_rule
def software_acts_for_somebody(crate: Crate) -> Iterator[str]:
    for name, each in crate.entities().items():
        provider = crate.one(each.get("provider"))
        if "SoftwareApplication" in types_of(each) and "Organization" not in types_of(provider):
            yield name


@_rule
def it_is_published_by_a_body(crate: Crate) -> Iterator[str]:
    if "Organization" not in types_of(crate.one(crate.root["publisher"])):
        yield "no publisher"


def _mentioned(crate: Crate) -> list[Entity]:
    return [crate.entities()[name] for name in _references(crate.root["mentions"])]
