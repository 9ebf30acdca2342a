"""A person signs in at a real provider, started here, over TLS: linked beforehand, and never otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coordinator.accounts.oidc_provider import OidcProvider, OidcSettings
from coordinator.sources import system_clock
from pages.visitors import SESSION
from tests.support.coordinator_house import PASSWORD, House, furnished_house
from tests.support.oidc_provider import CLIENT, SECRET, RealProvider, real_provider
from tests.support.page_visitor import ADDRESS, Page, Visitor

ME = "researcher-1"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealProvider]:
    folder = tmp_path_factory.mktemp("provider")
    with real_provider(folder, redirect_uri=f"{ADDRESS}/en/oidc/back") as started:
        yield started


@pytest.fixture
def house(tmp_path: Path, provider: RealProvider) -> Iterator[House]:
    made = furnished_house(tmp_path)
    settings = OidcSettings(
        issuer=provider.issuer,
        client_id=CLIENT,
        client_secret=SECRET,
        label="University log-in",
        ca_file=provider.ca_file,
    )
    there = OidcProvider(settings=settings, clock=system_clock)
    made.services = replace(made.services, oidc=there, web_origin=ADDRESS)
    yield made
    made.database.close()


def sign_in(visitor: Visitor, provider: RealProvider) -> Page:
    form = visitor.get("/en/sign-in").form("/en/sign-in/oidc")
    sent = visitor.send(form, follow=False)
    assert sent.status == 303, sent.words
    back = provider.authorize(str(sent.answer.headers["location"]))
    return visitor.get(back.removeprefix(ADDRESS))


def test_a_person_links_and_signs_in_with_a_real_provider(house: House, provider: RealProvider) -> None:
    stranger = Visitor(house)
    assert "No account is linked" in sign_in(stranger, provider).words
    assert SESSION not in stranger.cookies
    me = Visitor(house)
    me.sign_in(ME)
    me.send(me.get("/en/account/confirm").form("/en/account/confirm"), password=PASSWORD)
    link = me.send(me.get("/en/account").form("/en/account/oidc/link"), follow=False)
    linked = me.get(provider.authorize(str(link.answer.headers["location"])).removeprefix(ADDRESS))
    assert "is linked" in linked.words
    assert house.services.oidc_links.find_link(ME) is not None
    again = Visitor(house)
    page = sign_in(again, provider)
    assert (page.status, page.path) == (200, "/en/projects")
    assert ME in page.words
