"""A real browser with a virtual authenticator signs on the page that this computer serves.

And two rogue portals: one shows A and has B signed, one smuggles an approval into its own sign-in.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from infra.demo.processes import free_port
from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.protocol.canonical import digest_of, encode_base64
from onggi.protocol.dsse import Envelope, add_passkey_signature, verified_signers
from onggi.protocol.keys import FileKey, PublicKey, new_private_pem
from onggi.protocol.papers import Paper, read_paper
from onggi.protocol.passkey import PasskeyProof, challenge_for
from onggi.protocol.rendering import UNSET, with_summary
from onggi.protocol.sealing import draft_statement
from onggi.protocol.statements import Revocation
from onggi.protocol.trust_root import TrustRoot
from onggi.signing_page.local_host import sign_on_this_computer
from tests.support.federation_root import COMMITTEE, NOW, make_root, member
from tests.support.served_site import browser, served

SIGNER = COMMITTEE[0]
WITHIN_S = 60.0


def paper_about(reason: str, *, root: TrustRoot) -> Paper:
    act = with_summary(
        Revocation(
            id="revocation-0001",
            federation=root.federation,
            issued=NOW,
            expires=root.expires,
            summary=UNSET,
            what="permit",
            target="permit-0001",
            reason=reason,
        )
    )
    envelope = draft_statement(act, subject=act.id, digest=digest_of(act))
    return read_paper(envelope, root=root)


@dataclass(frozen=True)
class Signer:
    """A member whose passkey lies in the browser's virtual authenticator."""

    private_pem: bytes
    port: int

    @property
    def key(self) -> FileKey:
        return FileKey.from_pem(self.private_pem)

    @property
    def root(self) -> TrustRoot:
        """The federation, in which this member signs with the passkey alone."""
        scope = {"origin": f"http://localhost:{self.port}", "rp_id": "localhost"}
        keys = [{"public_key": self.key.public_key.pem, "passkey": scope}]
        members = [member(name, external=name in COMMITTEE[3:]) for name in COMMITTEE]
        members[0] = {**members[0], "keys": keys}
        others = [PublicKey.from_pem(each["keys"][0]["public_key"]).fingerprint for each in members[1:]]
        return make_root(members=members, root_rule={"threshold": 2, "keys": others})


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as started:
        yield started


@pytest.fixture
def signer() -> Signer:
    return Signer(new_private_pem(), free_port())


@pytest.fixture
def page(chromium: Any, signer: Signer) -> Iterator[Any]:
    context = chromium.new_context(ignore_https_errors=True)
    made = context.new_page()
    give_passkey(made, signer.private_pem)
    yield made
    context.close()


