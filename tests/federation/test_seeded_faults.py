"""Forty faults, each seeded in a healthy node: the output names cause, place and one next command that helps."""

from __future__ import annotations

import errno
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analysis_jobs.runner.doctor import check_kernel_settings, check_programs, check_reachable
from node.cli.run import only_one
from node.doctor import examine as examination
from node.link.enrol import enrol
from node.link.identity import load_identity
from node.link.reach import link_settings
from node.state import engine as state_engine
from node.state.tables import Release
from node.store import generations
from node.store.generations import Store
from onggi.errors import Refused
from onggi.words.catalogue import find_words, public_words
from tests.support.cdm_folders import PERSON, write_table
from tests.support.node_desk import SITE, Answer, NodeDesk, record_left
from tests.support.seeded_faults import (
    CANARY,
    CANARY_NUMBER,
    LiveGateway,
    Ward,
    commands_in,
    first_found,
    intercept,
    prepare,
    run_advice,
    write_measurements,
    write_observations,
    write_source,
)

pytestmark = pytest.mark.federation
REPOSITORY = Path(__file__).resolve().parents[2]
LABELS = {"ko": ("문제", "위치", "다음"), "en": ("Problem", "Place", "Next")}
LOCALES = {"ko": "ko_KR.UTF-8", "en": "en_US.UTF-8"}
WRONG = f"sha256:{'0' * 64}"

Seed = Callable[[Ward], object]
Cure = Callable[[Ward, str], Answer]
"""Does what the sentence asks for, then runs the command that it names."""
Words = Callable[[Ward], list[str]]


@dataclass(frozen=True)
class Fault:
    """One row of the table.

    Args:
        command: what is typed and meets the fault.
        cause: facts that the cause must hold as they are.
        place: what must stand in the line of the place.
        cure: None where the command only shows more; it must then run as it stands.
        bare: whether the node is set up and no more.
        only_shows: whether the named command mends nothing and shows what there is.
        sound: whether the fault does not stop the node, so that the exit code is 0.
        proof: what must succeed afterwards; the same command where it can be repeated.
    """

    name: str
    seed: Seed
    command: Words
    code: str
    place: Words
    cure: Cure | None = None
    cause: tuple[str, ...] = ()
    bare: bool = False
    only_shows: bool = False
    sound: bool = False
    proof: Words | None = None


# --- commands and places -------------------------------------------------------------------------------


def doctor(_: Ward) -> list[str]:
    return ["doctor"]


def load(ward: Ward) -> list[str]:
    return ["load-omop", str(ward.cdm)]


def spend(ward: Ward) -> list[str]:
    return ["enrol", ward.told["token"]]


def trust(ward: Ward, fingerprint: str = "") -> list[str]:
    given = fingerprint or _fingerprint(ward)
    return ["trust", "--root", str(ward.folder / "root.json"), "--fingerprint", given]


def _fingerprint(ward: Ward) -> str:
    return NodeDesk(ward.folder / "healthy").settings.root_fingerprint


def typed(*words: str) -> Words:
    return lambda _: list(words)


def at_home(*parts: str) -> Words:
    return lambda ward: [str(ward.home.joinpath(*parts))]


def cell(file: str, *cells: str) -> Words:
    """A file of the source by its whole path, then row and column; both languages number alike."""
    return lambda ward: [str(ward.cdm / file), *cells]


def gateway(ward: Ward) -> list[str]:
    return [ward.gateway.address]


def gate(ward: Ward) -> list[str]:
    return [f"127.0.0.1:{ward.gateway.house.gateway.enrol_port}"]


def kept(name: str) -> Words:
    return lambda ward: [str(ward.told[name])]


# --- cures ---------------------------------------------------------------------------------------------


def literally(ward: Ward, command: str) -> Answer:
    """The command mends it alone."""
    return run_advice(ward, command)


