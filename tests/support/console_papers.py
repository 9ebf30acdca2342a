"""A run of a console's house with real papers: signed by the test federation, logged, witnessed, kept."""

from __future__ import annotations

from node.decisions.judge_papers import Papers
from node.egress.disclosure_report import make_report, record_report
from node.registers.objects import ObjectStore
from node.registers.releases import Leaving, record_release
from node.registers.run_papers import record_papers
from node.state.memory import load_roots
from node.state.tables import Run
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import ProjectPermit
from onggi.spec.base import as_instant
from onggi.spec.ids import SiteId
from privacy.disclosure.looks import Look
from tests.support.console_house import ConsoleHouse
from tests.support.lone_node import SetClock
from tests.support.node_desk import REPLY, SITE
from tests.support.rogue_coordinator import HonestFederation, RogueCoordinator

RUN = "run-with-papers"
LOOKS = (
    Look("disclosure.small_cell", 5, 10, kept=True),
    Look("disclosure.small_difference", 4, 10, kept=True),
)


def leave_with_papers(house: ConsoleHouse, *, voted: bool = True) -> int:
    """Something that left a run whose order was judged well: its entry's number.

    Args:
        voted: whether the job lies outside its permit's bounds and was approved by itself.
    """
    settings, now = house.desk.settings, house.clock()
    with house.desk.state() as session:
        root = load_roots(session, fingerprint=settings.root_fingerprint).latest
        honest = HonestFederation(SetClock(now), root=root)
        rogue, spec = RogueCoordinator(honest), honest.count_spec(minimum_sites=3)
        permit = honest.permit(bounds={"minimum_sites": 4 if voted else 3})
        approvals = [honest.approval(spec)] if voted else []
        site = SiteId(SITE)
        order = rogue.order(spec, site, run=RUN)
        bundle = rogue.bundle(spec, site=site, permit=permit, approvals=approvals, order=order)
        papers = Papers(
            verified_at=now,
            root_version=root.version,
            log_origin=settings.log_origin,
            site=site,
            basis="approval" if voted else "bounds",
            order=bundle.order,
            spec=spec,
            permit=bundle.permit,
            approvals=bundle.approvals,
            checkpoint=bundle.checkpoint,
        )
        granted = read_statement(permit, ProjectPermit, federation=root.federation)
        session.add(
            Run(
                run=RUN,
                order_id="order-with-papers",
                spec_digest=digest_of(spec),
                spec=canonical_json(spec).decode(),
                permit=granted.model_dump_json(),
                state="finished",
                state_since=as_instant(now),
                received_at=as_instant(now),
            )
        )
        session.flush()
        objects = ObjectStore(settings.objects)
        record_papers(session, objects, papers, run=RUN)
        report = make_report(spec, LOOKS, of="site", now=now)
        judged = record_report(session, objects, report, run=RUN, ordinal=0)
        leaving = Leaving(
            run=RUN,
            ordinal=0,
            spec_digest=digest_of(spec),
            project=spec.project,
            what="aggregate",
            result="count_table",
            size=len(REPLY),
            object_digest=objects.put(session, REPLY),
            decision="sent",
            judged=judged,
        )
        return record_release(session, leaving, now=now)
