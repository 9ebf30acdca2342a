"""P5: noise of one answer is drawn once and paid once; nothing about it is decided by the true counts."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from analysis_jobs.kinds.noisy.kind import kind_of
from analysis_jobs.kinds.records import read_reply_arrays
from analysis_jobs.runner import flower_adapter
from infra.demo.study import SITES
from node.decisions.site_policy import SitePolicy
from node.hospital_acts import record_consent, record_held_decision
from node.registers.budget_chain import check_budget, is_behind, sign_budget_head
from node.registers.budget_counts import spent
from node.registers.budget_populations import WHOLE_HOSPITAL, set_ceiling
from onggi.errors import Refused
from onggi.protocol.messages import Finish, SignedStatement, pack, unpack
from onggi.protocol.parcels import ParcelKind
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import Deletion
from onggi.spec.cohorts import age_at_least, cohort, everyone, rule
from onggi.spec.ids import RunId
from tests.support.heart_oracle import funnel
from tests.support.lone_node import LoneNode, close_nodes
from tests.support.noisy_room import NoisyRoom, counted, noisy_room
from tests.support.rogue_runs import Answer, Led, ask_bytes, only_reply
from tests.support.rogue_sums import Carried, Declined

pytestmark = pytest.mark.sandbox
BUDAPEST, CLEVELAND, LONGBEACH, ZURICH = SITES


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NoisyRoom]:
    tmp_path_factory.getbasetemp().chmod(0o755)
    with noisy_room(tmp_path_factory.mktemp("noisy")) as made:
        yield made


async def _asked(led: Led, site: str) -> Answer:
    ask = led.next_ask()
    return only_reply(await led.show(site, led.header(ask.ordinal), [ask_bytes(ask)]))


def _numbers(led: Led, answer: Answer) -> np.ndarray:
    layout = kind_of(led.spec).layout(led.spec, led.next_ask(), participants=len(led.spec.participants))
    return read_reply_arrays(flower_adapter.records_from_bytes(answer.records), layout)["persons"]


async def _end(led: Led, outcome: str = "finished") -> None:
    body = pack(Finish.model_validate({"run": RunId(led.run), "outcome": outcome}))
    for node in led.nodes.values():
        await node.take(ParcelKind.FINISH, body, about=led.run)


# --- in clear ----------------------------------------------------------------------------------------


def test_the_same_question_gets_the_same_noise_and_is_paid_once(room: NoisyRoom) -> None:
    node, seen = room.nodes[CLEVELAND], room.noise[CLEVELAND]
    charged, reserved = counted(node)

    async def story() -> None:
        led = await room.begin(room.spec(masked=False), CLEVELAND)
        assert counted(node) == (charged, reserved + 1)
        drawn = len(seen.draws)
        first = await _asked(led, CLEVELAND)
        assert await _asked(led, CLEVELAND) == first
        await node.restart()
        assert await _asked(led, CLEVELAND) == first
        assert len(seen.draws) == drawn + 1
        true = funnel(("cleveland",))
        assert (_numbers(led, first) - seen.draws[-1]).tolist() == list(true)
        assert counted(node) == (charged + 1, reserved)
        await _end(led)
        assert counted(node) == (charged + 1, reserved)
        gone = [parcel for parcel in node.sent if parcel.kind is ParcelKind.DELETION][-1]
        told = unpack(SignedStatement, gone.body)[0].envelope
        deletion = read_statement(told, Deletion, federation=room.honest.root.federation)
        assert deletion.run == led.run
        assert not any("bytes" in name for name in deletion.model_dump()), "it would tell who were staged"

    room.do(story())


def test_an_answer_about_nobody_is_given_like_any_other(room: NoisyRoom) -> None:
    """A refusal of small numbers would tell that they are small."""
    nobody = cohort(everyone(), rule("Older than anybody", age_at_least(119)))

    async def story() -> None:
        led = await room.begin(room.spec(masked=False, cohort=nobody), ZURICH)
        numbers = _numbers(led, await _asked(led, ZURICH))
        assert (numbers - room.noise[ZURICH].draws[-1])[-1] == 0
        await _end(led)

    room.do(story())
    assert not any(code.startswith("disclosure.") for code in room.nodes[ZURICH].codes)


def test_what_a_run_did_not_spend_comes_back(room: NoisyRoom) -> None:
    node = room.nodes[BUDAPEST]
    charged, reserved = counted(node)

    async def story() -> None:
        led = await room.begin(room.spec(masked=False), BUDAPEST)
        assert counted(node) == (charged, reserved + 1)
        await node.restart()
        await _end(led, "failed")
        assert counted(node) == (charged, reserved)

    room.do(story())
    assert node.events.count("node:budget:give_back") == 1


def test_a_held_answer_is_charged_when_it_leaves(room: NoisyRoom) -> None:
    node = room.make(LONGBEACH, "held", policy=SitePolicy(release={"count_table": "hold"}))

    async def story() -> None:
        led = Led("run-held", room.spec(masked=False), {LONGBEACH: node})
        await led.order(room.rogue, room.permit())
        ask = led.next_ask()
        message = (led.header(ask.ordinal), [ask_bytes(ask)])
        sent = await led.show(LONGBEACH, *message)
        assert ParcelKind.REPLY not in {parcel.kind for parcel in sent}
        assert counted(node) == (0, 1)
        with node.services.sessions.begin() as session:
            record_held_decision(session, held=node.held[0], approved=True, now=room.honest.clock())
        await node.agent._watch_once()
        assert counted(node) == (1, 0)
        held = only_reply(node.sent[-1:])
        assert only_reply(await led.show(LONGBEACH, *message)) == held
        await close_nodes([node])

    room.do(story())


def test_a_hospital_that_is_asked_reserves_when_it_consents(room: NoisyRoom) -> None:
    node = room.make(LONGBEACH, "asked", policy=SitePolicy(consent="ask"))

    def consent(run: str) -> None:
        with node.services.sessions.begin() as session:
            record_consent(session, node.services.outbox, run=run, given=True, now=room.honest.clock())

    async def story() -> None:
        for number in (1, 2):
            led = Led(f"run-asked-{number}", room.spec(masked=False, title=f"Asked {number}"), {})
            seen = node.agent.hello().log_size
            order = room.rogue.order(led.spec, LONGBEACH, run=led.run)
            bundle = room.rogue.bundle(led.spec, site=LONGBEACH, permit=room.permit(), order=order, seen=seen)
            await node.take(ParcelKind.ORDER, bundle.model_dump_json(by_alias=True).encode(), about=led.run)
        assert counted(node) == (0, 0)
        consent("run-asked-1")
        assert counted(node) == (0, 1)
        with node.services.sessions.begin() as session:
            set_ceiling(
                session,
                WHOLE_HOSPITAL,
                micro_epsilon=600_000,
                femto_delta=10**9,
                by="it",
                reason="test",
                now=room.honest.clock(),
            )
        with pytest.raises(Refused) as refused:
            consent("run-asked-2")
        assert refused.value.code == "budget.exhausted"
        assert node.states == {"run-asked-1": "accepted", "run-asked-2": "asked"}
        await close_nodes([node])

    room.do(story())


# --- under masks -------------------------------------------------------------------------------------


def test_a_further_attempt_carries_the_same_noise(room: NoisyRoom) -> None:
    before = {site: len(seen.draws) for site, seen in room.noise.items()}
    paid = {site: counted(node)[0] for site, node in room.nodes.items()}

    async def story() -> None:
        led = await room.begin(room.spec(masked=True))
        first = Carried(led, room.honest.root, 0)
        for phase in (first.advertise, first.share, first.mask):
            await phase()
        for node in room.nodes.values():
            await node.restart()
        second = Carried(led, room.honest.root, 1)
        for phase in (
            second.advertise,
            second.share,
            second.mask,
            second.confirm,
            second.seal,
            second.unmask,
        ):
            await phase()
        pooled, _ = second.open_main()
        draws = {site: seen.draws[before[site] :] for site, seen in room.noise.items()}
        assert {site: len(drawn) for site, drawn in draws.items()} == dict.fromkeys(SITES, 1)
        noise = sum(drawn[0] for drawn in draws.values())
        assert (pooled.arrays["persons"] - noise).tolist() == list(funnel())
        assert {site: counted(node)[0] - paid[site] for site, node in room.nodes.items()} == dict.fromkeys(
            SITES, 1
        )
        assert [entry.name for entry in second.layout.evidence] == ["hospitals"], "no true sum is opened"
        await _lose_noise(led)
        await _end(led)

    async def _lose_noise(led: Led) -> None:
        """Whoever has given an answer and lost its noise never draws another."""
        node = room.nodes[ZURICH]
        (node.services.settings.workspaces / led.run / "noisy-0.npz.enc").unlink()
        await node.restart()
        drawn = len(room.noise[ZURICH].draws)
        third = Carried(led, room.honest.root, 2)
        for phase in (third.advertise, third.share):
            await phase()
        with pytest.raises(Declined, match=r"noise\.lost"):
            await third.tell(ZURICH, "mask", third.dealt_to(ZURICH))
        assert len(room.noise[ZURICH].draws) == drawn

    room.do(story())


# --- a node from an old backup -----------------------------------------------------------------------


def _back_up(node: LoneNode, to: Path) -> Path:
    with (
        contextlib.closing(sqlite3.connect(_state(node))) as live,
        contextlib.closing(sqlite3.connect(to)) as copy,
    ):
        live.backup(copy)
    return to


async def _restore(node: LoneNode, backup: Path) -> None:
    """The node's state as the backup has it, under the same keys and with the same data."""
    await node.agent.close()
    node.services.sessions.kw["bind"].dispose()
    for left in _state(node).parent.glob("state.sqlite*"):
        left.unlink()
    shutil.copy(backup, _state(node))
    await node.restart()