def after(mend: Seed) -> Cure:
    """What a person or a neighbour does first; then the command as it stands."""

    def cure(ward: Ward, command: str) -> Answer:
        mend(ward)
        return run_advice(ward, command)

    return cure


def with_token(ward: Ward, command: str) -> Answer:
    return run_advice(ward, command, token=ward.gateway.token())


def with_folder(ward: Ward, command: str) -> Answer:
    return run_advice(ward, command, folder=str(ward.cdm))


def outside(mend: Seed) -> Cure:
    """The command belongs to the machine or its network: its effect is brought about by hand."""

    def cure(ward: Ward, command: str) -> Answer:
        ward.told["command"] = command
        mend(ward)
        return Answer(0, "", "")

    return cure


# --- seeds: the link ------------------------------------------------------------------------------------


def proxy_refuses(ward: Ward) -> None:
    found = ward.proxy(answer=403)
    ward.told["proxy"] = f"127.0.0.1 → {ward.gateway.address}"
    ward.told["allow"] = lambda: setattr(found, "_answer", 0)
    ward.add_setting(f'proxy = "http://127.0.0.1:{found.port}"')


def proxy_wants_login(ward: Ward) -> None:
    found = ward.proxy(login=f"node:{CANARY}")
    ward.told["proxy"] = f"127.0.0.1 → {ward.gateway.address}"
    ward.told["login"] = (f"//127.0.0.1:{found.port}", f"//node:{CANARY}@127.0.0.1:{found.port}")
    ward.add_setting(f'proxy = "http://node:{CANARY[:-1]}@127.0.0.1:{found.port}"')


def proxy_login_corrected(ward: Ward) -> None:
    ward.settings(f"node:{CANARY[:-1]}@", f"node:{CANARY}@")


def proxy_off(ward: Ward) -> None:
    ward.told["address"] = address = f"127.0.0.1:{closed_port()}"
    ward.add_setting(f'proxy = "http://{address}"')


def no_proxy(ward: Ward) -> None:
    ward.settings(f'proxy = "http://{ward.told["address"]}"\n', "")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def led_astray(ward: Ward, address: str) -> None:
    ward.told["address"] = address
    ward.way(address)


def led_back(ward: Ward) -> None:
    ward.settings(f'"{ward.told["address"]}"', f'"{ward.gateway.address}"')


def newcomer(ward: Ward, token: str = "") -> None:
    ward.leave()
    ward.told["token"] = token or ward.gateway.token()


def other_authority(ward: Ward) -> None:
    newcomer(ward, f"{ward.gateway.token().rsplit('.', 1)[0]}.{'0' * 64}")


def expired_token(ward: Ward) -> None:
    newcomer(ward, ward.gateway.old(timedelta(days=30), ward.gateway.token))


def used_token(ward: Ward) -> None:
    newcomer(ward)
    other = replace(link_settings(ward.desk.settings), folder=ward.folder / "somebody-else")
    enrol(other, ward.told["token"])


def clock_ahead(ward: Ward) -> None:
    ward.desk.now += timedelta(hours=1)


def clock_set(ward: Ward) -> None:
    ward.desk.now = datetime.now(UTC)


def long_expired(ward: Ward) -> None:
    ward.leave()
    token = ward.gateway.old(timedelta(days=60), ward.gateway.token)
    ward.gateway.old(timedelta(days=60), lambda: ward.desk.type("enrol", token))
    assert load_identity(ward.home / "link").expired(datetime.now(UTC))
    ward.add_setting("warm_workers = 0")


