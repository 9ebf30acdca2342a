"""The sentences of the layout, the parts and the error pages."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "page.error_prefix": Phrase("오류:", "Error:"),
    "page.problem": Phrase("문제가 있습니다", "There is a problem"),
    "page.announcement": Phrase("공지:", "Announcement:"),
    "page.skip": Phrase("본문으로 바로가기", "Skip to the content"),
    "page.signed_in_as": Phrase("로그인 계정:", "Signed in as"),
    "page.sign_out": Phrase("로그아웃", "Sign out"),
    "page.doors": Phrase("주 메뉴", "Main menu"),
    "page.promise": Phrase(
        "환자별 자료는 병원을 떠나지 않습니다. 심의를 거친 결과만 나갑니다.",
        "Patients' rows never leave a hospital. Reviewed results do.",
    ),
    "page.change": Phrase("수정", "Change"),
    "page.withheld": Phrase("비공개({minimum}명 미만)", "withheld (under {minimum})"),
    "page.steps": Phrase("진행 단계", "Steps"),
    "page.step_now": Phrase("현재 단계:", "Present step:"),
    "page.step_done": Phrase("완료:", "Done:"),
    "page.now": Phrase("지금:", "Now:"),
    "page.since": Phrase("시작:", "since"),
    "page.budget": Phrase(
        "사용 {used} / 한도 {ceiling}, 이번 예상 {asked}", "used {used} of {ceiling}, this would add {asked}"
    ),
    "page.history": Phrase("이력", "History"),
    "page.history_empty": Phrase("아직 기록이 없습니다.", "Nothing has happened yet."),
    "page.error_code": Phrase("오류 코드:", "Code:"),
    "page.refused_title": Phrase("할 수 없는 작업입니다", "This is not possible"),
    "page.not_allowed_title": Phrase("볼 수 없는 페이지입니다", "You cannot see this page"),
    "page.missing_title": Phrase("찾을 수 없습니다", "Not found"),
    "page.fault_title": Phrase("처리하지 못했습니다", "This did not work"),
}
