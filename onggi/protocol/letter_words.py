"""The sentences of a hospital's weekly letter, in Korean and English.

The text of version 1 never changes: a letter that was signed once must read the same for ever.
"""

from __future__ import annotations

from datetime import timedelta, timezone

from onggi.protocol.statements import LeftPersons, WeeklyLetter

KOREA = timezone(timedelta(hours=9))


def letter_sentences(letter: WeeklyLetter) -> tuple[str, str]:
    """(Korean, English)."""
    first = letter.since.astimezone(KOREA).date()
    last = (letter.until - timedelta(seconds=1)).astimezone(KOREA).date()
    tables, masked = letter.number_left("aggregate"), letter.number_left("masked_sum")
    smallest_ko, smallest_en = _smallest(letter.persons, tables=tables)
    parts = [_several(letter.analyses, "analysis", "analyses"), _several(tables, "table", "tables")]
    if masked:
        parts.append(_several(masked, "masked contribution", "masked contributions"))
    english = ", ".join([*parts, smallest_en])
    ko = [
        "주간 반출 확인서입니다.",
        f"기관: {letter.site} / 주: {letter.week} ({first} - {last}, 한국 시각)",
        f"분석 {letter.analyses}건, 표 {tables}개, 마스킹된 값 {masked}개, {smallest_ko}.",
        "그 밖에 환자 데이터에서 계산한 것은 기관 노드에서 나가지 않았습니다.",
        *_notes_ko(letter, masked=masked),
    ]
    en = [
        f"This tells what left {letter.site} in the week {letter.week} ({first} to {last}, Korean time).",
        f"{english}, nothing else left.",
        *_notes_en(letter, masked=masked),
    ]
    return "\n".join(ko), "\n".join(en)


def _several(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _smallest(persons: LeftPersons, *, tables: int) -> tuple[str, str]:
    if not tables:
        return "읽을 수 있는 인원수 없음", "no number of persons in clear"
    if persons.unknown and persons.smallest is None:
        return "가장 작은 집단을 알 수 없음", "smallest group not known"
    if persons.smallest is None:
        return "인원수 없음", "no number of persons"
    ko = f"가장 작은 집단 {persons.smallest}명"
    en = "smallest group " + _several(persons.smallest, "person", "persons")
    if persons.unknown:
        return f"읽을 수 있는 표에서 {ko}", f"{en} in the tables that tell it"
    return ko, en


def _notes_ko(letter: WeeklyLetter, *, masked: int) -> list[str]:
    persons, kept, files = letter.persons, letter.not_left, letter.files
    notes = [f"읽은 인원수: {persons.numbers}개(그 가운데 0명: {persons.empty}개), 표 {persons.tables}개"]
    if persons.without:
        notes.append(f"종류상 인원수가 없는 표: {persons.without}개")
    if persons.unknown:
        notes.append(
            f"나간 바이트에서 집단의 크기를 읽을 수 없는 표: {persons.unknown}개. 추정하지 않았습니다."
        )
    if masked:
        notes.append("마스킹된 값은 나간 바이트에서 인원수를 읽을 수 없습니다.")
        notes.append("여러 기관의 합계로만 열리며, 열기 전에 합계의 인원수를 검토합니다.")
    notes += [
        f"거절한 실행 지시: {kept.orders_declined} / 동의하지 않은 실행: {kept.consents_refused}",
        f"거부한 메시지: {kept.messages_refused} / 규칙에 따라 내보내지 않은 답: {kept.replies_withheld}",
        f"보류한 답: {kept.replies_held} / 승인: {kept.held_approved} / 거부: {kept.held_refused}",
        "기관 담당자가 파일로 만든 것(노드가 보내지 않음):",
        f"데이터 카드 {files.dataset_cards} / 품질 카드 {files.quality_cards} / 합성데이터 {files.twins}",
        "중앙 서버와 주고받은 수락, 단계, 코드, 공개 열쇠, 서명에는 결과가 들어 있지 않습니다.",
        f"반출 관리대장: {letter.register_before.number} - {letter.register_after.number}",
        f"감사 기록: {letter.audit_before.number} - {letter.audit_after.number}",
        "두 기록의 연결과 서로의 일치를 처음부터 확인했습니다.",
    ]
    return notes


def _notes_en(letter: WeeklyLetter, *, masked: int) -> list[str]:
    persons, kept, files = letter.persons, letter.not_left, letter.files
    told = f"{persons.numbers} (of them zero: {persons.empty}), in {persons.tables} tables"
    notes = [f"Numbers of persons read: {told}."]
    if persons.without:
        notes.append(f"Tables that hold no number of persons by their kind: {persons.without}.")
    if persons.unknown:
        notes.append(f"Tables whose bytes do not tell their groups: {persons.unknown}. Nothing was guessed.")
    if masked:
        notes.append("Of masked contributions no number of persons can be read from the bytes that left:")
        notes.append("they open as a sum over hospitals alone, whose persons are judged before.")
    notes += [
        f"Orders declined: {kept.orders_declined}. Runs refused consent: {kept.consents_refused}.",
        f"Messages refused: {kept.messages_refused}. Replies that a rule kept: {kept.replies_withheld}.",
        f"Replies held: {kept.replies_held}; approved: {kept.held_approved}; refused: {kept.held_refused}.",
        "Written to files by the hospital's own people, and sent by no node:",
        f"dataset cards {files.dataset_cards}, quality cards {files.quality_cards}, twins {files.twins}.",
        "Acceptances, stages, codes, keys and signatures that went to the coordinator hold no result.",
        f"Release register: {letter.register_before.number} to {letter.register_after.number}.",
        f"Audit log: {letter.audit_before.number} to {letter.audit_after.number}.",
        "The chains of both, and that they agree, were checked from the first entry on.",
    ]
    return notes
