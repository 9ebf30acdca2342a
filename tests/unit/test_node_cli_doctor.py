"""Each fault that can befall a node is named with its cause, its place and one next command."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, select

from node.doctor import examine as examination
from node.doctor.home_checks import check_disk, check_modes
from node.registers.budget_populations import set_ceiling
from node.registers.releases import sign_head
from node.state.memory import note_time, set_fact
from node.state.tables import AuditEvent, BudgetEntry, KnownPersons, Release
from node.store.generations import Store
from onggi.protocol.keys import FileKey
from onggi.protocol.messages import RegisterHead
from onggi.spec.ids import SiteId
from onggi.words.catalogue import find_words
from tests.support.cdm_folders import write_hospital
from tests.support.node_desk import NOW, SITE, NodeDesk, ready_node, record_left, write_identity


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a healthy node with data."""
    folder = tmp_path_factory.mktemp("loaded")
    desk = ready_node(folder)
    assert desk.type("load-omop", str(write_hospital(folder / "cdm")), "--json").code == 0
    return desk.home


@pytest.fixture
def desk(loaded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NodeDesk:
    """A copy to spoil. The sandbox has a test of its own, and there is no coordinator to reach."""
    monkeypatch.setattr(examination, "check_sandbox", lambda **_: [])
    monkeypatch.setattr(examination, "check_link", lambda *_, **__: [])
    shutil.copytree(loaded, tmp_path / "node")
    return NodeDesk(tmp_path / "node")


def _found(desk: NodeDesk) -> dict[str, list[str]]:
    groups = desk.type("doctor", "--json").json["groups"]
    return {one["group"]: [each["code"] for each in one["findings"]] for one in groups if one["findings"]}


def test_a_healthy_node_is_found_well(desk: NodeDesk) -> None:
    told = desk.type("doctor", "--json")
    assert (told.code, told.json["well"]) == (0, True)
    assert all(one["well"] for one in told.json["groups"])
    assert desk.type("doctor").code == 0
    assert not list(desk.home.glob("doctor-*"))


def _open_home(desk: NodeDesk) -> None:
    desk.settings.keys_folder.chmod(0o755)


def _open_identity(desk: NodeDesk) -> None:
    desk.settings.identity_key.chmod(0o644)


def _lose_identity(desk: NodeDesk) -> None:
    desk.settings.identity_key.unlink()


def _exchange_data_secret(desk: NodeDesk) -> None:
    (desk.settings.keys_folder / "data-unlock.key").write_bytes(b"x" * 32)


def _open_data_secret(desk: NodeDesk) -> None:
    (desk.settings.keys_folder / "data-unlock.key").chmod(0o644)


def _lose_pseudonym_key(desk: NodeDesk) -> None:
    (desk.settings.keys_folder / "pseudonym-key.json").unlink()


def _spoil_settings(desk: NodeDesk) -> None:
    file = desk.home / "node.toml"
    file.write_text(file.read_text().replace('site = "cleveland"', "site = 7"))


def _spoil_toml(desk: NodeDesk) -> None:
    (desk.home / "node.toml").write_text("site = \n")


def _spoil_state(desk: NodeDesk) -> None:
    (desk.home / "state.sqlite").write_bytes(b"not a database at all" * 100)


def _clock_back(desk: NodeDesk) -> None:
    with desk.state() as session:
        note_time(session, NOW + timedelta(hours=1))


def _root_expired(desk: NodeDesk) -> None:
    desk.now = NOW + timedelta(days=4000)


def _other_identity(desk: NodeDesk) -> None:
    write_identity(desk.settings.identity_key)


def _damage_store(desk: NodeDesk) -> None:
    database = Store(desk.settings.store).get_current().database
    database.write_bytes(database.read_bytes()[:4096])


def _lose_generation(desk: NodeDesk) -> None:
    (desk.settings.store / "current").unlink()


def _alter_audit(desk: NodeDesk) -> None:
    with desk.state() as session:
        session.get_one(AuditEvent, 1).about = "other-federation"


def _alter_register(desk: NodeDesk) -> None:
    record_left(desk)
    with desk.state() as session:
        session.get_one(Release, 1).bytes = 1


def _alter_budget(desk: NodeDesk) -> None:
    with desk.state() as session:
        set_ceiling(
            session, "patients", micro_epsilon=10**6, femto_delta=10**9, by="it", reason="test", now=NOW
        )
    with desk.state() as session:
        session.get_one(BudgetEntry, 1).population = "others"


def _cut_released_persons(desk: NodeDesk) -> None:
    told = desk.told_before()
    with desk.state() as session:
        told.positions.learn(session, np.arange(3, dtype=np.int64))
    with desk.state() as session:
        session.execute(delete(KnownPersons))


def _restore_old_backup(desk: NodeDesk) -> None:
    record_left(desk)
    with desk.state() as session:
        head = sign_head(session, site=SiteId(SITE), key=FileKey.read(desk.settings.identity_key))
        set_fact(session, "register_head", head.model_dump_json())
        session.delete(session.get_one(Release, 1))


def _forge_head(desk: NodeDesk) -> None:
    with desk.state() as session:
        head = RegisterHead(site=SiteId(SITE), entries=3, head="0" * 64, signature="AAAA")
        set_fact(session, "register_head", head.model_dump_json())


FAULTS: list[tuple[Callable[[NodeDesk], None], str, str]] = [
    (_spoil_settings, "settings", "node.settings_invalid"),
    (_spoil_toml, "settings", "node.settings_invalid"),
    (_open_home, "keys", "node.folder_open"),
    (_open_identity, "keys", "key.file_open_to_others"),
    (_lose_identity, "keys", "key.file_missing"),
    (_exchange_data_secret, "keys", "store.wrong_key"),
    (_open_data_secret, "keys", "store.key_file_open"),
    (_lose_pseudonym_key, "keys", "store.key_file_missing"),
    (_spoil_state, "state", "node.state_unreadable"),
    (_clock_back, "clock", "clock.runs_backwards"),
    (_root_expired, "trust", "root.expired"),
    (_other_identity, "trust", "node.not_in_root"),
    (_damage_store, "store", "store.damaged"),
    (_lose_generation, "store", "store.empty"),
    (_alter_audit, "audit", "audit.chain_broken"),
    (_alter_budget, "audit", "budget.chain_broken"),
    (_cut_released_persons, "audit", "differencing.register_damaged"),
    (_alter_register, "register", "register.chain_broken"),
    (_restore_old_backup, "register", "register.behind"),
    (_forge_head, "register", "register.head_forged"),
]


@pytest.mark.parametrize(("spoil", "group", "code"), FAULTS, ids=[f[0].__name__ for f in FAULTS])
def test_a_seeded_fault_is_named(
    desk: NodeDesk, spoil: Callable[[NodeDesk], None], group: str, code: str
) -> None:
    spoil(desk)
    found = _found(desk)
    assert found[group] == [code]
    words = find_words(code)
    assert words is not None
    told = desk.type("doctor", "--json")
    assert told.json["well"] is False
    assert told.code != 0
    for language, label in (("ko_KR", "다음"), ("en_US", "Next")):
        desk.language = language
        shown = desk.type("doctor").out
        assert code in shown
        assert label in shown


def test_the_command_that_it_names_cures_an_open_folder(desk: NodeDesk) -> None:
    _open_home(desk)
    finding = desk.type("doctor", "--json").json["groups"][1]["findings"][0]
    assert finding["next"] == f"Run: chmod 700 {desk.settings.keys_folder}"
    os.chmod(finding["next"].rsplit(" ", 1)[1], 0o700)
    assert desk.type("doctor", "--json").code == 0


def test_what_rests_on_a_fault_is_not_judged(desk: NodeDesk) -> None:
    _spoil_toml(desk)
    groups = desk.type("doctor", "--json").json["groups"]
    assert [one["skipped"] for one in groups] == [False] + [True] * 11


def test_a_paused_node_is_noted_and_not_ill(desk: NodeDesk) -> None:
    desk.type("pause")
    assert _found(desk) == {"state": ["node.paused"]}
    assert desk.type("doctor").code == 0


def test_a_full_disk_and_foreign_folders_are_named(tmp_path: Path) -> None:
    low = check_disk(tmp_path, smallest_free=2**62)
    assert [one.code for one in low] == ["node.disk_low"]
    assert check_disk(tmp_path, smallest_free=0) == []
    assert [one.code for one in check_disk(tmp_path / "absent")] == ["node.disk_unwritable"]
    tmp_path.chmod(0o700)
    assert [one.code for one in check_modes([tmp_path], owner=os.geteuid() + 1)] == ["node.folder_owner"]
    assert check_modes([tmp_path], owner=os.geteuid()) == []


def test_root_is_told_to_run_as_the_nodes_own_user(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(tmp_path, 61_999, 61_999)
    (told,) = check_modes([tmp_path], owner=0)
    assert told.code == "node.run_as_owner"
    assert told.facts["uid"] == tmp_path.stat().st_uid != 0


def test_a_node_that_was_never_enrolled_is_told_so(tmp_path: Path) -> None:
    desk = ready_node(tmp_path)
    found = examination.check_link(desk.settings, now=NOW)
    assert [one.code for one in found] == ["enrol.not_enrolled"]
    file = desk.home / "node.toml"
    file.write_text('proxy = "socks5://proxy:1080"\n' + file.read_text())
    assert [one.code for one in examination.check_link(desk.settings, now=NOW)] == ["link.proxy_malformed"]


def test_data_of_nobody_and_of_another_version_are_named(desk: NodeDesk) -> None:
    from node.doctor.data_checks import check_cdm

    current = Store(desk.settings.store).get_current()
    assert check_cdm(current) == []
    for change, code in (
        ({"tables": {**current.manifest.tables, "person": 0}}, "node.data_no_persons"),
        ({"cdm_version": "5.2"}, "node.data_cdm_version"),
    ):
        other = type(current)(current.folder, current.manifest.model_copy(update=change))
        assert [one.code for one in check_cdm(other)] == [code]


def test_json_is_one_document_and_nothing_else(desk: NodeDesk) -> None:
    told = desk.type("doctor", "--json")
    assert told.err == ""
    assert json.loads(told.out)["groups"][0]["group"] == "settings"
    with desk.state() as session:
        assert session.scalar(select(AuditEvent.number)) is not None