def run_until_renewed(ward: Ward, command: str) -> Answer:
    """The command as a service would start it; it is told to stop once the new certificate is there."""
    assert command == f"onggi-node --home {ward.home} run"
    words = [sys.executable, "-m", "node", "--home", str(ward.home), "run"]
    with subprocess.Popen(words, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as node:
        try:
            until = time.monotonic() + 60
            while load_identity(ward.home / "link").expired(datetime.now(UTC)):
                assert node.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
            node.send_signal(signal.SIGTERM)
            out, err = node.communicate(timeout=60)
        finally:
            if node.poll() is None:
                node.kill()
    return Answer(node.returncode, out.decode(), err.decode())


def revoked(ward: Ward) -> None:
    # A certificate of its own: the other copies of this node keep theirs.
    assert ward.desk.type("enrol", ward.gateway.token()).code == 0
    ward.gateway.house.authority.revoke(load_identity(ward.home / "link").certificate.serial_number)


# --- seeds: the machine ---------------------------------------------------------------------------------


def namespaces_blocked(ward: Ward) -> None:
    kernel = ward.folder / "proc/sys/kernel"
    kernel.mkdir(parents=True)
    (kernel / "unprivileged_userns_clone").write_text("0\n")
    proc = ward.folder / "proc"
    ward.patch.setattr(examination, "check_sandbox", lambda **_: check_kernel_settings(proc, profiled=False))


def sysctl_obeyed(ward: Ward) -> None:
    found = re.fullmatch(r"sudo sysctl -w ([a-z_.]+)=(\d+)", ward.told["command"])
    assert found is not None
    (ward.folder / "proc/sys" / found[1].replace(".", "/")).write_text(found[2])


def no_bubblewrap(ward: Ward) -> None:
    place = ward.folder / "bin" / "bwrap"
    ward.patch.setattr(examination, "BWRAP_PLACES", (place,))
    ward.patch.setattr(examination, "check_sandbox", lambda **_: check_programs((place,)))


def package_installed(ward: Ward) -> None:
    assert ward.told["command"] == "sudo apt-get install -y bubblewrap"
    place = ward.folder / "bin" / "bwrap"
    place.parent.mkdir()
    place.write_text("#!/bin/sh\necho bubblewrap 0.8.0\n")
    place.chmod(0o755)


def interpreter_shut_in(ward: Ward) -> None:
    ward.told["shut"] = shut = ward.folder / "shut"
    shut.mkdir(mode=0o700)
    (shut / "python").touch(0o755)
    ward.folder.chmod(0o755)
    only_here = [part for part in (shut, shut / "python") if part.exists()]
    ward.patch.setattr(
        examination,
        "check_sandbox",
        lambda **_: [
            one for one in check_reachable(only_here, uid=62999) if one.facts["path"] not in _above(shut)
        ],
    )


def _above(folder: Path) -> set[str]:
    """Where the tests' own folder lies may be closed to others: that is not what is looked for."""
    return {str(part) for part in folder.parents}


def disk_fills_up(ward: Ward) -> None:
    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    ward.told["sync"] = generations.sync_file
    ward.patch.setattr(generations, "sync_file", full)


def disk_freed(ward: Ward) -> None:
    ward.patch.setattr(generations, "sync_file", ward.told["sync"])


def state_fills_up(ward: Ward) -> None:
    strict = state_engine._strict_sqlite
    ward.told["strict"] = strict

    def tight(connection: Any, record: Any) -> None:
        strict(connection, record)
        connection.execute("PRAGMA max_page_count=1")  # SQLite takes the present size: no further page

    ward.patch.setattr(state_engine, "_strict_sqlite", tight)


def state_disk_freed(ward: Ward) -> None:
    ward.patch.setattr(state_engine, "_strict_sqlite", ward.told["strict"])


# --- seeds: keys, settings, state -----------------------------------------------------------------------


def other_unlock_key(ward: Ward) -> None:
    file = ward.home / "keys" / "data-unlock.key"
    ward.told["kept"] = (file, file.read_bytes())
    file.write_bytes(b"x" * 32)


def state_corrupt(ward: Ward) -> None:
    file = ward.home / "state.sqlite"
    ward.told["kept"] = (file, file.read_bytes())
    file.write_bytes(b"not a database at all" * 100)


def restored(ward: Ward) -> None:
    file, content = ward.told["kept"]
    file.write_bytes(content)


def opened(*parts: str, mode: int) -> Seed:
    return lambda ward: ward.home.joinpath(*parts).chmod(mode)


def settings_typo(ward: Ward) -> None:
    ward.add_setting('datset = "heart"')


def typo_corrected(ward: Ward) -> None:
    ward.settings('datset = "heart"\n', "")


def running_already(ward: Ward) -> None:
    stack = ExitStack()
    stack.enter_context(only_one(ward.home))
    ward.closing.append(stack.close)


def never_loaded(ward: Ward) -> None:
    (ward.home / "store" / "current").unlink()
    shutil.rmtree(ward.home / "store" / "generations")


def generation_damaged(ward: Ward) -> None:
    database = Store(ward.desk.settings.store).get_current().database
    database.write_bytes(database.read_bytes()[:4096])


def register_altered(ward: Ward) -> None:
    record_left(ward.desk)
    with ward.desk.state() as session:
        session.get_one(Release, 1).bytes = 1


def trust_given(ward: Ward, command: str) -> Answer:
    filled = command.replace("sha256:<fingerprint>", _fingerprint(ward))
    return run_advice(ward, filled, file=str(ward.folder / "root.json"))


def fingerprint_asked_again(ward: Ward) -> None:
    ward.told["fingerprint"] = _fingerprint(ward)


# --- seeds: the source ----------------------------------------------------------------------------------


def source_mended(ward: Ward) -> None:
    shutil.rmtree(ward.cdm)
    write_source(ward.cdm)


def no_persons_file(ward: Ward) -> None:
    (ward.cdm / "person.csv").unlink()


def no_start_column(ward: Ward) -> None:
    rows = [(person, person, "2020-12-31") for person in (1, 2, 3)]
    header = ("observation_period_id", "person_id", "observation_period_end_date")
    write_table(ward.cdm, "observation_period.csv", header, rows)


def old_version(ward: Ward) -> None:
    write_table(ward.cdm, "cdm_source.csv", ("cdm_source_name", "cdm_version"), [(CANARY, "v5.2")])


def other_encoding(ward: Ward) -> None:
    file = ward.cdm / "person.csv"
    file.write_bytes(
        file.read_text().replace(f"3,8507,1970,0,0,{CANARY}", f"3,8507,1970,0,0,홍{CANARY}").encode("cp949")
    )


def open_quotation(ward: Ward) -> None:
    rows = [(1, 8507, 1970, 0, 0), (2, 8507, 1970, 0, 0, CANARY, CANARY)]
    write_table(ward.cdm, "person.csv", PERSON, rows)


def identifier_in_text(ward: Ward) -> None:
    write_observations(ward)
    file = ward.home / "node.toml"
    file.write_text(f'{file.read_text()}\n[identifiers]\nkeep = ["observation.value_as_string"]\n')


def column_dropped(ward: Ward) -> None:
    ward.settings("[identifiers]\n", '[identifiers]\ndrop = ["observation.value_as_string"]\n')


FAULTS = [
    Fault(
        "proxy-refuses-connect",
        proxy_refuses,
        doctor,
        "link.proxy_refused",
        kept("proxy"),
        after(lambda ward: ward.told["allow"]()),
        cause=("403",),
    ),
    Fault(
        "proxy-wants-a-password",
        proxy_wants_login,
        doctor,
        "link.proxy_refused",
        kept("proxy"),
        after(proxy_login_corrected),
        cause=("407",),
    ),
    Fault("proxy-off", proxy_off, doctor, "link.proxy_unreachable", kept("address"), outside(no_proxy)),
    Fault(
        "tls-interception",
        lambda ward: led_astray(ward, f"127.0.0.1:{intercept(ward, issuer='Hospital TLS Inspection CA')}"),
        doctor,
        "link.tls_intercepted",
        kept("address"),
        after(led_back),
        cause=("Hospital TLS Inspection CA",),
    ),
    Fault(
        "wrong-authority",
        other_authority,
        spend,
        "link.wrong_ca",
        gate,
        with_token,
        proof=doctor,
        cause=("Onggi test coordinator",),
    ),
    Fault(
        "port-closed",
        lambda ward: led_astray(ward, f"127.0.0.1:{closed_port()}"),
        doctor,
        "link.port_closed",
        kept("address"),
        outside(led_back),
    ),
    Fault(
        "name-unknown",
        lambda ward: led_astray(ward, "no-such-host.invalid:443"),
        doctor,
        "link.dns",
        kept("address"),
        outside(led_back),
        cause=("no-such-host.invalid",),
    ),
    Fault("never-enrolled", newcomer, doctor, "enrol.not_enrolled", at_home("link"), with_token),
    Fault("token-expired", expired_token, spend, "enrol.token_expired", gate, with_token, proof=doctor),
    Fault("token-used-by-another-key", used_token, spend, "enrol.token_used", gate, with_token, proof=doctor),
    Fault(
        "token-of-another-site",
        lambda ward: newcomer(ward, ward.gateway.token("zurich")),
        spend,
        "enrol.token_for_other_site",
        gate,
        with_token,
        proof=doctor,
        cause=("zurich", SITE),
    ),
    Fault(
        "token-cut",
        lambda ward: newcomer(ward, ward.gateway.token()[:-20]),
        spend,
        "enrol.token_malformed",
        gate,
        with_token,
        proof=doctor,
    ),
    Fault(
        "clock-an-hour-ahead",
        clock_ahead,
        doctor,
        "link.clock_off",
        gateway,
        outside(clock_set),
        cause=("3600",),
    ),
    Fault(
        "certificate-long-expired",
        long_expired,
        doctor,
        "link.certificate_expired",
        gateway,
        run_until_renewed,
    ),
    Fault("certificate-revoked", revoked, doctor, "link.certificate_revoked", gateway, with_token),
    Fault(
        "connection-key-open",
        opened("link", "node.key", mode=0o644),
        doctor,
        "enrol.key_open_to_others",
        at_home("link", "node.key"),
        literally,
    ),
    Fault(
        "user-namespaces-blocked",
        namespaces_blocked,
        doctor,
        "sandbox.userns_blocked",
        lambda _: ["kernel.unprivileged_userns_clone"],
        outside(sysctl_obeyed),
    ),
    Fault(
        "bubblewrap-missing",
        no_bubblewrap,
        doctor,
        "sandbox.bwrap_missing",
        lambda ward: [str(ward.folder / "bin" / "bwrap")],
        outside(package_installed),
    ),
    Fault(
        "interpreter-out-of-reach",
        interpreter_shut_in,
        doctor,
        "sandbox.interpreter_unreachable",
        kept("shut"),
        outside(lambda ward: ward.told["shut"].chmod(0o755)),
        cause=("62999",),
    ),
    Fault(
        "disk-full-while-loading",
        disk_fills_up,
        load,
        "store.disk_full",
        at_home("store"),
        outside(disk_freed),
    ),
    Fault(
        "disk-full-while-trusting",
        state_fills_up,
        trust,
        "node.disk_full",
        at_home(),
        after(state_disk_freed),
        bare=True,
    ),
    Fault(
        "wrong-data-key",
        other_unlock_key,
        doctor,
        "store.wrong_key",
        at_home("keys", "data-key.json"),
        after(restored),
    ),
    Fault(
        "unlock-key-open",
        opened("keys", "data-unlock.key", mode=0o644),
        load,
        "store.key_file_open",
        at_home("keys", "data-unlock.key"),
        literally,
        cause=("0644",),
    ),
    Fault(
        "folder-open",
        opened("keys", mode=0o755),
        doctor,
        "node.folder_open",
        at_home("keys"),
        literally,
        cause=("0755",),
    ),
    Fault(
        "missing-table",
        no_persons_file,
        load,
        "load.missing_table",
        lambda ward: [str(ward.cdm)],
        after(source_mended),
        cause=("person",),
    ),
    Fault(
        "missing-column",
        no_start_column,
        load,
        "load.missing_column",
        cell("observation_period.csv", "observation_period_start_date"),
        after(source_mended),
    ),
    Fault(
        "cdm-5.2",
        old_version,
        load,
        "load.cdm_version",
        lambda ward: [str(ward.cdm)],
        after(source_mended),
        cause=("5.2",),
    ),
    Fault("not-utf-8", other_encoding, load, "load.not_utf8", cell("person.csv", "4"), literally),
    Fault(
        "row-too-long", open_quotation, load, "load.bad_row", cell("person.csv", "3"), after(source_mended)
    ),
    Fault(
        "bad-date",
        lambda ward: write_measurements(ward, day=CANARY),
        load,
        "load.bad_date",
        cell("measurement.csv", "3", "measurement_date"),
        after(source_mended),
    ),
    Fault(
        "id-not-an-integer",
        lambda ward: write_measurements(ward, concept=CANARY),
        load,
        "load.not_integer",
        cell("measurement.csv", "3", "measurement_concept_id"),
        after(source_mended),
    ),
    Fault(
        "identifier-found",
        identifier_in_text,
        load,
        "load.identifier_found",
        cell("observation.csv", "3", "value_as_string"),
        after(column_dropped),
        cause=("rrn",),
    ),
    Fault("no-data-yet", never_loaded, doctor, "store.empty", at_home("store"), with_folder),
    Fault(
        "generation-damaged",
        generation_damaged,
        doctor,
        "store.damaged",
        at_home("store", "generations", "1", "cdm.duckdb"),
        with_folder,
    ),
    Fault(
        "root-fingerprint-wrong",
        lambda _: None,
        lambda ward: trust(ward, ward.told.get("fingerprint", WRONG)),
        "root.wrong_fingerprint",
        lambda ward: [str(ward.folder / "root.json")],
        outside(fingerprint_asked_again),
        bare=True,
    ),
    Fault(
        "root-not-pinned",
        lambda _: None,
        typed("run"),
        "node.no_root",
        at_home(),
        trust_given,
        bare=True,
        proof=typed("status"),
    ),
    Fault(
        "already-running", running_already, typed("run"), "node.already_running", at_home(), only_shows=True
    ),
    Fault(
        "state-corrupt",
        state_corrupt,
        doctor,
        "node.state_unreadable",
        at_home("state.sqlite"),
        after(restored),
    ),
    Fault(
        "settings-typo",
        settings_typo,
        doctor,
        "node.settings_invalid",
        at_home("node.toml"),
        after(typo_corrected),
        cause=("datset",),
    ),
    Fault(
        "settings-typo-at-status",
        settings_typo,
        typed("status"),
        "node.settings_invalid",
        at_home("node.toml"),
        after(typo_corrected),
    ),
    Fault(
        "paused",
        lambda ward: ward.desk.type("pause"),
        doctor,
        "node.paused",
        at_home(),
        literally,
        sound=True,
    ),
    Fault(
        "register-altered",
        register_altered,
        typed("releases", "verify"),
        "register.chain_broken",
        at_home(),
        only_shows=True,
        cause=("1",),
    ),
    Fault(
        "release-unknown",
        lambda _: None,
        typed("releases", "show", "99"),
        "release.not_found",
        at_home(),
        only_shows=True,
        cause=("99",),
    ),
]


@pytest.fixture(scope="module")
def live() -> Iterator[LiveGateway]:
    started = LiveGateway()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def healthy(live: LiveGateway, tmp_path_factory: pytest.TempPathFactory) -> NodeDesk:
    return prepare(tmp_path_factory.mktemp("healthy"), live)


@pytest.fixture
def ward(
    live: LiveGateway, healthy: NodeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ward]:
    """A copy to break. Whether this machine can close a room is asked in the sandbox's own tests."""
    monkeypatch.setattr(examination, "check_sandbox", lambda **_: [])
    for name, copied in (("node", "node"), ("node", "healthy"), ("bare", "bare"), ("cdm", "cdm")):
        shutil.copytree(healthy.home.parent / name, tmp_path / copied)
    shutil.copy(healthy.home.parent / "root.json", tmp_path)
    made = Ward(tmp_path, live, monkeypatch, NodeDesk(tmp_path / "node", now=datetime.now(UTC)))
    yield made
    for close in reversed(made.closing):
        close()


def test_the_healthy_node_shows_none_of_these(ward: Ward) -> None:
    told = ward.desk.type("doctor", "--json")
    assert (told.code, told.json["well"]) == (0, True)
    assert ward.desk.type(*load(ward)).code == 0


def test_the_table_is_long_enough_and_names_each_fault_once() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 25
    assert len({fault.code for fault in FAULTS}) >= 25


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_is_named_and_its_next_command_helps(ward: Ward, fault: Fault) -> None:
    if fault.bare:
        ward.desk.home = ward.folder / "bare"
    fault.seed(ward)
    words = fault.command(ward)
    told = ward.desk.type(*words, "--json")
    problem = first_found(words, told)
    assert problem["code"] == fault.code
    _check_exit(fault, told)
    outputs = [told]
    commands = set()
    for language in ("ko", "en"):
        ward.desk.language = LOCALES[language]
        shown = ward.desk.type(*words)
        _check_exit(fault, shown)
        advice = _check_shown(shown, language=language, fault=fault, ward=ward, facts=problem["facts"])
        outputs.append(shown)
        commands.add(re.sub("<[^>]+>", "<>", _one_command(fault, advice)))
    assert len(commands) == 1, "the command is the same in both languages"
    for output in outputs:
        _check_discreet(output)
    _cure(ward, fault, _one_command(fault, advice))


def _check_exit(fault: Fault, told: Answer) -> None:
    known = find_words(fault.code)
    assert known is not None
    expected = known.exit if 100 <= known.exit <= 199 else 199
    assert told.code == (0 if fault.sound else expected)


def _check_shown(shown: Answer, *, language: Any, fault: Fault, ward: Ward, facts: dict[str, Any]) -> str:
    """The three lines of the problem, in this language. Returns the last one's advice."""
    lines = (shown.out + shown.err).splitlines()
    said = []
    for label in LABELS[language]:
        found = [line.removeprefix(label).strip() for line in lines if line.startswith(f"{label} ")]
        assert len(found) == 1, f"one line of {label}"
        said += found
    cause, _ = public_words(Refused(fault.code, **facts), language)
    assert said[0] == f"{cause} ({fault.code})"
    assert all(fact in cause for fact in fault.cause)
    assert all(part in said[1] for part in fault.place(ward))
    assert bool(re.search("[가-힣]", said[0])) == (language == "ko")
    return said[2]


def _one_command(fault: Fault, advice: str) -> str:
    found = commands_in(advice)
    if fault.code == "root.wrong_fingerprint":  # the act is a telephone call
        assert found == []
        return ""
    assert len(found) == 1, advice
    return found[0]


def _check_discreet(output: Answer) -> None:
    text = output.out + output.err
    assert "Traceback" not in text
    assert "…" not in text
    assert not re.search(r"\{[a-z_]+\}", text)
    assert CANARY[:-1] not in text
    assert CANARY_NUMBER not in text


def _cure(ward: Ward, fault: Fault, command: str) -> None:
    if fault.only_shows:
        done = run_advice(ward, command)
        assert done.code == 0, done
        _check_discreet(done)
        return
    assert fault.cure is not None
    done = fault.cure(ward, command)
    assert done.code == 0, done
    _check_discreet(done)
    again = ward.desk.type(*(fault.proof or fault.command)(ward))
    assert again.code == 0, again
    assert fault.code not in again.out + again.err
