"""Makes a signing passkey on this computer and has it sign its own registration."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from onggi.errors import OnggiError
from onggi.protocol.dsse import Envelope
from onggi.protocol.keys import PublicKey
from onggi.protocol.papers import Paper
from onggi.protocol.passkey import PasskeyScope, challenge_for
from onggi.protocol.passkey_registration import draft_registration, find_member, own_key
from onggi.protocol.passkey_signing import PasskeyRequest, bytes_of, signed_by_one_of
from onggi.protocol.statements import PasskeyRegistration
from onggi.protocol.trust_root import TrustRoot
from onggi.signing_page.local_host import DEFAULT_PORT, browser_answer, local_origin, serve_until_done
from onggi.signing_page.page import new_passkey_page, outcome_page, signing_page
from onggi.words.catalogue import Language, public_words


@dataclass(slots=True, kw_only=True)
class RegisteringSession:
    """Two pages: the passkey is made, then it signs."""

    member: str
    root: TrustRoot
    scope: PasskeyScope
    language: Language
    clock: Callable[[], datetime]
    path: str = field(default_factory=lambda: f"/register/{secrets.token_urlsafe(24)}")
    paper: Paper | None = None
    signed: Envelope | None = None

    @property
    def origin(self) -> str:
        return self.scope.origin

    @property
    def is_done(self) -> bool:
        return self.signed is not None

    def page(self) -> str:
        return new_passkey_page(self.member, rp_id=self.scope.rp_id, language=self.language)

    def take(self, form: Mapping[str, str]) -> tuple[int, str]:
        try:
            if self.paper is None or "public_key" in form:
                return 200, self._asked_to_prove(form["public_key"], form["credential"])
            self.signed = prove_possession(self.paper, form)
        except OnggiError as refused:
            return 422, outcome_page(language=self.language, refusal=public_words(refused, self.language))
        return 200, outcome_page(language=self.language, done="registered")

    def _asked_to_prove(self, public_key: str, credential: str) -> str:
        key = PublicKey(bytes_of(public_key))
        now = self.clock()
        self.paper = draft_registration(self.member, key, scope=self.scope, root=self.root, now=now)
        return signing_page(self.paper, request_of(self.paper, credential), language=self.language)


def request_of(paper: Paper, credential: str) -> PasskeyRequest:
    """What the new passkey is asked to sign."""
    assert isinstance(paper.predicate, PasskeyRegistration)
    challenge = challenge_for(paper.unsigned.signed_bytes)
    return PasskeyRequest(challenge=challenge, rp_id=paper.predicate.rp_id, credential=credential)


def prove_possession(paper: Paper, form: Mapping[str, str]) -> Envelope:
    """The registration with the new passkey's own signature. Raises NotTrusted(``passkey.*``), KeyError."""
    assert isinstance(paper.predicate, PasskeyRegistration)
    key = own_key(paper.predicate)
    return signed_by_one_of(paper, browser_answer(form), keys={key.fingerprint: key})


def register_on_this_computer(
    member: str,
    *,
    root: TrustRoot,
    language: Language,
    clock: Callable[[], datetime],
    show: Callable[[str], None],
    port: int = DEFAULT_PORT,
) -> Envelope:
    """The registration, signed by the passkey that was made.

    Raises:
        Refused: ``signing.port_taken``, ``signing.nobody_signed``, ``registration.unknown_member``.
    """
    find_member(root, member)  # refused before anything is served
    scope = PasskeyScope(origin=local_origin(port), rp_id="localhost")
    session = RegisteringSession(member=member, root=root, scope=scope, language=language, clock=clock)
    serve_until_done(session, port=port, show=show)
    assert session.signed is not None
    return session.signed
