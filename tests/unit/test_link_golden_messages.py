"""Messages written by any earlier version of protocol 1 decode for ever, to the same values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.protobuf import json_format

from onggi.protocol import node_service_pb2 as pb
from onggi.protocol.link_frames import read_frame
from onggi.protocol.parcels import LinkLimits, ParcelKind

FOLDER = Path(__file__).parents[1] / "protocol" / "v1"
NAMES = sorted(path.stem for path in FOLDER.glob("*.bin"))


def test_the_collection_is_whole() -> None:
    assert len(NAMES) == 13 + len(ParcelKind)
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == NAMES
    assert {f"parcel_{kind.value}" for kind in ParcelKind} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_golden_bytes_decode_to_golden_values(name: str) -> None:
    told = json.loads((FOLDER / f"{name}.json").read_text())
    message_type = getattr(pb, told["type"].removeprefix("onggi.v1."))
    decoded = message_type.FromString((FOLDER / f"{name}.bin").read_bytes())
    assert json_format.MessageToDict(decoded, preserving_proto_field_name=True) == told["message"]
    assert json_format.ParseDict(told["message"], message_type()) == decoded
    if message_type in (pb.FromNode, pb.FromCoordinator):
        read = read_frame((FOLDER / f"{name}.bin").read_bytes(), message_type, limits=LinkLimits())
        assert read.what == decoded.WhichOneof("what")
