"""The floor under a round: the same bytes over bare bidirectional gRPC streams with mutual TLS, no more.

This process is the coordinator; every node is a process of its own (`python -m benchmarks.peers.raw_grpc`).
A round writes a message to every node at once and ends when all have answered. Nothing is checked, stored,
signed or computed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.demo.processes import command, environment

CHUNK = 2 * 2**20
_OPTIONS = [("grpc.max_receive_message_length", 16 * 2**20), ("grpc.max_send_message_length", 16 * 2**20)]
_METHOD = "Echo"
_SERVICE = "floor"


@dataclass(frozen=True, slots=True)
class Load:
    """How many bytes a round carries to each node and back."""

    down: int
    up: int

    @staticmethod
    def pieces(size: int) -> list[bytes]:
        """Random bytes in chunks; the first byte of each says whether another follows."""
        sizes = [min(CHUNK, size - begun) for begun in range(0, size, CHUNK)]
        return [
            (b"L" if place == len(sizes) - 1 else b"M") + os.urandom(one - 1)
            for place, one in enumerate(sizes)
        ]


def is_last(piece: bytes) -> bool:
    return piece[:1] == b"L"


class RawFederation:
    """Connected nodes; `round` takes one round and returns its seconds."""

    def __init__(self, streams: Sequence[Any], load: Load) -> None:
        self._streams = streams
        self._pieces = load.pieces(load.down)

    async def round(self) -> float:
        begun = time.perf_counter()
        await asyncio.gather(*(self._exchange(stream) for stream in self._streams))
        return time.perf_counter() - begun

    async def _exchange(self, stream: Any) -> None:
        for piece in self._pieces:
            await stream.write(piece)
        while not is_last(await stream.read()):
            pass


@contextlib.asynccontextmanager
async def raw_federation(folder: Path, *, nodes: int, load: Load) -> AsyncIterator[RawFederation]:
    """Server here, `nodes` processes that connect to it, until the block is left."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = _Authority()
    arrived: asyncio.Queue[Any] = asyncio.Queue()
    over = asyncio.Event()

    async def serve(_requests: object, stream: Any) -> None:
        await arrived.put(stream)
        await over.wait()

    server = grpc.aio.server(options=_OPTIONS)
    handler = grpc.stream_stream_rpc_method_handler(serve)
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(_SERVICE, {_METHOD: handler}),),
    )
    credentials = grpc.ssl_server_credentials([authority.issue("coordinator")], authority.pem, True)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    processes = [
        _start_node(folder, number, authority=authority, port=port, up=load.up) for number in range(nodes)
    ]
    try:
        streams = [await asyncio.wait_for(arrived.get(), 60.0) for _ in range(nodes)]
        yield RawFederation(streams, load)
    finally:
        over.set()
        await server.stop(1.0)
        for process in processes:
            await asyncio.to_thread(_end, process)


def _start_node(
    folder: Path, number: int, *, authority: _Authority, port: int, up: int
) -> subprocess.Popen[bytes]:
    key, chain = authority.issue(f"node-{number}")
    place = folder / f"node-{number}.pem"
    place.touch(mode=0o600)
    place.write_bytes(key + chain)
    (folder / "authority.pem").write_bytes(authority.pem)
    words = (str(port), str(place), str(folder / "authority.pem"), str(up))
    return subprocess.Popen(
        command("benchmarks.peers.raw_grpc", *words), env=environment(), stdin=subprocess.DEVNULL
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(5.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class _Authority:
    """Certificates for one measurement."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "floor")])
        self._certificate = self._sign(self._name, self._key, authority=True)
        self.pem = self._certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, name: str) -> tuple[bytes, bytes]:
        """(private key, certificate) for one side."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        certificate = self._sign(subject, key, authority=False)
        return private, certificate.public_bytes(serialization.Encoding.PEM)

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, authority: bool
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )


async def _be_node(port: int, identity: bytes, authority: bytes, up: int) -> None:
    """Answers every message with as many bytes as it was told, until the coordinator ends the stream."""
    answer = Load.pieces(up)
    credentials = grpc.ssl_channel_credentials(authority, identity, identity)
    async with grpc.aio.secure_channel(f"127.0.0.1:{port}", credentials, options=_OPTIONS) as channel:
        call = channel.stream_stream(f"/{_SERVICE}/{_METHOD}", None, None)(None)
        with contextlib.suppress(grpc.aio.AioRpcError, asyncio.CancelledError):
            await call.wait_for_connection()
            while isinstance(piece := await call.read(), bytes):
                if is_last(piece):
                    for one in answer:
                        await call.write(one)


if __name__ == "__main__":
    asyncio.run(
        _be_node(
            int(sys.argv[1]),
            Path(sys.argv[2]).read_bytes(),
            Path(sys.argv[3]).read_bytes(),
            int(sys.argv[4]),
        )
    )
