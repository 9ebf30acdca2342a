"""Takes an order in: judges it, asks the hospital's policy, and writes down the answer before giving it."""

from __future__ import annotations

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis_jobs.kinds.check_job import check_job
from analysis_jobs.kinds.noisy.plan import plan_noise
from analysis_jobs.variables.reads import find_reads
from node.data_source import dataset_names, find_source
from node.decisions.judge_order import Judged, judge_order, mentioned_ids
from node.decisions.run_states import RunState
from node.decisions.site_policy import Consent, SitePolicy, check_minimum, decide_consent
from node.registers.audit import NodeEvent, record_event
from node.registers.budget import reserve_run
from node.registers.budget_counts import micro_epsilon_within_bounds
from node.registers.policies import current_policy
from node.registers.refusals import check_refusals
from node.registers.run_papers import make_papers, record_papers
from node.services import NodeServices
from node.state.memory import load_memory, remember_judged
from node.state.tables import Run
from onggi.errors import Fact, NotTrusted, OnggiError, Refused
from onggi.protocol.canonical import digest_of
from onggi.protocol.messages import Decision
from onggi.protocol.orders import SHOW_AGAIN, OrderBundle
from onggi.protocol.parcels import ParcelKind
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import JobOrder
from onggi.spec.base import as_instant
from onggi.spec.ids import OrderId, RunId

_EVENTS = {
    RunState.ACCEPTED: NodeEvent.ORDER_ACCEPTED,
    RunState.ASKED: NodeEvent.ORDER_ASKED,
    RunState.DECLINED: NodeEvent.ORDER_DECLINED,
}
_VERDICTS = {RunState.ACCEPTED: "accepted", RunState.ASKED: "asked", RunState.DECLINED: "declined"}
_LARGEST_ORDER = 16 * 2**20


def read_bundle(body: bytes | memoryview) -> OrderBundle:
    """The bundle inside an order parcel. Raises NotTrusted(``order.malformed``)."""
    if len(body) > _LARGEST_ORDER:
        raise NotTrusted("order.malformed")
    try:
        return OrderBundle.model_validate_json(bytes(body))
    except ValidationError:
        raise NotTrusted("order.malformed") from None


def receive_order(services: NodeServices, bundle: OrderBundle, *, federation: str) -> str:
    """Judges an order and records the decision, once. Returns the parcel id of the decision.

    A repeated order gets its recorded decision again; nothing is judged or run twice. Log evidence that
    lags behind this node's own view decides nothing: it raises, and the order may be shown again.
    """
    order = read_statement(bundle.order, JobOrder, federation=federation)
    with services.sessions.begin() as session:
        known = session.scalar(select(Run).where(Run.order_id == order.order))
        if known is not None:
            _check_same(known, order, bundle)
            return _record_decision(session, services, known)
        if session.get(Run, order.run) is not None:
            raise NotTrusted("order.run_twice")
        row, judged = _judge(session, services, bundle, order)
        session.add(row)
        session.flush()
        state = RunState(row.state)
        facts: dict[str, Fact] = {"code": row.code} if row.code else {}
        if judged is not None:
            papers = make_papers(bundle, judged, now=services.clock())
            facts["papers"] = record_papers(session, services.objects, papers, run=row.run)
        record_event(session, _EVENTS[state], about=row.run, now=services.clock(), facts=facts)
        return _record_decision(session, services, row)


def _check_same(known: Run, order: JobOrder, bundle: OrderBundle) -> None:
    if known.run != order.run or known.spec_digest != digest_of(bundle.spec):
        raise NotTrusted("statement.replayed", statement=order.id)


def _judge(
    session: Session, services: NodeServices, bundle: OrderBundle, order: JobOrder
) -> tuple[Run, Judged | None]:
    """The run's first row, and the judgement. A refusal of any kind makes it a declined one without it."""
    now = services.clock()
    row = Run(
        run=order.run,
        order_id=order.order,
        spec_digest=digest_of(bundle.spec),
        spec=bundle.spec.model_dump_json(),
        permit="",
        state=str(RunState.DECLINED),
        state_since=as_instant(now),
        received_at=as_instant(now),
    )
    try:
        source = find_source(services, bundle.spec.dataset)
        # A data set that is not here has no version; the judgement says so, in its place among the rules.
        generation = 0 if source is None else source.version()
        ids = mentioned_ids(bundle, federation=order.federation)
        memory = load_memory(
            session,
            services.settings,
            bundle.spec,
            code=services.code,
            datasets=dataset_names(services),
            generation=generation,
            ids=ids,
            micro_epsilon_before=micro_epsilon_within_bounds(session, bundle.spec.permit),
        )
        judged = judge_order(bundle, memory=memory, reads=find_reads(bundle.spec), now=now)
        policy = current_policy(session, services.objects, services.settings)
        consent = _check_site(policy, judged)
        check_refusals(session, policy, project=judged.spec.project, now=now)
        if consent != "ask":  # of a run that waits for the hospital nothing is reserved before it consents
            reserve_run(session, run=row.run, spec=judged.spec, spec_digest=row.spec_digest, now=now)
    except OnggiError as error:
        if error.code in SHOW_AGAIN:
            raise
        row.code = error.code
        return row, None
    remember_judged(session, judged, generation=generation, now=now)
    row.permit = judged.permit.model_dump_json()
    row.generation = generation
    row.state = str(RunState.ASKED if consent == "ask" else RunState.ACCEPTED)
    return row, judged


def _check_site(policy: SitePolicy, judged: Judged) -> Consent:
    """This hospital's own rules, after the federation's."""
    check_job(judged.spec)
    plan_noise(judged.spec, root=judged.root)
    check_minimum(policy, judged.spec)
    consent = decide_consent(policy, judged.spec)
    if consent == "never":
        raise Refused("consent.never")
    return consent


def _record_decision(session: Session, services: NodeServices, row: Run) -> str:
    state = RunState(row.state)
    verdict = _VERDICTS.get(state, "accepted")
    parcel = f"{row.order_id}:decision:{verdict}"
    services.outbox.record(
        session,
        id=parcel,
        kind=ParcelKind.DECISION,
        about=row.run,
        header=Decision.model_validate(
            {
                "order": OrderId(row.order_id),
                "run": RunId(row.run),
                "spec": row.spec_digest,
                "verdict": verdict,
                "code": row.code if verdict == "declined" else None,
            }
        ),
    )
    return parcel
