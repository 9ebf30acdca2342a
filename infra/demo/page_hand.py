"""A person's hand at the coordinator's pages: opens one, fills its form in and sends it.

What committees do at meetings has pages and no API, so the demo does it there too.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from pathlib import Path

import httpx

from pages.visitors import TOKEN_FIELD

_TOKEN = re.compile(rf'name="{TOKEN_FIELD}" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class PageHand:
    """One signed-in person."""

    http: httpx.Client

    @classmethod
    def of(cls, address: str, *, account: str, password: str, ca_file: Path) -> PageHand:
        trusted = ssl.create_default_context(cafile=str(ca_file))
        hand = cls(httpx.Client(base_url=address, verify=trusted, headers={"origin": address}))
        hand.send("/en/sign-in", account=account, password=password)
        return hand

    def send(self, page: str, to: str | None = None, **entries: str) -> str:
        """Sends the form on `page` that goes to `to`; returns the address to which it led.

        Raises RuntimeError where the page asks again.
        """
        shown = self.http.get(page)
        token = _TOKEN.search(shown.text)
        if token is None:
            raise RuntimeError(f"{page} has no form ({shown.status_code})")
        answer = self.http.post(to or page, data={TOKEN_FIELD: token[1], **entries})
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise RuntimeError(f"{to or page} was not taken ({answer.status_code})")
        return answer.headers["location"]

    def close(self) -> None:
        self.http.close()
