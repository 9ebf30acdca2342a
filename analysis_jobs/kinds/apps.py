"""The one pair of apps behind every statistic: a hospital's side that answers, a server's side that asks.

* Both read the job from the staged folder ``context.node_config["data-path"]``: `spec.json`, and at a
  hospital `table.arrow`. The table is read once and kept between messages.
* The server's side adds up what comes back. Under masks the Grid hands it one reply that is the sum.
* Hospitals that answered first must answer to the end: sums over different hospitals do not belong together.
* Nothing but a code leaves the server's side when it fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import rfc8785
from flwr.app import ConfigRecord, Context, Message
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp

from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Kind, Layout, Table
from analysis_jobs.kinds.guarded import is_guarded, pack_rows, sets_of
from analysis_jobs.kinds.noisy.kind import as_asked
from analysis_jobs.kinds.records import (
    ask_to_records,
    read_ask,
    read_near,
    read_reply_arrays,
    read_sums,
    summary_to_records,
)
from analysis_jobs.runner.worker_main import READS_VIEWS
from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.spec.job import JobSpec
from onggi.spec.near_earlier import NOTHING_NEAR, NearEarlier

ACTION = "ask"
MESSAGE_TYPE = f"query.{ACTION}"
TABLE_FILE = "table.arrow"
SPEC_FILE = "spec.json"


def make_client_app(kind: Kind) -> ClientApp:
    """Answers ``query.ask`` with this hospital's summary."""

    def answer(message: Message, context: Context) -> Message:
        folder = _folder(context)
        spec = _read_spec(folder)
        # The node numbers hospitals from 1, in the order of the spec's participants.
        ask = replace(read_ask(message.content), position=context.node_id - 1)
        table = _read_table(folder)
        summary = as_asked(kind, spec).local(spec, table, ask)
        told = sets_of(kind, spec, table, ask) if is_guarded(spec) else ()
        sets = pack_rows(told, rows=table.num_rows) if told else None
        return Message(summary_to_records(summary, sets=sets), reply_to=message)

    app = ClientApp()
    app.query(ACTION)(answer)
    setattr(app, READS_VIEWS, True)
    return app


def make_server_app(kind: Kind) -> ServerApp:
    """Leads the conversation; leaves ``result`` or ``failure`` in ``context.state``."""

    def main(grid: Grid, context: Context) -> None:
        try:
            spec = _read_spec(_folder(context))
            kind.check_spec(spec)
            answer = _converse(as_asked(kind, spec), spec, grid)
        except OnggiError as error:
            facts = json.dumps(error.facts, sort_keys=True)
            context.state["failure"] = ConfigRecord({"code": error.code, "facts": facts})
            return
        text = rfc8785.dumps(answer.model_dump(mode="json")).decode()
        context.state["result"] = ConfigRecord({"json": text})

    app = ServerApp()
    app.main()(main)
    return app


def _folder(context: Context) -> Path:
    place = context.node_config.get("data-path")
    if not isinstance(place, str):
        raise Refused("kinds.no_data_path")
    return Path(place)


def _read_spec(folder: Path) -> JobSpec:
    return _parse_spec((folder / SPEC_FILE).read_bytes())


@lru_cache(maxsize=8)
def _parse_spec(text: bytes) -> JobSpec:
    return JobSpec.model_validate_json(text)


def _read_table(folder: Path) -> Table:
    path = folder / TABLE_FILE
    written = path.stat()
    return _map_table(path, written.st_ino, written.st_mtime_ns)


@lru_cache(maxsize=8)
def _map_table(path: Path, _file: int, _written: int) -> Table:
    # Mapped, not read: what a statistic does not need is never brought into memory. Which file it was, and
    # when it was written, are part of the key, so that a folder staged anew is read anew.
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def _converse(kind: Kind, spec: JobSpec, grid: Grid) -> Answer:
    history: list[Arrays] = []
    members: frozenset[int] | None = None
    sites, near = 1, NOTHING_NEAR
    while True:
        found = kind.next(spec, history, sites=sites)
        if not isinstance(found, Ask):
            return found.model_copy(update={"near_earlier": near})
        if len(history) >= spec.limits.rounds:
            raise Refused("kinds.too_many_rounds", rounds=spec.limits.rounds)
        layout = kind.layout(spec, found, participants=len(spec.participants))
        replies = _send(grid, found, members)
        sums, answered, count = _add_up(replies, layout)
        if count < spec.minimum_sites:
            raise Refused("kinds.too_few_sites", minimum=spec.minimum_sites)
        if history and (answered != members or count != sites):
            raise Refused("kinds.site_lost")
        near = _both(near, _near_of(replies))
        members, sites = answered, count
        history.append(sums)


def _send(grid: Grid, ask: Ask, members: frozenset[int] | None) -> list[Message]:
    """Replies without an error, from the hospitals that are part of the conversation."""
    nodes = sorted(members) if members else sorted(grid.get_node_ids())
    records = ask_to_records(ask)  # one for all: the Grid hands it over once
    messages = [
        Message(records, dst_node_id=node, message_type=MESSAGE_TYPE, group_id=str(ask.ordinal))
        for node in nodes
    ]
    return [reply for reply in grid.send_and_receive(messages) if not reply.has_error()]


def _near_of(replies: Iterable[Message]) -> NearEarlier:
    """Of the sum: each hospital's number may be off."""
    told = [read_near(reply.content) for reply in replies]
    return NearEarlier(within=sum(each.within for each in told), left_out=any(each.left_out for each in told))


def _both(one: NearEarlier, other: NearEarlier) -> NearEarlier:
    return NearEarlier(within=max(one.within, other.within), left_out=one.left_out or other.left_out)


def _add_up(replies: Iterable[Message], layout: Layout) -> tuple[Arrays, frozenset[int] | None, int]:
    """The sums, which nodes gave them (None under masks: nobody can tell), and how many hospitals."""
    # Sorted, so that the same replies give the same last bit whatever their order of arrival.
    ordered = sorted(replies, key=lambda reply: int(reply.metadata.src_node_id))
    if not ordered:
        return {}, frozenset(), 0
    masked = read_sums(ordered[0].content, layout)
    if masked is not None:
        if len(ordered) != 1:
            raise NotTrusted("kinds.record_wrong", record="sum")
        return masked[0], None, masked[1]
    sums: dict[str, Any] = {}
    for reply in ordered:
        for name, array in read_reply_arrays(reply.content, layout).items():
            sums[name] = sums[name] + array if name in sums else array
    members = frozenset(int(reply.metadata.src_node_id) for reply in ordered)
    if len(members) != len(ordered):
        raise NotTrusted("kinds.record_wrong", record="arrays")
    return sums, members, len(ordered)
