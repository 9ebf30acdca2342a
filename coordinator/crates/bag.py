"""Packs a crate as a ZIP archive with one BagIt 1.0 bag (RFC 8493): the same story makes the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Final

from coordinator.crates.entities import METADATA
from coordinator.crates.files import crate_files
from coordinator.crates.graph import WORKFLOW, crate_graph, crate_id
from coordinator.crates.story import Story
from coordinator.crates.workflow import workflow_graph
from onggi.report.csv_text import LONG_AGO

_READABLE: Final = 0o644 << 16
_BAGIT: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def pack_crate(story: Story) -> bytes:
    """The archive; its one folder is called after the job."""
    held = crate_files(story)
    payload = {f"data/{each.path}": each.content for each in held}
    payload[f"data/{METADATA}"] = _json(crate_graph(story, held))
    payload[f"data/{WORKFLOW}{METADATA}"] = _json(workflow_graph(story))
    tags = {
        "bagit.txt": _BAGIT,
        "bag-info.txt": _bag_info(story, payload),
        "manifest-sha512.txt": _manifest(payload),
    }
    tags["tagmanifest-sha512.txt"] = _manifest(tags)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in {**tags, **dict(sorted(payload.items()))}.items():
            entry = zipfile.ZipInfo(f"{story.job.id}/{path}", LONG_AGO)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = _READABLE
            archive.writestr(entry, content)
    return out.getvalue()


def _bag_info(story: Story, payload: Mapping[str, bytes]) -> bytes:
    size = sum(map(len, payload.values()))
    lines = (
        f"External-Identifier: urn:uuid:{crate_id(story)}",
        f"Bagging-Date: {story.published:%Y-%m-%d}",
        f"Payload-Oxum: {size}.{len(payload)}",
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _manifest(contents: Mapping[str, bytes]) -> bytes:
    lines = (f"{hashlib.sha512(content).hexdigest()}  {path}\n" for path, content in sorted(contents.items()))
    return "".join(lines).encode()


def _json(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
