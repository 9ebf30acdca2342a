"""Fetches a cohort definition from an OHDSI WebAPI: encrypted, bounded in size and time, nothing followed.

* Plain HTTP is for this machine alone; no redirect is followed, so that a token reaches no other host.
* The answer is read strictly; what its definition means is checked by whoever uses it.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from onggi import __version__
from onggi.client.transport import is_this_machine, verifying_context
from onggi.errors import NotTrusted, Refused, Unreachable
from onggi.protocol.canonical import JsonValue, parse_strict_json

LARGEST_DEFINITION = 16 * 2**20
_SECONDS_A_STEP = 20.0
_SECONDS_IN_ALL = 60.0


def fetch_definition(
    address: str,
    *,
    token: str | None = None,
    ca_file: Path | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> JsonValue:
    """What WebAPI answers at ``https://<host>/WebAPI/cohortdefinition/<id>``, or with ``/expression`` behind.

    Raises:
        Refused: ``cohort.source_address``, ``cohort.source_page``, ``cohort.source_status``,
            ``cohort.source_too_large``, ``cohort.source_malformed``.
        NotTrusted: ``cohort.source_certificate``.
        Unreachable: ``cohort.source_unreachable``.
    """
    url = _checked(address)
    headers = {"User-Agent": f"onggi/{__version__}", "Accept": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    ends = clock() + _SECONDS_IN_ALL
    try:
        with (
            httpx.Client(
                headers=headers,
                timeout=_SECONDS_A_STEP,
                verify=verifying_context(ca_file),
                follow_redirects=False,
                # A proxy has no way to this machine itself.
                trust_env=not is_this_machine(url.host),
            ) as http,
            http.stream("GET", url) as answer,
        ):
            content = _bounded(answer, host=url.host, ends=ends, clock=clock)
    except (httpx.TransportError, httpx.DecodingError) as bad:
        raise _network_error(bad, host=url.host) from None
    try:
        return parse_strict_json(content, LARGEST_DEFINITION)
    except Refused as bad:
        raise Refused("cohort.source_malformed", host=url.host, why=bad.code) from None


def _checked(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise Refused("cohort.source_address") from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise Refused("cohort.source_address")
    if url.scheme == "http" and not is_this_machine(url.host):
        raise Refused("cohort.source_address")
    if url.fragment:
        # ATLAS shows a definition at /atlas/#/cohortdefinition/<id>: a page, not the definition.
        raise Refused("cohort.source_page", host=url.host)
    return url


def _bounded(answer: httpx.Response, *, host: str, ends: float, clock: Callable[[], float]) -> bytes:
    if answer.status_code != httpx.codes.OK:
        raise Refused("cohort.source_status", host=host, status=answer.status_code)
    content = bytearray()
    for part in answer.iter_bytes():
        content += part
        if len(content) > LARGEST_DEFINITION:
            raise Refused("cohort.source_too_large", host=host, limit=LARGEST_DEFINITION)
        if clock() > ends:
            raise Unreachable("cohort.source_unreachable", host=host)
    return bytes(content)


def _network_error(bad: Exception, *, host: str) -> Unreachable | NotTrusted:
    reason: BaseException | None = bad
    while reason is not None:
        if isinstance(reason, ssl.SSLCertVerificationError):
            return NotTrusted("cohort.source_certificate", host=host, reason=reason.verify_message)
        reason = reason.__cause__ or reason.__context__
    return Unreachable("cohort.source_unreachable", host=host)
