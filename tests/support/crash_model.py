"""What must hold after any number of kills, said in terms of rows alone: nothing lost, nothing twice.

It reads the databases with sqlite3 and recomputes hashes and counts itself; the product's own verifiers are
asked besides, never instead.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from coordinator.audit.trail import check_chain as check_trail
from coordinator.transparency.verify_log import check_log
from node.cli.state import reading
from node.registers.audit import check_chain
from node.registers.budget_chain import check_budget
from node.registers.objects import ObjectStore
from node.registers.releases import check_register
from node.registers.what_left import check_objects
from onggi.protocol.merkle import CompactTree, leaf_hash
from tests.support.crash_federation import COORDINATOR, SITES, CrashHouse, Rows

_NODE_GROWS = (
    "releases", "audit", "replies", "begun_exchanges", "revealed_sums", "pooled_sums", "deletions",
    "seen_statements", "permit_jobs", "questions", "revoked", "root_versions", "objects", "budget",
)  # fmt: skip
_COORDINATOR_GROWS = (
    "audit_events", "log_leaves", "grid_messages", "grid_replies", "grid_sums", "results", "export_votes",
    "statement_signatures", "approvals", "federation_roots",
)  # fmt: skip
_NODE_FIXED = {"runs": ("run", "order_id", "spec_digest", "spec", "permit", "generation", "received_at")}
_COORDINATOR_FIXED = {
    "runs": ("id", "job", "started"),
    "orders": ("id", "run", "site", "envelope"),
    "jobs": ("id", "spec", "digest", "permit", "project", "submitted_by"),
}
_NODE_FINAL = {"finished", "failed", "cancelled", "declined"}
_JOB_FINAL = {"held", "released", "failed", "cancelled", "refused"}


def _whole(rows: Iterable[Mapping[str, object]]) -> set[str]:
    return {repr(sorted(row.items())) for row in rows}


def _part(rows: Iterable[Mapping[str, object]], names: Sequence[str]) -> set[str]:
    return {repr([row[name] for name in names]) for row in rows}


def check_nothing_lost(kept: Sequence[Rows], last: Rows, *, coordinator: bool) -> None:
    """Everything that was on the disk at some death is still there, unchanged."""
    grows = _COORDINATOR_GROWS if coordinator else _NODE_GROWS
    fixed = _COORDINATOR_FIXED if coordinator else _NODE_FIXED
    for before, after in pairwise([*kept, last]):
        for table in grows:
            lost = _whole(before[table]) - _whole(after[table])
            assert not lost, (table, lost)
        for table, names in fixed.items():
            assert _part(before[table], names) <= _part(after[table], names), table
        if coordinator:
            _check_answers_stay(before, after)
        else:
            _check_states_stay(before, after, "runs", "run", _NODE_FINAL)
    _check_same_bytes([*kept, last], "outgoing_parcels" if coordinator else "outgoing")


def _check_answers_stay(before: Rows, after: Rows) -> None:
    """A hospital's answer and its deletion record, once taken, stay."""
    later = {row["id"]: row for row in after["orders"]}
    for row in before["orders"]:
        for name in ("answer", "deletion"):
            assert row[name] in (None, "asked", later[row["id"]][name]), name
    _check_states_stay(before, after, "jobs", "id", _JOB_FINAL - {"held"})


def _check_states_stay(before: Rows, after: Rows, table: str, name: str, final: set[str]) -> None:
    later = {row[name]: row["state"] for row in after[table]}
    for row in before[table]:
        assert row["state"] not in final or later[row[name]] == row["state"], (table, row["state"])


def _check_same_bytes(all_rows: Sequence[Rows], table: str) -> None:
    """A parcel's id stands for its bytes, however often it is sent."""
    known: dict[object, object] = {}
    for rows in all_rows:
        for row in rows[table]:
            name = (row.get("site"), row["id"])
            content = (row["kind"], row["body"], row.get("object_digest"))
            assert known.setdefault(name, content) == content, name


def check_house(house: CrashHouse, *, jobs: Mapping[str, str]) -> None:
    """Everything, once all processes are at rest. `jobs`: the state in which each must have ended."""
    last = {who: house.read(who) for who in (COORDINATOR, *SITES)}
    for who, rows in last.items():
        check_nothing_lost(house.kept.get(who, []), rows, coordinator=who == COORDINATOR)
    centre = last[COORDINATOR]
    assert {row["id"]: row["state"] for row in centre["jobs"]} == dict(jobs)
    assert Counter(row["job"] for row in centre["runs"]) == dict.fromkeys(jobs, 1)
    assert all(row["ended"] is not None for row in centre["runs"])
    _check_log(house, last)
    for site in SITES:
        _check_node_once(last[site])
        _check_sides_agree(site, last[site], centre)
        _check_registers(house, site)
    with house.services.database.reading() as session:
        check_trail(session)


