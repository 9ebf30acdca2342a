"""The signing page of this very computer: the paper in full, one button, and the outcome.

Two languages stand in the phrases below, as everywhere; the paper's own text holds both.
"""

from __future__ import annotations

from html import escape
from string import Template
from typing import Final

from onggi.protocol.papers import Paper
from onggi.protocol.passkey_signing import PasskeyRequest
from onggi.words.catalogue import Language

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("서명", "Sign"),
    "read": (
        "이 컴퓨터가 문서에서 직접 만든 글입니다. 다른 화면에서 본 내용과 다르면 서명하지 마십시오.",
        "This computer made this text from the paper itself. Do not sign if it differs from what you saw.",
    ),
    "named": ("문서가 가리키는 내용", "What the paper names"),
    "act": ("패스키로 서명", "Sign with a passkey"),
    "failed": (
        "패스키가 서명하지 않았습니다. 아무것도 보내지 않았습니다. 다시 눌러 보십시오.",
        "The passkey did not sign. Nothing has been sent. Try again.",
    ),
    "script": (
        "패스키는 스크립트가 있어야 쓸 수 있습니다. 터미널에서 --key 옵션으로 서명하십시오.",
        "Passkeys need scripts. Sign with --key in the terminal instead.",
    ),
    "done": ("서명했습니다", "Signed"),
    "close": ("이 창을 닫고 터미널로 돌아가십시오.", "Close this window and go back to the terminal."),
    "register": ("서명용 패스키 만들기", "Make a signing passkey"),
    "register_words": (
        "이 화면에서만 서명하는 패스키를 만듭니다. 다음 화면에서 그 패스키로 등록 문서에 서명합니다.",
        "This makes a passkey that signs on this page alone. On the next page it signs its registration.",
    ),
    "member": ("위원 이름 (연합 루트)", "Member, as the federation root names it"),
    "registered": ("등록 문서를 만들었습니다", "The registration is made"),
    "refused": ("서명할 수 없습니다", "This cannot be signed"),
}
_PAGE: Final = Template(
    '<!doctype html><html lang="$language"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>$title</title>'
    '<link rel="stylesheet" href="/signing.css"><script src="/passkey.js" defer></script>'
    '<script src="/new_passkey.js" defer></script></head>'
    "<body><main><h1>$title</h1>$body</main></body></html>"
)
_NEW: Final = Template(
    '<p class="notice">$register_words</p><p>$member: <strong>$name</strong></p>'
    '<form method="post" data-new-passkey data-rp="$rp" data-member="$name">'
    '<p class="wrong" role="alert" tabindex="-1" data-failed hidden>$failed</p>'
    '<input type="hidden" name="public_key"><input type="hidden" name="credential">'
    '<noscript><p class="wrong">$script</p></noscript>'
    '<button type="submit" hidden>$register</button></form>'
)
_FORM: Final = Template(
    '<p class="notice">$read</p><pre tabindex="0">$text</pre>$named'
    '<form method="post" data-challenge="$challenge" data-rp="$rp" data-credential="$credential">'
    '<p class="wrong" role="alert" tabindex="-1" data-failed hidden>$failed</p>'
    '<input type="hidden" name="authenticator_data"><input type="hidden" name="client_data_json">'
    '<input type="hidden" name="signature"><noscript><p class="wrong">$script</p></noscript>'
    '<button type="submit" hidden>$act</button></form>'
)


def _say(key: str, language: Language) -> str:
    korean, english = _WORDS[key]
    return escape(korean if language == "ko" else english)


def signing_page(paper: Paper, request: PasskeyRequest, *, language: Language) -> str:
    """The paper in full, then the button."""
    named = ""
    if paper.attached is not None:
        named = f'<h2>{_say("named", language)}</h2><pre tabindex="0">{escape(paper.attached)}</pre>'
    told = {key: _say(key, language) for key in ("read", "failed", "script", "act")}
    body = _FORM.substitute(
        told,
        text=escape(paper.rendering),
        named=named,
        challenge=escape(request.challenge),
        rp=escape(request.rp_id),
        credential=escape(request.credential),
    )
    return _PAGE.substitute(language=language, title=_say("title", language), body=body)


def new_passkey_page(member: str, *, rp_id: str, language: Language) -> str:
    """One button that makes a passkey for this page."""
    told = {key: _say(key, language) for key in ("register_words", "member", "failed", "script", "register")}
    body = _NEW.substitute(told, name=escape(member), rp=escape(rp_id))
    return _PAGE.substitute(language=language, title=_say("register", language), body=body)


def outcome_page(*, language: Language, refusal: tuple[str, str] | None = None, done: str = "done") -> str:
    """That it is signed; or the cause why not and what to do."""
    if refusal is None:
        title, body = _say(done, language), f"<p>{_say('close', language)}</p>"
    else:
        cause, following = refusal
        title = _say("refused", language)
        body = f'<p class="wrong" role="alert">{escape(cause)}</p><p>{escape(following)}</p>'
    return _PAGE.substitute(language=language, title=title, body=body)
