"""A real OpenID Connect provider (Canaille) as a process of its own, with one person and one client."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.demo.processes import free_port
from tests.support.page_visitor import Page
from tests.support.raised_codes import REPOSITORY
from tests.support.served_site import certificate_files

PERSON, PASSWORD = "person-1", "a password of the other log-in"
CLIENT, SECRET = "onggi-coordinator", "a-secret-of-the-client-alone"
_COMMAND = REPOSITORY / ".oidc-provider" / "bin" / "canaille"
_STARTS_WITHIN_S = 60.0


@dataclass(frozen=True)
class RealProvider:
    """Where it is, and whose certificate it shows."""

    issuer: str
    ca_file: Path

    def authorize(self, address: str) -> str:
        """A person signs in there and agrees; returns the address to which the browser is sent back.

        A second is left between two: the provider fails at a second token of the same person in one second.
        """
        time.sleep(1.0)
        with httpx.Client(verify=_trust(self.ca_file), trust_env=False, timeout=30.0) as browser:
            answer = browser.get(address)
            for _ in range(12):
                if answer.is_redirect:
                    following = str(answer.url.join(answer.headers["location"]))
                    if not following.startswith(self.issuer):
                        return following
                    answer = browser.get(following)
                else:
                    answer = self._send(browser, answer)
        raise AssertionError("the provider never sent the browser back")

    def _send(self, browser: httpx.Client, shown: httpx.Response) -> httpx.Response:
        typed = {"login": PERSON, "password": PASSWORD}
        forms = [each for each in Page(shown).forms if each.method.lower() == "post"]
        assert forms, f"{shown.status_code} at {shown.url.path}: {Page(shown).words[:300]}"
        form = forms[-1]
        fields = {name: typed.get(name, value) for name, value in form.fields}
        if shown.url.path.endswith("/authorize"):
            fields["answer"] = "accept"
        headers = {"Referer": str(shown.url)}
        return browser.post(str(shown.url.join(form.action)), data=fields, headers=headers)


@contextmanager
def real_provider(folder: Path, *, redirect_uri: str) -> Iterator[RealProvider]:
    """Skips the test where its environment was not made."""
    if not _COMMAND.exists():
        pytest.skip(
            "no package registry reached and no provider environment prepared: make .stamps/oidc-provider"
        )
    certificate, _ = certificate_files(folder)
    issuer = f"https://localhost:{free_port()}"
    environment = _settings(folder, issuer)
    _run(environment, "install")
    _run(
        environment, "create", "user", "--user-name", PERSON, "--password", PASSWORD,
        "--family-name", "One", "--emails", "person-1@example.org",
    )  # fmt: skip
    made = _run(
        environment, "create", "client",
        "--client-id", CLIENT, "--client-secret", SECRET,
        "--client-name", "Coordinator", "--redirect-uris", redirect_uri,
        "--grant-types", "authorization_code", "--response-types", "code",
        "--scope", "openid", "--token-endpoint-auth-method", "client_secret_basic",
    )  # fmt: skip
    # As registering over its pages does: the client is its tokens' one audience.
    own = str(json.loads(made)["id"])
    _run(environment, "set", "client", own, "--audience", own)
    with (folder / "provider.log").open("wb") as log:
        process = subprocess.Popen(
            [str(_COMMAND), "run"],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(issuer, Path(certificate), process)
        yield RealProvider(issuer, Path(certificate))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _settings(folder: Path, issuer: str) -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk: dict[str, Any] = jwt.get_algorithm_by_name("RS256").to_jwk(key, as_dict=True)  # type: ignore[call-overload]
    jwk = {name: value for name, value in jwk.items() if isinstance(value, str)}
    named = jwk | {"kid": "key-1", "use": "sig", "alg": "RS256"}
    host = issuer.removeprefix("https://")
    lines = [
        'SECRET_KEY = "of this test alone"',
        f'SERVER_NAME = "{host}"',
        'PREFERRED_URL_SCHEME = "https"',
        "[CANAILLE]",
        'DATABASE = "sql"',
        "JAVASCRIPT = false",
        "[CANAILLE_SQL]",
        f'DATABASE_URI = "sqlite:///{folder}/provider.sqlite"',
        "[CANAILLE_HYPERCORN]",
        f'BIND = ["{host.replace("localhost", "127.0.0.1")}"]',
        f'CERTFILE = "{folder}/page.pem"',
        f'KEYFILE = "{folder}/page.key"',
        "[CANAILLE_OIDC]",
        "TRUSTED_DOMAINS = []",
        "[[CANAILLE_OIDC.ACTIVE_JWKS]]",
        *(f"{name} = {json.dumps(value)}" for name, value in named.items()),
    ]
    (folder / "provider.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"CANAILLE_CONFIG": str(folder / "provider.toml"), "PATH": os.environ["PATH"], "HOME": str(folder)}


def _run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [str(_COMMAND), *words], env=environment, cwd=environment["HOME"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _wait(issuer: str, certificate: Path, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + _STARTS_WITHIN_S
    while True:
        try:
            address = f"{issuer}/.well-known/openid-configuration"
            if httpx.get(address, verify=_trust(certificate), trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        if time.monotonic() > ends or process.poll() is not None:
            raise RuntimeError("the provider did not start: see provider.log")
        time.sleep(0.1)


def _trust(certificate: Path) -> Any:
    return ssl.create_default_context(cafile=str(certificate))
