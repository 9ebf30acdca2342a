"""A hospital's console with something of every kind in it, served over TLS, and a browser to look at it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from node.console.signing_in import sign_in
from node.console.site import console_pages, create_console
from node.registers.policies import find_in_force, record_policy
from node.state.heartbeat import write_heartbeat
from pages.drawing import Pages
from tests.support.console_house import PASSWORD, ConsoleHouse, console_house, furnished_console
from tests.support.console_papers import leave_with_papers
from tests.support.federation_root import NOW, SITES
from tests.support.served_site import browser, served
from tests.support.site_room import SiteRoom

TYPED = {
    *SITES,
    *(f"{site} hospital" for site in SITES),
    "Statins after chest pain",
    "Chest pain and statins",
    "How many patients with chest pain get a statin",
    "University of Example",
    "A statin within a year",
    "Heart study",
    "university",
    "How many patients meet each criterion",
    "What goes with coronary disease",
    "as the review board decided",
}
"""What people typed here in English: titles, purposes, organisations, names of rules."""


class WellLink:
    """The link of a node that is connected."""

    connected_since = NOW
    last_error: str | None = None
    round_trip_s: float | None = 0.01
    clock_difference_s: float | None = 0.0
    attempts = 0


@dataclass(kw_only=True)
class ConsoleRoom(SiteRoom):
    """The console's house and its site."""

    house: ConsoleHouse

    @property
    def pages(self) -> Pages:
        return console_pages()

    @property
    def typed(self) -> Collection[str]:
        return TYPED

    def session_of(self, who: str) -> str:
        return sign_in(self.house.services, who, PASSWORD)

    def beat(self) -> None:
        """The node is running and connected."""
        write_heartbeat(self.house.desk.home, WellLink, now=self.house.clock())  # type: ignore[arg-type]  # as it is read


@contextmanager
def empty_console_room(folder: Path) -> Iterator[ConsoleRoom]:
    """People and nothing else."""
    with _served(console_house(folder), folder) as room:
        yield room


@contextmanager
def furnished_console_room(folder: Path) -> Iterator[ConsoleRoom]:
    """Runs in several states, releases with and without papers, held replies, a letter, a changed policy."""
    house = furnished_console(folder)
    _serve_signing(house)
    with _served(house, folder) as room:
        house.add_run("run-accepted", state="accepted")
        house.spend()
        house.set_apart(answers=1)
        room.names |= {
            "clear": "1",
            "masked": "2",
            "evidenced": str(leave_with_papers(house)),
            "held": "1",
            "unreadable": str(house.hold("run-held", ordinal=1, content=b"no arrays at all")),
            "asked": "run-asked",
            "running": "run-held",
            "written_week": "2026-W47",
            "open_week": "2026-W48",
        }
        house.clock.forward(days=10)  # two weeks are over
        house.write_letter(room.names["written_week"])
        _change_policy(house)
        room.beat()
        yield room


@contextmanager
def _served(house: ConsoleHouse, folder: Path) -> Iterator[ConsoleRoom]:
    try:
        # The browser ends first: a server that ends under it leaves half-opened connections behind.
        with served(create_console(house.services), folder) as address, browser() as chromium:
            yield ConsoleRoom(house=house, address=address, chromium=chromium)
    finally:
        house.close()


def _serve_signing(house: ConsoleHouse) -> None:
    """Committee members sign here; nobody asks the coordinator anything without a ticket."""
    table = '[signing]\ncoordinator = "http://localhost:9"\norigin = "https://console.hospital.example"\n'
    with house.desk.settings.file.open("a", encoding="utf-8") as settings:
        settings.write(f"\n{table}")


def _change_policy(house: ConsoleHouse) -> None:
    services, settings = house.services, house.desk.settings
    with house.desk.state() as session:
        found = find_in_force(session, services.objects, settings)
        new = found.policy.model_copy(update={"consent_by_project": {"heart-1": "ask"}})
        record_policy(
            session, services.objects, settings, new, seen=found.digest, now=house.clock(), by="it-1"
        )
