"""Whatever goes wrong on the way becomes one coded error; the token is seen nowhere else."""

from __future__ import annotations

import json
import logging
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from onggi.client.connection import connect
from onggi.client.replies import Me, Reply
from onggi.client.told_errors import exit_code_of, words_of
from onggi.client.transport import Transport, open_transport
from onggi.errors import NotTrusted, OnggiError, Refused, Unreachable

TOKEN = "onggi_a-secret-token"  # a made-up value to look for
ME = {"account": "a", "organisation": "o", "roles": [], "scopes": [], "member": None, "site": None}


def answering(*answers: httpx.Response | Exception) -> tuple[Transport, list[httpx.Request], list[float]]:
    """A transport that gets these answers one after another."""
    waiting, seen, slept = list(answers), [], []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = waiting.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    over = httpx.MockTransport(handle)
    return open_transport("https://c.example", token=TOKEN, over=over, sleep=slept.append), seen, slept


def caught(transport: Transport, method: str = "GET", **more: Any) -> OnggiError:
    with pytest.raises(OnggiError) as error:
        transport.ask(method, "/me", Me, **more)
    assert TOKEN not in str(error.value)
    assert error.value.__cause__ is None
    return error.value


def refusal(status: int, code: str, /, **facts: Any) -> httpx.Response:
    words = {"cause_ko": "원인", "cause_en": "The cause", "next_ko": "다음", "next_en": "The next act"}
    return httpx.Response(status, json={"code": code, "facts": facts, **words})


def test_harmless_requests_are_repeated_a_few_times_with_growing_pauses() -> None:
    busy, broken = httpx.Response(503), httpx.ReadError("cut")
    transport, seen, slept = answering(busy, broken, httpx.Response(200, json=ME))
    assert transport.ask("GET", "/me", Me).account == "a"
    assert (len(seen), slept) == (3, [0.2, 0.4])
    transport, seen, slept = answering(*[httpx.ConnectError("no")] * 9)
    assert caught(transport).code == "client.no_connection"
    assert (len(seen), len(slept)) == (4, 3)


def test_what_is_not_harmless_is_asked_once() -> None:
    transport, seen, _ = answering(*[httpx.Response(503)] * 9)
    assert caught(transport, "POST", body={}).code == "client.gateway"
    transport, seen, _ = answering(*[httpx.ReadTimeout("slow")] * 9)
    assert caught(transport, "POST", body={}).code == "client.timed_out"
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (httpx.ConnectTimeout("x"), Unreachable, "client.timed_out"),
        (httpx.ProxyError("x"), Unreachable, "client.no_connection"),
        (httpx.RemoteProtocolError("x"), Unreachable, "client.connection_broken"),
        (
            httpx.Response(302, headers={"location": "https://evil.example"}),
            NotTrusted,
            "client.answer_malformed",
        ),
        (httpx.Response(200, text="<html>hotel login</html>"), NotTrusted, "client.answer_malformed"),
        (httpx.Response(200, json={"account": 1}), NotTrusted, "client.answer_malformed"),
        (httpx.Response(404, text="nginx"), NotTrusted, "client.answer_malformed"),
        (httpx.Response(502, text="<html>"), Unreachable, "client.gateway"),
        (refusal(404, "job.not_found"), Refused, "job.not_found"),
        (refusal(409, "log.forked", known=1, offered=2), NotTrusted, "log.forked"),
        (refusal(500, "coordinator.fault"), Unreachable, "coordinator.fault"),
        (refusal(409, "../../etc"), NotTrusted, "client.answer_malformed"),
    ],
)
def test_every_answer_has_its_kind_and_code(
    answer: httpx.Response | Exception, kind: type[OnggiError], code: str
) -> None:
    transport, seen, _ = answering(*[answer] * 4)
    error = caught(transport)
    assert (type(error).__mro__.count(kind), error.code) == (1, code)
    assert {request.url.host for request in seen} == {"c.example"}


def test_an_endless_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onggi.client.transport.LARGEST_ANSWER", 1000)
    transport, _, _ = answering(httpx.Response(200, content=b" " * 1001))
    assert caught(transport).code == "client.answer_too_large"


