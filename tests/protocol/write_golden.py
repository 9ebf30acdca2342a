"""Writes the golden messages of protocol version 1. Run once per new message; existing files never change.

python -m tests.protocol.write_golden
"""

from __future__ import annotations

from pathlib import Path

from google.protobuf import json_format
from google.protobuf.message import Message

from onggi.protocol import node_service_pb2 as pb

FOLDER = Path(__file__).parent / "v1"


def messages() -> dict[str, Message]:
    """One of each message, every field set, by file name."""
    certificate = pb.Certificate(certificate=b"-----BEGIN-1", authority=b"-----BEGIN-2")
    hello = pb.Hello(
        version_min=1,
        version_max=3,
        software="0.1.0",
        root_version=4,
        log_size=12345678901,
        orders=["order-1", "order-2"],
        window=16777216,
    )
    welcome = pb.Welcome(
        version=1, server_time_ms=1795327200123, heartbeat_ms=2000, window=16777216, software="0.1.0"
    )
    chunk = pb.Chunk(id="p-2", offset=2097152, sha256=bytes(range(32)), data=b"the last piece")
    parcels = {
        f"parcel_{name.lower()}": pb.FromNode(
            parcel=pb.Parcel(id="p-1", kind=name, about="run-1", body=b"\x00\xffbody")
        )
        for name, number in pb.ParcelKind.items()
        if number
    }
    return {
        "enroll_request": pb.EnrollRequest(site="seoul", secret="A" * 43, csr=b"\x30\x00"),
        "certificate": certificate,
        "renew_request": pb.RenewRequest(
            csr=b"\x30\x01", expired_certificate=b"\x30\x02", challenge=b"\x03" * 56, signature=b"\x30\x04"
        ),
        "renew_answer": pb.RenewAnswer(
            challenge=b"\x03" * 56, server_time_ms=1795327200123, certificate=certificate
        ),
        "hello": pb.FromNode(hello=hello),
        "welcome": pb.FromCoordinator(welcome=welcome),
        "heartbeat": pb.FromNode(heartbeat=pb.Heartbeat(sent_us=1), acks=["p-1", "p-2"], credit=4096),
        "heartbeat_answer": pb.FromCoordinator(heartbeat=pb.Heartbeat(echo_us=1)),
        "begin": pb.FromNode(begin=pb.Begin(id="p-2", kind=pb.SUM, about="run-1", length=41943040)),
        "resume": pb.FromCoordinator(resume=pb.Resume(id="p-2", offset=2097152)),
        "chunk": pb.FromNode(chunk=chunk, credit=7),
        "error": pb.FromCoordinator(
            error=pb.Error(code="link.unknown_kind", id="p-9", final=True, limit=1048576)
        ),
        "confirmations_alone": pb.FromCoordinator(acks=["p-1"], credit=100),
        **parcels,
    }


def main() -> None:
    """Write what is missing; refuse to change what is there."""
    FOLDER.mkdir(exist_ok=True)
    for name, message in messages().items():
        binary, text = FOLDER / f"{name}.bin", FOLDER / f"{name}.json"
        raw = message.SerializeToString(deterministic=True)
        if binary.exists() and binary.read_bytes() != raw:
            raise SystemExit(f"{binary} is golden and would change: add a new message instead")
        binary.write_bytes(raw)
        shown = json_format.MessageToJson(message, preserving_proto_field_name=True, sort_keys=True)
        type_line = f'{{"type": "{message.DESCRIPTOR.full_name}", "message": '
        text.write_text(f"{type_line}{shown}}}\n")


if __name__ == "__main__":
    main()
