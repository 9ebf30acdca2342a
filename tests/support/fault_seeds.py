"""Ways to break a healthy node, its machine, its link or its source, and to mend it again by hand."""

from __future__ import annotations

import errno
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from analysis_jobs.runner.doctor import check_kernel_settings, check_programs, check_reachable
from node.cli.run import only_one
from node.doctor import examine as examination
from node.link.enrol import enrol
from node.link.identity import load_identity
from node.link.reach import link_settings
from node.state import engine as state_engine
from node.state.heartbeat import find_heartbeat, write_heartbeat
from node.state.tables import Release
from node.store import generations
from node.store.generations import Store
from tests.support.cdm_folders import PERSON, write_table
from tests.support.link_house import NodeHouse, closed_port, until
from tests.support.node_desk import SITE, Answer, record_left
from tests.support.seeded_faults import CANARY, Ward, run_advice, write_observations, write_source

REPOSITORY = Path(__file__).resolve().parents[2]


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
    """The command as a service would start it; it is told to stop once it is connected again."""
    assert command == f"onggi-node --home {ward.home} run"
    words = [sys.executable, "-m", "node", "--home", str(ward.home), "run"]
    with subprocess.Popen(words, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as node:
        try:
            until = time.monotonic() + 60
            while not _is_connected(ward):
                assert node.poll() is None
                assert time.monotonic() < until, ward.desk.type("status").out
                time.sleep(0.05)
            node.send_signal(signal.SIGTERM)
            out, err = node.communicate(timeout=60)
        finally:
            if node.poll() is None:
                node.kill()
    return Answer(node.returncode, out.decode(), err.decode())


def _is_connected(ward: Ward) -> bool:
    beat = find_heartbeat(ward.home, now=datetime.now(UTC))
    return beat is not None and beat.connected_since is not None


def revoked(ward: Ward) -> None:
    """A running node is cut off; its heartbeat says why."""
    # A certificate of its own: the other copies of this node keep theirs.
    assert ward.desk.type("enrol", ward.gateway.token()).code == 0
    house = ward.gateway.house
    way = replace(link_settings(ward.desk.settings), reconnect_s=0.02, reconnect_max_s=0.1)
    node = NodeHouse(way, clock=house.clock)
    ward.gateway.do(node.__aenter__())
    ward.closing.append(lambda: ward.gateway.do(node.__aexit__()))
    ward.told["node"] = node
    house.authority.revoke(load_identity(ward.home / "link").certificate.serial_number)
    ward.gateway.do(until(lambda: node.link.status.last_error == "link.certificate_revoked"))
    write_heartbeat(ward.home, node.link.status, now=ward.desk.now)


def enrolled_anew(ward: Ward, command: str) -> Answer:
    answer = run_advice(ward, command, token=ward.gateway.token())
    ward.gateway.do(until(lambda: ward.gateway.house.connected(SITE)))
    node = ward.told["node"]
    ward.gateway.do(until(lambda: node.link.status.connected_since is not None))
    write_heartbeat(ward.home, node.link.status, now=ward.desk.now)
    return answer


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
    # Not below the tests' own folder, which is closed to others higher up.
    ward.told["shut"] = shut = Path(tempfile.mkdtemp(dir="/tmp"))
    ward.closing.append(lambda: shutil.rmtree(shut))
    python = shut / "python"
    python.touch(0o755)
    ward.patch.setattr(examination, "check_sandbox", lambda **_: check_reachable([python], uid=62999))


def disk_fills_up(ward: Ward) -> None:
    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    ward.told["sync"] = vars(generations)["sync_file"]
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


def opened(*parts: str, mode: int) -> Callable[[Ward], None]:
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
    filled = command.replace("sha256:<fingerprint>", ward.fingerprint)
    return run_advice(ward, filled, file=str(ward.folder / "root.json"))


def fingerprint_asked_again(ward: Ward) -> None:
    ward.told["fingerprint"] = ward.fingerprint


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
        file.read_text().replace(f"3,8507,1970,0,0,{CANARY}", f"3,8507,1970,0,0,김{CANARY}").encode("cp949")
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
