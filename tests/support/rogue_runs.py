"""Leads runs at real nodes by hand, letter by letter, so that each letter can be spoilt on its way.

`Led` knows what an honest coordinator would send next. A test takes that, alters it, and hands it over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis_jobs.kinds.contract import Ask
from analysis_jobs.kinds.noisy.kind import kind_of
from analysis_jobs.kinds.records import ask_to_records, read_reply_arrays
from analysis_jobs.runner import flower_adapter
from node.agent.derive_message import Pooled, derive_ask
from onggi.protocol.canonical import digest_of
from onggi.protocol.dsse import Envelope
from onggi.protocol.messages import Finish, RunMessage, RunReply, pack, unpack
from onggi.protocol.parcels import Parcel, ParcelKind
from onggi.spec.ids import RunId, SiteId
from onggi.spec.job import JobSpec
from tests.support.lone_node import LoneNode
from tests.support.rogue_coordinator import RogueCoordinator


def ask_bytes(ask: Ask) -> bytes:
    """A question as it travels."""
    return flower_adapter.records_to_bytes(ask_to_records(ask))


def changed(ask: Ask, **arrays: object) -> Ask:
    """The question with other numbers in some of its arrays."""
    return Ask(
        ask.ordinal,
        ask.name,
        {**ask.arrays, **{name: np.asarray(array, dtype=np.float64) for name, array in arrays.items()}},
    )


@dataclass
class Answer:
    """A hospital's signed reply."""

    records: bytes
    signature: str


@dataclass
class Led:
    """One run at some nodes; `ordinal` is the next question's number."""

    run: str
    spec: JobSpec
    nodes: Mapping[SiteId, LoneNode]
    history: list[Pooled] = field(default_factory=list)
    answers: list[dict[SiteId, Answer]] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return digest_of(self.spec)

    async def order(self, rogue: RogueCoordinator, permit: Envelope) -> None:
        """A good order to every node; each accepts."""
        for site, node in self.nodes.items():
            seen = node.agent.hello().log_size
            order = rogue.order(self.spec, site, run=self.run)
            bundle = rogue.bundle(self.spec, site=site, permit=permit, order=order, seen=seen)
            await node.take(ParcelKind.ORDER, bundle.model_dump_json(by_alias=True).encode(), about=self.run)
            decision = node.decisions[-1]
            assert (decision.verdict, decision.code) == ("accepted", None)

    def next_ask(self) -> Ask:
        return derive_ask(self.spec, kind_of(self.spec), self.history)

    def header(self, ordinal: int, **changes: object) -> RunMessage:
        """The header of a clear message, with the replies to the one before."""
        before = self.answers[ordinal - 1] if 0 < ordinal <= len(self.answers) else {}
        fields: dict[str, object] = {
            "run": self.run,
            "ordinal": ordinal,
            "previous_sites": tuple(before),
            "previous_signatures": tuple(one.signature for one in before.values()),
        }
        return RunMessage.model_validate(fields | changes)

    def letters(self, ordinal: int) -> list[bytes]:
        before = self.answers[ordinal - 1] if 0 < ordinal <= len(self.answers) else {}
        return [one.records for one in before.values()]

    async def show(self, site: SiteId, header: RunMessage, attachments: Sequence[bytes]) -> list[Parcel]:
        return await self.nodes[site].take(ParcelKind.MESSAGE, pack(header, attachments), about=self.run)

    async def go_on(self) -> Ask:
        """One honest round in clear: every node answers, and the sum is known."""
        ask = self.next_ask()
        ordinal = ask.ordinal
        answers: dict[SiteId, Answer] = {}
        for site in self.nodes:
            sent = await self.show(site, self.header(ordinal), [ask_bytes(ask), *self.letters(ordinal)])
            answers[site] = only_reply(sent)
        self.answers.append(answers)
        layout = kind_of(self.spec).layout(self.spec, ask, participants=len(self.spec.participants))
        total: dict[str, np.ndarray] = {}
        for answer in answers.values():
            read = read_reply_arrays(flower_adapter.records_from_bytes(answer.records), layout)
            for name, array in read.items():
                total[name] = total[name] + array if name in total else array.copy()
        self.history.append(Pooled(arrays=total, sites=tuple(sorted(answers))))
        return ask

    async def finish(self) -> None:
        body = pack(Finish(run=RunId(self.run), outcome="finished"))
        for node in self.nodes.values():
            await node.take(ParcelKind.FINISH, body, about=self.run)


def only_reply(sent: Sequence[Parcel]) -> Answer:
    """The one released reply among what a node sent. Fails where there is none, or a refusal."""
    replies = [unpack(RunReply, one.body) for one in sent if one.kind is ParcelKind.REPLY]
    assert len(replies) == 1
    header, attachments = replies[0]
    assert header.code is None
    assert header.signature is not None
    assert len(attachments) == 1
    return Answer(bytes(attachments[0]), header.signature)


def refusal_of(sent: Sequence[Parcel]) -> str | None:
    """The code in a reply that refuses; a refusal carries no numbers."""
    replies = [unpack(RunReply, one.body) for one in sent if one.kind is ParcelKind.REPLY]
    assert all(not attachments and header.signature is None for header, attachments in replies)
    return replies[0][0].code if replies else None
