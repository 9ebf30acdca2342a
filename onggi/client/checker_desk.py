"""The output checker's desk: evidence first, then the result, then one's own signed and blinded vote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from onggi.client.answers import AnyAnswer, read_answer
from onggi.client.language import plain_line
from onggi.client.names import checked_name
from onggi.client.paging import all_pages
from onggi.client.pinned_roots import PinnedRoots
from onggi.client.replies import BallotReply, ExportReply, JobRecord, PageReply
from onggi.client.signing_checks import check_may_sign, signed_with
from onggi.client.transport import Transport
from onggi.errors import NotTrusted
from onggi.protocol.canonical import digest_of
from onggi.protocol.dsse import Envelope
from onggi.protocol.keys import SigningKey
from onggi.protocol.papers import Paper, read_paper
from onggi.protocol.statements import ExportRelease
from onggi.spec.counted_rules import tell_counted
from onggi.spec.explain_columns import Pair
from onggi.spec.explain_rules import tell_number
from onggi.words.catalogue import Language

Verdict = Literal["approve", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPage:
    """One held result. Read `evidence` before `answer`, and both before voting."""

    reply: ExportReply
    answer: AnyAnswer

    def evidence(self, language: Language) -> str:
        """What each disclosure rule said, a line each; the rules that counted; each finding with its cell."""
        korean = language == "ko"
        withheld, passed = ("비공개 처리", "통과") if korean else ("withheld", "passed")
        lines = []
        for rule in self.reply.evidence.rules:
            outcome = passed if rule.outcome == "passed" else f"{withheld}: {rule.cells}"
            lines.append(f"{plain_line(rule.rule)} - {outcome}")
        lines += [plain_line(each[0] if korean else each[1]) for each in self._counted()]
        for each in self.reply.evidence.findings:
            cell, words = (each.cell_ko, each.ko) if korean else (each.cell_en, each.en)
            checks = f" [ACRO: {', '.join(each.checks)}]" if each.checks else ""
            lines.append(plain_line(f"{cell}: {words}{checks}"))
        return "\n".join(lines)

    def _counted(self) -> Iterator[Pair]:
        counted = self.reply.evidence.counted
        if counted is None:
            return
        yield from tell_counted(counted)
        for each in counted.rules:
            (value_ko, value_en), (usual_ko, usual_en) = tell_number(each.value), tell_number(each.usual)
            ko, en = f"{each.ko}: {value_ko}", f"{each.en}: {value_en}"
            yield (f"{ko} (기본 {usual_ko})", f"{en} (default {usual_en})") if each.is_stricter else (ko, en)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckerDesk:
    """Held results, for output checkers."""

    transport: Transport
    pinned: PinnedRoots
    language: Language = "en"

    def waiting(self) -> Iterator[JobRecord]:
        """Held results on which this checker may vote and has not voted."""
        return all_pages(self.transport, "/exports", PageReply[JobRecord], query={})

    def read(self, job: str) -> ExportPage:
        """The evidence and the result, whose digest is checked: it is what the vote will name."""
        path = f"/exports/{checked_name(job)}"
        return self._page(self.transport.ask("GET", path, ExportReply))

    def draw_ballot(
        self,
        page: ExportPage,
        *,
        verdict: Verdict,
        reason: str | None,
        key: SigningKey | None = None,
        member: str | None = None,
        now: datetime | None = None,
    ) -> Paper:
        """The vote to be read before it is signed. Nothing is handed in yet.

        Args:
            key: the key file that will sign; for a passkey say whose vote it is instead.
            member: the checker's name in the federation root.

        Raises:
            NotTrusted: ``client.ballot_differs`` where the coordinator drew up another vote.
        """
        clock = now or datetime.now(UTC)
        root = self.pinned.get_current(now=clock)
        if key is not None:
            member = check_may_sign(key, root=root, role="output_checker")
        path = f"/exports/{checked_name(page.reply.job)}/ballots"
        body = {"verdict": verdict, "reason": reason}
        drawn = self.transport.ask("POST", path, BallotReply, body=body, may_repeat=True)
        paper = read_paper(drawn.envelope, root=root, shown=drawn.rendering)
        vote = paper.predicate
        asked = (page.reply.job, page.reply.result_digest, member, verdict, reason)
        if not isinstance(vote, ExportRelease):
            raise NotTrusted("client.ballot_differs", job=page.reply.job)
        if (vote.job, vote.result, vote.checker, vote.verdict, vote.reason) != asked:
            raise NotTrusted("client.ballot_differs", job=page.reply.job)
        return paper

    def vote(
        self, page: ExportPage, paper: Paper, *, key: SigningKey, now: datetime | None = None
    ) -> ExportPage:
        """Signs the paper that was read and hands the vote in. It cannot be changed afterwards."""
        clock = now or datetime.now(UTC)
        root = self.pinned.get_current(now=clock)
        return self.hand_in(page, signed_with(key, paper, root=root, role="output_checker", now=clock))

    def hand_in(self, page: ExportPage, envelope: Envelope) -> ExportPage:
        """Hands in a signed vote, e.g. with a passkey's signature."""
        path = f"/exports/{checked_name(page.reply.job)}/votes"
        return self._page(self.transport.ask("POST", path, ExportReply, body=envelope, may_repeat=True))

    def _page(self, reply: ExportReply) -> ExportPage:
        if digest_of(reply.result) != reply.result_digest:
            raise NotTrusted("client.result_altered", job=plain_line(reply.job))
        return ExportPage(reply=reply, answer=read_answer(reply.result, language=self.language))
