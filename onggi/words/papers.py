"""Words for a hospital's papers: the ledger, the weekly letter and the bundle for support."""

from __future__ import annotations

from functools import partial

from onggi.words.entry import Words

_letter = partial(Words, status=409, exit=134)
_forged = partial(Words, status=403, exit=134)
_paper = partial(Words, status=409, exit=135)

_ALARM_KO = "전산 책임자에게 알리고 백업과 비교하십시오: onggi-node audit verify"
_ALARM_EN = "Tell whoever is in charge and compare with the backup: onggi-node audit verify"

WORDS: dict[str, Words] = {
    "letter.week_malformed": _letter(
        ko="주는 2026-W47처럼 씁니다.",
        en="A week is written like 2026-W47.",
        next_ko="주를 고쳐 실행하십시오: onggi-node letter write --week 2026-W47",
        next_en="Correct the week: onggi-node letter write --week 2026-W47",
        status=422,
    ),
    "letter.week_not_over": _letter(
        ko="아직 끝나지 않은 주입니다. 주: {week}",
        en="This week is not over yet: {week}",
        next_ko="다음 월요일 이후에 실행하십시오: onggi-node letter write --week {week}",
        next_en="Run this after next Monday: onggi-node letter write --week {week}",
    ),
    "letter.not_written": _letter(
        ko="이 주의 확인서는 아직 쓰이지 않았습니다. 주: {week}",
        en="No letter has been written for this week: {week}",
        next_ko="실행하십시오: onggi-node letter write --week {week}",
        next_en="Run: onggi-node letter write --week {week}",
        status=404,
    ),
    "letter.not_a_week": _letter(
        ko="이 기관 노드에 기록이 있고 이미 끝난 주가 아닙니다.",
        en="This is no week that is over and in which this node was at work.",
        next_ko="목록을 확인하십시오: onggi-node letter list",
        next_en="See the list: onggi-node letter list",
        status=404,
    ),
    "letter.not_the_hospitals": _forged(
        ko="이 확인서에는 거기에 적힌 기관의 서명이 없습니다. 기관: {site}",
        en="The letter is not signed by the hospital that it names: {site}",
        next_ko="그 기관에 원본을 다시 요청하십시오.",
        next_en="Ask that hospital for the original.",
    ),
    "letter.other_hospital": _forged(
        ko="다른 기관의 확인서입니다. 기관: {site}",
        en="This is another hospital's letter: {site}",
        next_ko="연합 루트로 확인하십시오: onggi letter verify <파일> --root <연합 루트>",
        next_en="Verify it with the federation root: onggi letter verify <file> --root <root>",
    ),
    "letter.does_not_continue": _forged(
        ko="두 확인서의 기록이 이어지지 않습니다. 앞: {earlier}, 뒤: {later}",
        en="The registers of one letter do not go on from the other's. Earlier: {earlier}, later: {later}",
        next_ko="기관에 까닭을 물으십시오. 기록이 바뀌었거나 지워졌을 수 있습니다.",
        next_en="Ask the hospital why: its registers may have been altered or cut.",
    ),
    "letter.books_differ": _forged(
        ko="확인서와 지금의 기록이 다릅니다. 주: {week}, 다른 부분: {part}",
        en="The letter and the registers differ. Week: {week}, part: {part}",
        next_ko=_ALARM_KO,
        next_en=_ALARM_EN,
    ),
    "register.audit_differs": _forged(
        ko="반출 관리대장과 감사 기록이 서로 다르거나, 관리대장에 없는 답이 있습니다. 번호: {entry}",
        en="Release register and audit log differ, or a reply stands on neither. Entry: {entry}",
        next_ko=_ALARM_KO,
        next_en=_ALARM_EN,
    ),
    "papers.file_unwritable": _paper(
        ko="파일을 쓸 수 없거나 이미 있습니다. 파일: {path}",
        en="The file cannot be written, or exists already: {path}",
        next_ko="다른 파일 이름을 지정하여 다시 실행하십시오.",
        next_en="Run it again with another file name.",
    ),
    "ledger.period_wrong": _paper(
        ko="기간의 시작이 끝보다 뒤이거나 기간이 너무 깁니다. 최대 일수: {most}",
        en="The period ends before it begins, or is too long. Days at most: {most}",
        next_ko="기간을 고치십시오: onggi-node ledger --from 2026-01-01 --to 2026-12-31",
        next_en="Correct the period: onggi-node ledger --from 2026-01-01 --to 2026-12-31",
        status=422,
    ),
    "diagnostics.gone": _paper(
        ko="미리 본 진단 묶음이 더는 보관되어 있지 않습니다.",
        en="The bundle that was previewed is no longer kept.",
        next_ko="진단 묶음 쪽을 다시 열고 내용을 확인한 뒤 받으십시오.",
        next_en="Open the page of the bundle again, look at it, then get it.",
        status=404,
    ),
}