def give_authenticator(page: Any) -> tuple[Any, str]:
    """An authenticator whose person is always present and verified, and the way to it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made = devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return devtools, made["authenticatorId"]


def give_passkey(page: Any, private_pem: bytes) -> None:
    """An authenticator with one discoverable passkey."""
    devtools, authenticator = give_authenticator(page)
    private = serialization.load_pem_private_key(private_pem, password=None).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    devtools.send(
        "WebAuthn.addCredential",
        {
            "authenticatorId": authenticator,
            "credential": {
                "credentialId": base64.b64encode(b"passkey-0001").decode(),
                "isResidentCredential": True,
                "rpId": "localhost",
                "userHandle": base64.b64encode(SIGNER.encode()).decode(),
                "privateKey": base64.b64encode(private).decode(),
                "signCount": 1,
            },
        },
    )


class _Waiting:
    """The command that waits in its terminal while the person signs in the browser."""

    def __init__(self, paper: Paper, signer: Signer, *, language: Any = "en") -> None:
        self.signed: Envelope | None = None
        self.refused: OnggiError | None = None
        self._address: list[str] = []
        self._shown = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(paper, signer, language), daemon=True)
        self._thread.start()

    def _run(self, paper: Paper, signer: Signer, language: Any) -> None:
        def show(address: str) -> None:
            self._address.append(address)
            self._shown.set()

        try:
            self.signed = sign_on_this_computer(
                paper,
                root=signer.root,
                language=language,
                clock=lambda: NOW,
                show=show,
                port=signer.port,
                within_s=WITHIN_S,
            )
        except OnggiError as refused:
            self.refused = refused
            self._shown.set()

    @property
    def address(self) -> str:
        assert self._shown.wait(WITHIN_S)
        return self._address[0]

    def ended(self) -> None:
        self._thread.join(WITHIN_S)
        assert not self._thread.is_alive()


@pytest.mark.parametrize(("language", "act"), [("en", "Sign with a passkey"), ("ko", "패스키로 서명")])
def test_a_person_reads_and_signs_with_a_passkey(page: Any, signer: Signer, language: str, act: str) -> None:
    paper = paper_about("the purpose has changed <b>", root=signer.root)
    waiting = _Waiting(paper, signer, language=language)
    page.goto(waiting.address)
    assert page.locator("pre").inner_text().strip() == paper.rendering.strip()
    page.get_by_role("button", name=act).click()
    page.wait_for_load_state()
    waiting.ended()
    assert waiting.signed is not None
    [key] = verified_signers(waiting.signed, signer.root.keys_of("committee"))
    assert key.holder == SIGNER
    assert waiting.signed.body == paper.envelope.body


def test_signing_needs_no_mouse(page: Any, signer: Signer) -> None:
    waiting = _Waiting(paper_about("by keyboard", root=signer.root), signer)
    page.goto(waiting.address)
    page.keyboard.press("Tab")  # the text, which scrolls
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Signed").wait_for()
    waiting.ended()
    assert waiting.signed is not None


def test_a_portal_that_shows_a_and_has_b_signed_is_caught(page: Any, signer: Signer) -> None:
    shown, asked = (paper_about(reason, root=signer.root) for reason in ("harmless", "everything"))
    with pytest.raises(NotTrusted) as caught:
        read_paper(asked.envelope, root=signer.root, shown=shown.rendering)
    assert caught.value.code == "client.rendering_differs", "the command line ends before any page opens"
    waiting = _Waiting(asked, signer)
    page.goto(waiting.address)
    told = page.locator("pre").inner_text()
    assert "everything" in told, "what is signed is what this computer shows"
    assert "harmless" not in told
    page.get_by_role("button").click()
    page.get_by_text("Signed").wait_for()
    waiting.ended()
    assert waiting.signed is not None
    moved = waiting.signed.model_copy(update={"payload": shown.envelope.payload})
    with pytest.raises(NotTrusted) as caught:
        verified_signers(moved, signer.root.keys_of("committee"))
    assert caught.value.code == "passkey.wrong_challenge", "a signature cannot be moved to another paper"


_SIGN_IN = """<!doctype html><title>Sign in</title><button>Sign in with a passkey</button><script>
document.querySelector("button").onclick = async () => {
  const bytes = (t) => Uint8Array.from(atob(t.replace(/-/g, "+").replace(/_/g, "/")), (s) => s.charCodeAt(0));
  const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b)));
  const { response } = await navigator.credentials.get({ publicKey: {
    challenge: bytes("CHALLENGE"), rpId: "localhost", userVerification: "required" } });
  await fetch("/took", { method: "POST", body: [response.authenticatorData, response.clientDataJSON,
    response.signature].map(text).join(" ") });
  document.title = "done";
};
</script>"""


def test_an_approval_smuggled_into_a_sign_in_is_caught(page: Any, signer: Signer, tmp_path: Path) -> None:
    """The rogue portal stands on another port of the same host, so that the passkey would even answer it."""
    paper = paper_about("smuggled", root=signer.root)
    challenge = challenge_for(paper.unsigned.signed_bytes)
    taken: list[str] = []

    async def sign_in(_request: Request) -> Response:
        return HTMLResponse(_SIGN_IN.replace("CHALLENGE", challenge))

    async def took(request: Request) -> Response:
        taken.append((await request.body()).decode())
        return Response(status_code=204)

    rogue = Starlette(routes=[Route("/", sign_in), Route("/took", took, methods=["POST"])])
    with served(rogue, tmp_path, tls=False) as address:
        page.goto(address)
        page.get_by_role("button").click()
        page.wait_for_function("document.title === 'done'")
    authenticator, client, signature = taken[0].split(" ")
    proof = PasskeyProof(authenticatorData=authenticator, clientDataJSON=client)
    forged = add_passkey_signature(
        paper.unsigned,
        fingerprint=signer.key.public_key.fingerprint,
        signature=base64.b64decode(signature),
        proof=proof,
    )
    assert encode_base64(base64.b64decode(authenticator)) == authenticator
    with pytest.raises(NotTrusted) as caught:
        verified_signers(forged, signer.root.keys_of("committee"))
    assert caught.value.code == "passkey.wrong_origin"


def test_the_page_answers_nobody_else(page: Any, signer: Signer) -> None:
    waiting = _Waiting(paper_about("mine alone", root=signer.root), signer)
    address = waiting.address
    api = page.context.request
    assert api.get(address.rsplit("/", 1)[0] + "/guessed").status == 404
    assert api.get(address, headers={"Host": "rebound.example"}).status == 403
    assert api.post(address, form={"signature": "x"}).status == 403, "no page of ours sent it"
    forged = {"Origin": f"http://localhost:{signer.port}"}
    assert api.post(address, form={"signature": "x"}, headers=forged).status == 422
    fields = {"authenticator_data": "AAAA", "client_data_json": "AAAA", "signature": "AAAA"}
    answer = api.post(address, form=fields, headers=forged)
    assert answer.status == 422
    assert "passkey" in answer.text().lower()
    assert waiting.signed is None
    page.goto(address)
    page.get_by_role("button").click()
    page.get_by_text("Signed").wait_for()
    waiting.ended()
    assert waiting.signed is not None, "a wrong answer leaves the page waiting"


def test_a_passkey_of_another_page_is_refused_before_anything_opens(signer: Signer) -> None:
    other = Signer(signer.private_pem, free_port())
    with pytest.raises(Refused) as refused:
        sign_on_this_computer(
            paper_about("elsewhere", root=signer.root),
            root=signer.root,
            language="en",
            clock=lambda: NOW,
            show=lambda _: pytest.fail("no page may open"),
            port=other.port,
        )
    assert refused.value.code == "signing.no_passkey_here"