def _state(node: LoneNode) -> Path:
    return node.services.settings.home / "state.sqlite"


def test_a_node_from_an_old_backup_spends_nothing_until_it_is_restored_forward(room: NoisyRoom) -> None:
    """The head that was kept outside names rows that the backup lacks."""
    live = room.make(ZURICH, "live")

    async def story() -> None:
        led = Led("run-live", room.spec(masked=False), {ZURICH: live})
        backup = _back_up(live, room.folder / "backup.sqlite")
        await led.order(room.rogue, room.permit())
        await _asked(led, ZURICH)
        await _end(led)
        with live.services.sessions() as session:
            head = sign_budget_head(session, site=ZURICH, key=live.services.identity)
        forward = _back_up(live, room.folder / "forward.sqlite")
        assert counted(live) == (1, 0)
        await _restore(live, backup)
        assert counted(live) == (0, 0)
        await live.take(ParcelKind.BUDGET, pack(head))
        with live.services.sessions() as session:
            assert is_behind(session)
            assert spent(session, WHOLE_HOSPITAL).share >= 10**6, "the whole budget counts as spent"
        assert await _declined(live, "run-again") == "budget.behind"
        await _restore(live, forward)
        await live.take(ParcelKind.BUDGET, pack(head))
        assert await _declined(live, "run-forward") is None
        await close_nodes([live])

    async def _declined(node: LoneNode, run: str) -> str | None:
        spec = room.spec(masked=False, title=run)
        order = room.rogue.order(spec, ZURICH, run=run)
        seen = node.agent.hello().log_size
        bundle = room.rogue.bundle(spec, site=ZURICH, permit=room.permit(), order=order, seen=seen)
        await node.take(ParcelKind.ORDER, bundle.model_dump_json(by_alias=True).encode(), about=run)
        return node.decisions[-1].code

    room.do(story())


def test_a_forged_head_is_not_kept(room: NoisyRoom) -> None:
    node = room.nodes[BUDAPEST]
    with node.services.sessions() as session:
        true = sign_budget_head(session, site=BUDAPEST, key=node.services.identity)
    forged = true.model_copy(update={"entries": true.entries + 5})
    room.do(node.take(ParcelKind.BUDGET, pack(forged)))
    assert node.codes[-1] == "budget.head_forged"
    with node.services.sessions() as session:
        assert not is_behind(session)
        check_budget(session)
