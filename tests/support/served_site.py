"""An ASGI application over real TLS on a free loopback port, and a real browser that looks at it."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "localhost"
_STARTS_WITHIN_S = 20.0
_FLAGS = ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--font-render-hinting=none"]


@contextmanager
def served(app: Any, folder: Path, *, tls: bool = True, port: int = 0) -> Iterator[str]:
    """Serves the application; yields its address."""
    listener = socket.create_server(("127.0.0.1", port))
    files = certificate_files(folder) if tls else (None, None)
    config = uvicorn.Config(
        app,
        log_level="error",
        ssl_certfile=files[0],
        ssl_keyfile=files[1],
        server_header=False,
        lifespan="off",
        ws="none",  # pages have none, and its default warns of an old library
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    ends = time.monotonic() + _STARTS_WITHIN_S
    while not server.started:
        if time.monotonic() > ends or not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    try:
        yield f"{'https' if tls else 'http'}://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def certificate_files(folder: Path) -> tuple[str, str]:
    """A certificate of this computer and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(HOST), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "page.pem", folder / "page.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.touch(mode=0o600)
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, secret)
    return str(certificate), str(secret)


@cache
def find_chromium() -> str | None:
    """Debian's browser; tests that need one say so where it is absent."""
    return shutil.which("chromium")


@contextmanager
def browser() -> Iterator[Any]:
    """A headless browser of our own; it ends with the block. Skips the test where none is installed.

    Keep it within one module: while it runs, this thread has a running event loop.
    """
    if find_chromium() is None:
        pytest.skip("chromium is not installed: make test installs it")
    from playwright.sync_api import sync_playwright

    flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=find_chromium(), args=flags)
        try:
            yield started
        finally:
            started.close()