def _check_node_once(rows: Rows) -> None:
    """No order accepted twice, no run started, ended or destroyed twice, no reply released twice."""
    clear = Counter((row["run"], row["ordinal"]) for row in rows["releases"] if row["what"] == "aggregate")
    assert set(clear.values()) <= {1}, clear
    assert set(clear) == {(row["run"], row["ordinal"]) for row in rows["replies"]}
    states = {row["run"]: row["state"] for row in rows["runs"]}
    for event in ("node:order:accept", "node:run:start", "node:run:end", "node:workspace:destroy"):
        told = Counter(row["about"] for row in rows["audit"] if row["event"] == event)
        assert set(told.values()) <= {1}, (event, told)
        assert set(told) >= {run for run, state in states.items() if state == "finished"}, event
    assert set(states.values()) <= _NODE_FINAL
    audited = [row for row in rows["audit"] if row["event"] == "node:reply:release"]
    assert len(audited) == len(rows["releases"])
    assert {row["run"] for row in rows["deletions"]} == set(states) != set()
    assert all(row["workspace_key"] is None for row in rows["runs"])
    assert not rows["outgoing"]
    _check_budget_once(rows)
    for run in {row["run"] for row in rows["revealed_sums"]}:
        sets = {row["survivors"] for row in rows["revealed_sums"] if row["run"] == run}
        assert len(sets) == 1, "shares were revealed for one set of hospitals only"


def _check_budget_once(rows: Rows) -> None:
    """Every noisy answer was reserved once, then charged if anything of it left, else given back."""
    told = {
        what: [(row["about"], row["ordinal"]) for row in rows["budget"] if row["what"] == what]
        for what in ("reserved", "charged", "returned")
    }
    assert all(len(set(answers)) == len(answers) for answers in told.values()), told
    assert sorted(told["reserved"]) == sorted([*told["charged"], *told["returned"]])
    noisy = {row["run"] for row in rows["runs"] if '"micro_epsilon"' in row["spec"]}
    left = {(row["run"], row["ordinal"]) for row in rows["releases"] if row["run"] in noisy}
    assert set(told["charged"]) == left


def _check_sides_agree(site: str, node: Rows, centre: Rows) -> None:
    """What the hospital did is what the coordinator holds, to the byte."""
    orders = {row["run"]: row for row in centre["orders"] if row["site"] == site}
    assert set(orders) == {row["run"] for row in node["runs"]}
    for row in node["runs"]:
        assert orders[row["run"]]["answer"] == "accepted"
    for row in node["deletions"]:
        assert orders[row["run"]]["deletion"] == row["envelope"]
    objects = {row["digest"]: row["content"] for row in node["objects"]}
    replies = {(r["run"], r["ordinal"]): objects[r["object_digest"]] for r in node["replies"]}
    held = {(r["run"], r["ordinal"]): r["records"] for r in centre["grid_replies"] if r["site"] == site}
    done = {row["run"] for row in node["runs"] if row["state"] == "finished"}
    assert held.items() <= replies.items()
    assert {name for name in replies if name[0] in done} <= set(held)
    for digest, content in objects.items():
        assert digest == "sha256:" + hashlib.sha256(content).hexdigest()
    left = {(r["run"], r["ordinal"]) for r in node["releases"] if r["what"] == "masked_sum"}
    summed = {(r["run"], r["ordinal"]) for r in centre["grid_sums"] if site in r["sites"].split(",")}
    assert left >= summed


def _check_log(house: CrashHouse, last: Mapping[str, Rows]) -> None:
    """No entry twice, and every head that a hospital ever saw is a head of this very log."""
    leaves = sorted(last[COORDINATOR]["log_leaves"], key=lambda row: row["index"])
    assert [row["index"] for row in leaves] == list(range(len(leaves)))
    entries = [bytes(row["entry"]) for row in leaves]
    assert len(set(entries)) == len(entries)
    for row in last[COORDINATOR]["orders"]:
        assert entries.count(_entry(row["envelope"])) == 1
        assert row["deletion"] is None or entries.count(_entry(row["deletion"])) == 1
    roots = [CompactTree().root]
    tree = CompactTree()
    for entry in entries:
        tree = tree.append(leaf_hash(entry))
        roots.append(tree.root)
    for site in SITES:
        for rows in (*house.kept.get(site, []), last[site]):
            for fact in rows["facts"]:
                if fact["name"] == "log_view":
                    seen = json.loads(fact["value"])
                    assert roots[seen["size"]].hex() == seen["root"], site
    check_log(
        house.services.database, origin=house.services.origin, log_key=house.services.log_key.public_key
    )


def _entry(envelope: str) -> bytes:
    return envelope.encode()


def _check_registers(house: CrashHouse, site: str) -> None:
    settings = house.settings_of(site)
    with reading(settings) as session:
        check_chain(session)
        check_register(session)
        check_budget(session)
        check_objects(session, ObjectStore(settings.objects))
    assert not list(settings.workspaces.glob("*")), "a workspace was left behind"
