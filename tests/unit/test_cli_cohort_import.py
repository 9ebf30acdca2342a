"""`onggi cohort import`: from a real server, and never more than was asked for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from onggi.client import webapi
from onggi.errors import Unreachable
from onggi.words.catalogue import all_words
from tests.support.cohort_commands import COHORT, MISTAKES, Run, broken, said, typing_in, written


class _WebApi(BaseHTTPRequestHandler):
    """Answers as an OHDSI WebAPI does, and in some ways that it should not."""

    seen: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers.get("Authorization")))  # type: ignore[attr-defined]  # set below
        expression = COHORT.to_dict()
        answers: dict[str, tuple[int, bytes]] = {
            "/WebAPI/cohortdefinition/1": (
                200,
                json.dumps({"id": 1, "expression": COHORT.to_json()}).encode(),
            ),
            "/WebAPI/cohortdefinition/2": (200, json.dumps({"id": 2, "expression": expression}).encode()),
            "/WebAPI/cohortdefinition/2/expression": (200, json.dumps(expression).encode()),
            "/WebAPI/cohortdefinition/3": (200, b"<html>"),
            "/WebAPI/cohortdefinition/4": (200, b'{"id": 4}'),
            "/WebAPI/cohortdefinition/5": (302, b""),
            "/WebAPI/cohortdefinition/6": (200, b'"' + b"x" * webapi.LARGEST_DEFINITION),
        }
        status, body = answers.get(self.path, (404, b"{}"))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/WebAPI/cohortdefinition/1")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            return  # the reader had enough

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return typing_in(tmp_path / "home")


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _WebApi) as made:
        made.seen = []  # type: ignore[attr-defined]  # what was asked, for the tests
        serving = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield made
        finally:
            made.shutdown()
            serving.join()


def address(server: ThreadingHTTPServer, rest: str) -> str:
    return f"http://127.0.0.1:{server.server_port}/WebAPI/cohortdefinition/{rest}"


@pytest.mark.parametrize("rest", ["1", "2", "2/expression"])
def test_a_definition_is_fetched_from_a_real_server(
    run: Run, server: ThreadingHTTPServer, tmp_path: Path, rest: str
) -> None:
    out = tmp_path / "kept.json"
    told = said(run("import", address(server, rest), "-o", str(out), "--json"))
    assert told == {"file": str(out), "valid": True}
    assert json.loads(out.read_text()) == COHORT.to_dict()
    assert json.loads(run("import", address(server, rest)).stdout) == COHORT.to_dict()
    assert run("import", address(server, rest), "-o", str(out)).exit_code == 334
    assert server.seen[0][1] is None  # type: ignore[attr-defined]  # set by the fixture


def test_a_token_goes_to_the_named_server_alone(run: Run, server: ThreadingHTTPServer) -> None:
    run("import", address(server, "1"), "--secret-env", "T", T="secret-1")
    redirected = run("import", address(server, "5"), "--secret-env", "T", T="secret-1")
    assert "cohort.source_status" in redirected.stderr
    assert "302" in redirected.stderr
    assert server.seen == [  # type: ignore[attr-defined]  # set by the fixture
        ("/WebAPI/cohortdefinition/1", "Bearer secret-1"),
        ("/WebAPI/cohortdefinition/5", "Bearer secret-1"),
    ]
    assert "secret-1" not in redirected.output


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        ("3", "cohort.source_malformed"),
        ("4", "cohort.malformed"),
        ("5", "cohort.source_status"),
        ("6", "cohort.source_too_large"),
        ("7", "cohort.source_status"),
    ],
)
def test_an_answer_that_is_none(run: Run, server: ThreadingHTTPServer, rest: str, code: str) -> None:
    result = run("--json", "import", address(server, rest))
    assert json.loads(result.stdout)["error"]["code"] == code
    assert result.exit_code == all_words()[code].exit


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("http://webapi.example/WebAPI/cohortdefinition/1", "cohort.source_address"),
        ("ftp://127.0.0.1/1", "cohort.source_address"),
        ("https://name:word@webapi.example/1", "cohort.source_address"),
        ("https://", "cohort.source_address"),
        ("https://atlas.example/atlas/#/cohortdefinition/1", "cohort.source_page"),
        ("http://127.0.0.1:1/WebAPI/cohortdefinition/1", "cohort.source_unreachable"),
        ("no-such-file.json", "client.file_unreadable"),
    ],
)
def test_a_source_that_is_none(run: Run, source: str, code: str) -> None:
    assert json.loads(run("--json", "import", source).stdout)["error"]["code"] == code


def test_a_server_that_speaks_on_without_end_is_left(server: ThreadingHTTPServer) -> None:
    moments = iter([0.0, 1000.0])
    with pytest.raises(Unreachable) as error:
        webapi.fetch_definition(address(server, "2"), clock=lambda: next(moments))
    assert error.value.code == "cohort.source_unreachable"


def test_a_definition_with_problems_is_imported_and_they_are_told(run: Run, tmp_path: Path) -> None:
    result = run("import", written(tmp_path, broken()))
    assert json.loads(result.stdout) == broken()
    assert result.stderr.count("[cohort.") == len(MISTAKES)