def test_a_newer_coordinators_code_brings_its_own_words_made_harmless() -> None:
    transport, _, _ = answering(refusal(409, "newer.thing", code="\x1b[2Jx", self="y"))
    error = caught(transport)
    assert words_of(error, "en") == ("The cause", "The next act")
    assert words_of(error, "ko") == ("원인", "다음")
    assert error.facts == {"code": "[2Jx", "self": "y"}
    assert exit_code_of(error) == 300


def test_the_token_is_in_no_representation_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    over = httpx.MockTransport(lambda request: httpx.Response(200, json=ME))
    with (
        caplog.at_level(logging.DEBUG),
        connect("https://c.example", token=TOKEN, over=over, environment={}) as client,
    ):
        client.me()
        shown = [repr(client), repr(client.transport), repr(client.log), str(client.transport.http.headers)]
    assert TOKEN not in "".join([*shown, caplog.text])


def test_the_token_goes_out_as_a_bearer_and_absent_queries_are_left_out() -> None:
    transport, seen, _ = answering(httpx.Response(200, json={}))
    transport.ask("GET", "/x", Reply, query={"a": None, "b": 1})
    assert seen[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert str(seen[0].url) == "https://c.example/v1/x?b=1"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://c.example", "client.url_not_https"),
        ("http://127.0.0.1.evil.example", "client.url_not_https"),
        ("http://10.0.0.1:8400", "client.url_not_https"),
        ("ftp://c.example", "client.url_malformed"),
        ("https://name:secret@c.example", "client.url_malformed"),
        ("c.example", "client.url_malformed"),
        ("https://c.example?x=1", "client.url_malformed"),
        ("https://", "client.url_malformed"),
    ],
)
def test_only_verified_addresses_are_asked(url: str, code: str) -> None:
    with pytest.raises(Refused) as error:
        connect(url, token=TOKEN, environment={})
    assert error.value.code == code


@pytest.mark.parametrize("url", ["http://127.0.0.1:8400", "http://localhost:8400/v1/", "http://[::1]:8400"])
def test_this_machine_may_be_asked_in_clear(url: str) -> None:
    with connect(url, token=None, environment={}) as client:
        assert not client.transport.url.endswith(("/", "/v1"))


@pytest.mark.parametrize("token", ["", "a\nb", "한글"])
def test_a_token_that_cannot_be_a_header_is_refused(token: str) -> None:
    with pytest.raises(Refused) as error:
        connect("https://c.example", token=token, environment={})
    assert error.value.code == "client.token_missing"


# -- over real TLS ---------------------------------------------------------------------------------------


class _Me(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(ME).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Tests print nothing."""


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "ca.pem", folder / "server.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate, private


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    certificate, private = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    server = HTTPServer(("127.0.0.1", 0), _Me)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}", certificate
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_server_is_believed_by_its_own_ca_and_by_no_other(tls_server: tuple[str, Path]) -> None:
    url, authority = tls_server
    with connect(url, token=TOKEN, ca_file=authority, environment={}) as client:
        assert client.me().account == "a"
    with connect(url, token=TOKEN, environment={}) as stranger, pytest.raises(NotTrusted) as error:
        stranger.me()
    assert (error.value.code, error.value.facts["host"]) == ("client.certificate_not_trusted", "localhost")


def test_a_certificate_for_another_name_is_not_believed(tls_server: tuple[str, Path]) -> None:
    url, authority = tls_server
    with (
        connect(
            url.replace("localhost", "127.0.0.1"), token=TOKEN, ca_file=authority, environment={}
        ) as client,
        pytest.raises(NotTrusted) as error,
    ):
        client.me()
    assert error.value.code == "client.certificate_not_trusted"


def test_a_missing_ca_file_is_an_error_and_not_the_systems(tmp_path: Path) -> None:
    with pytest.raises(Refused) as error:
        connect("https://c.example", token=TOKEN, ca_file=tmp_path / "none.pem", environment={})
    assert error.value.code == "client.file_unreadable"
