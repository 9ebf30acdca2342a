"""Prepares what can be tried while the demo keeps running: everybody is signed in, and a job lies ready."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from infra.demo.life import AUDITOR, CONSOLE_PEOPLE, CONSOLE_SITE, SECOND_OPERATOR, Life
from infra.demo.people import CHECKERS, COMMITTEE, RESEARCHER
from infra.demo.processes import user_of
from infra.demo.story import Story, first_password
from infra.demo.study import SITES, count_job
from onggi.cli.credentials import Credentials, save_credentials
from onggi.protocol.canonical import canonical_json
from onggi.spec.ids import PermitId, ProjectId

_SITE = CONSOLE_SITE


@dataclass(frozen=True, slots=True)
class Door:
    """Pages of somebody, and with what they sign in."""

    whose: str
    address: str
    account: str
    password: str

    def __str__(self) -> str:
        return f"{self.whose}: {self.address}  account {self.account}  password {self.password!r}"


def kept_commands(story: Story) -> list[tuple[str, str]]:
    """What to try, and the line that does it."""
    for name in (RESEARCHER, *COMMITTEE, *CHECKERS):
        _sign_in(story, name)
    job = story.houses.folder / "another-job.json"
    job.write_bytes(_another_job(story))
    onggi = _line("onggi", home=story.get_people().folder / RESEARCHER)
    node = _line("onggi-node", home=None) + f" --home {shlex.quote(str(story.houses.node_home(_SITE)))}"
    return [
        ("The researcher's jobs", f"{onggi} jobs"),
        ("Another job, inside the permit's bounds", f"{onggi} submit {shlex.quote(str(job))}"),
        ("The public log, recomputed", f"{onggi} log verify"),
        (
            f"What a checker would see (people: {COMMITTEE[0]} .. {COMMITTEE[-1]}, {', '.join(CHECKERS)})",
            f"{_line('onggi', home=story.get_people().folder / CHECKERS[0])} export list",
        ),
        (f"What left the hospital {_SITE}, in full", f"{node} releases show 1"),
        ("The hospital stops everything, and goes on", f"{node} pause && {node} resume"),
        ("How the node is", f"{node} doctor"),
    ]


def write_doors(story: Story, life: Life) -> None:
    """For programs: the doors, and the names of what waits behind them (`infra.demo.pictures`)."""
    told = {
        "doors": [asdict(door) for door in kept_doors(story, console=life.console)],
        "names": {"project": story.project, "job": life.job, "meeting": life.meeting, "site": CONSOLE_SITE},
    }
    (story.houses.folder / "doors.json").write_text(json.dumps(told, indent=2) + "\n")


def kept_doors(story: Story, *, console: str) -> list[Door]:
    """Every door that can be opened in a browser: the coordinator's, and one hospital's console."""
    people = (
        ("researcher", RESEARCHER),
        ("committee", COMMITTEE[0]),
        ("output checker", CHECKERS[0]),
        ("operator", SECOND_OPERATOR),
        ("auditor", AUDITOR),
    )
    doors = [Door(whose, f"{story.houses.api}/", name, first_password(name)) for whose, name in people]
    return doors + [
        Door(f"{CONSOLE_SITE} hospital, {role}", console, name, first_password(name))
        for name, role in CONSOLE_PEOPLE.items()
    ]


def _line(name: str, *, home: Path | None) -> str:
    """One of our commands; a node's is run as the node's own user, as at a hospital."""
    words = [str(Path(sys.executable).parent / name)]
    if home is not None:
        words = ["env", f"ONGGI_HOME={home}", *words]
    elif (user := user_of(1 + SITES.index(_SITE))) is not None:
        words = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *words]
    return shlex.join(words)


def _sign_in(story: Story, name: str) -> None:
    save_credentials(
        story.get_people().home(name).credentials,
        Credentials(
            url=story.houses.api,
            account=name,
            token=SecretStr(story.tokens[name]),
            ca_file=str(story.houses.authority_file),
        ),
    )


def _another_job(story: Story) -> bytes:
    assert story.permit is not None, "the permit comes first"
    with story.client(RESEARCHER) as researcher:
        code = researcher.code()
    spec = count_job(
        project=ProjectId(story.project),
        permit=PermitId(story.permit.id),
        code=code,
        now=datetime.now(UTC),
    )
    return canonical_json(spec.model_copy(update={"title": "The same funnel once more"}))
