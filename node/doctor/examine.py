"""Examines a whole node, part after part; what rests on a part that is ill is not looked at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from analysis_jobs.runner.doctor import Finding as Obstacle
from analysis_jobs.runner.doctor import check_sandbox
from analysis_jobs.runner.launch import BWRAP_PLACES
from node.datasets import Datasets
from node.doctor import data_checks, home_checks
from node.doctor.findings import Examined, Finding, Group, ask
from node.postgres.source import PostgresSource, find_in_place
from node.settings import NodeSettings, read_settings
from node.state.engine import open_state, sessions
from node.state.heartbeat import find_heartbeat
from node.store.keys import unlock_data_key
from node.unlocking import Unlocking, data_provider
from onggi.errors import Fact, OnggiError

Progress = Callable[[Group], None]


def examine(
    home: Path, *, unlocking: Unlocking, now: datetime, run_name: str, progress: Progress = lambda _: None
) -> list[Examined]:
    """Every group, in order. Repairs nothing.

    Args:
        home: the node's folder.
        run_name: a name for the sandbox's trial, unique on this machine.
        progress: told of each group before it is looked at.
    """
    progress(Group.SETTINGS)
    try:
        settings = read_settings(home)
    except OnggiError as error:
        first = Examined(group=Group.SETTINGS, findings=(Finding(error.code, error.facts),))
        return [first, *(Examined(group=group, skipped=True) for group in list(Group)[1:])]
    found = [Examined(group=Group.SETTINGS)]
    progress(Group.KEYS)
    found.append(Examined(group=Group.KEYS, findings=tuple(_keys(settings, unlocking))))
    progress(Group.DISK)
    found.append(Examined(group=Group.DISK, findings=tuple(home_checks.check_disk(settings.home))))
    found += _state_groups(settings, now=now, progress=progress)
    found += _data_groups(settings, unlocking, keys_well=found[1].well, progress=progress)
    found += _outer_groups(settings, now=now, run_name=run_name, progress=progress)
    return sorted(found, key=lambda one: list(Group).index(one.group))


def examine_without_keys(settings: NodeSettings, *, now: datetime, books: bool) -> list[Examined]:
    """What needs no key of the data, no sandbox and no network: the rest reads as not looked at.

    Args:
        books: whether audit log and release register are walked: that takes time where they are long.
    """
    looked = [
        Examined(group=Group.SETTINGS),
        Examined(group=Group.KEYS, findings=tuple(_places(settings))),
        Examined(group=Group.DISK, findings=tuple(home_checks.check_disk(settings.home))),
        *_state_groups(settings, now=now, progress=lambda _: None, books=books),
    ]
    known = {one.group: one for one in looked}
    return [known.get(group, Examined(group=group, skipped=True)) for group in Group]


def _keys(settings: NodeSettings, unlocking: Unlocking) -> list[Finding]:
    return (
        _places(settings)
        or home_checks.check_data_key(settings, unlocking)
        or home_checks.check_pseudonym_key(settings, unlocking)
    )


def _places(settings: NodeSettings) -> list[Finding]:
    folders = (settings.home, settings.keys_folder, *Datasets(settings).folders(), settings.link_folder)
    return home_checks.check_modes(folders, owner=os.geteuid()) or home_checks.check_identity(settings)


def _state_groups(
    settings: NodeSettings, *, now: datetime, progress: Progress, books: bool = True
) -> Iterator[Examined]:
    groups: tuple[tuple[Group, Callable[[Session], list[Finding]]], ...] = (
        (
            Group.STATE,
            lambda session: (
                home_checks.check_state_pages(session, place=_state_place(settings))
                or home_checks.note_paused(session)
            ),
        ),
        (Group.CLOCK, lambda session: home_checks.check_clock(session, now=now)),
        (Group.TRUST, lambda session: home_checks.check_trust(session, settings, now=now)),
    )
    if books:
        groups += (
            (Group.AUDIT, lambda session: data_checks.check_audit(session, settings)),
            (Group.REGISTER, lambda session: data_checks.check_releases(session, settings)),
        )
    try:
        engine = open_state(settings.database)
    except OnggiError as error:
        where = _state_place(settings)
        yield Examined(group=Group.STATE, findings=(Finding(error.code, {**where, **error.facts}),))
        for group, _ in groups[1:]:
            yield Examined(group=group, skipped=True)
        return
    try:
        with sessions(engine)() as session:
            for group, look in groups:
                progress(group)
                yield Examined(group=group, findings=tuple(_look_safely(look, session)))
    finally:
        engine.dispose()


def _state_place(settings: NodeSettings) -> dict[str, Fact]:
    """The state's file; a server's URL may hold a password and is not shown."""
    return {"path": str(settings.home / "state.sqlite")} if settings.state_url is None else {}


def _look_safely(look: Callable[[Session], list[Finding]], session: Session) -> list[Finding]:
    try:
        return look(session)
    except OnggiError as error:
        return [Finding(error.code, error.facts)]


def _data_groups(
    settings: NodeSettings, unlocking: Unlocking, *, keys_well: bool, progress: Progress
) -> Iterator[Examined]:
    progress(Group.STORE)
    in_place: list[PostgresSource] = []
    findings = ask(lambda: in_place.extend(_in_place(settings)))
    if findings or in_place:
        findings = findings or data_checks.check_in_place(in_place[0])
        yield Examined(group=Group.STORE, findings=tuple(findings))
        yield Examined(group=Group.OMOP, skipped=any(one.blocks for one in findings))
        return
    if not keys_well:
        yield from (Examined(group=group, skipped=True) for group in (Group.STORE, Group.OMOP))
        return
    key = unlock_data_key(settings.keys_folder, provider=data_provider(settings, unlocking))
    findings = data_checks.check_stores(settings, key)
    yield Examined(group=Group.STORE, findings=tuple(findings))
    progress(Group.OMOP)
    if any(finding.blocks for finding in findings):
        yield Examined(group=Group.OMOP, skipped=True)
        return
    yield Examined(group=Group.OMOP, findings=tuple(data_checks.check_cdms(settings)))


def _in_place(settings: NodeSettings) -> list[PostgresSource]:
    found = find_in_place(settings.home, dataset=settings.dataset)
    return [] if found is None else [found]


def _outer_groups(
    settings: NodeSettings, *, now: datetime, run_name: str, progress: Progress
) -> Iterator[Examined]:
    progress(Group.SANDBOX)
    # The last number of the range: a running node takes them from the first on.
    uid = settings.sandbox_uids[1] if os.getuid() == 0 else None
    rooms = check_sandbox(uid=uid, run_name=run_name)
    yield Examined(
        group=Group.SANDBOX,
        findings=tuple(
            Finding(one.code, {**_room_place(one), **one.facts}, blocks=one.blocks) for one in rooms
        ),
    )
    progress(Group.LINK)
    yield Examined(group=Group.LINK, findings=tuple(check_link(settings, now=now)))


def _room_place(found: Obstacle) -> dict[str, Fact]:
    """Where the isolation program was looked for; other findings name their own place."""
    looked_for = found.code in ("sandbox.bwrap_missing", "sandbox.bwrap_old")
    return {"path": ", ".join(map(str, BWRAP_PLACES))} if looked_for else {}


def check_link(settings: NodeSettings, *, now: datetime) -> list[Finding]:
    """The first step on the way to the coordinator that fails: enrolment, name, port, proxy, TLS, clock."""
    from node.link.diagnose import diagnose
    from node.link.reach import link_settings

    refused = ask(lambda: link_settings(settings))
    if refused:
        return refused
    way = link_settings(settings)
    where: dict[str, Fact] = {"host": way.host, "port": way.port}
    steps = diagnose(way, now=now)
    found = [Finding(step.code, where | step.facts) for step in steps if step.code is not None]
    return found or _running_link(settings, where, now=now)


def _running_link(settings: NodeSettings, where: Mapping[str, Fact], *, now: datetime) -> list[Finding]:
    """What keeps a running node from its coordinator though the way is open: it was revoked, for one."""
    beat = find_heartbeat(settings.home, now=now)
    if beat is None or beat.connected_since is not None or beat.last_error is None:
        return []
    return [Finding(beat.last_error, where)]
