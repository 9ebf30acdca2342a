"""The evidence beside a result: the rules' findings, what is withheld and why, related results."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "export.evidence": Phrase("근거: 공개 규칙의 판정", "Evidence: what the disclosure rules said"),
    "export.some_withheld": Phrase(
        "규칙에 따라 비공개된 칸이 있습니다. 칸 수: {cells}", "The rules withheld cells: {cells}"
    ),
    "evidence.contents": Phrase("이 페이지의 차례", "On this page"),
    "evidence.rule": Phrase("규칙", "Rule"),
    "evidence.outcome": Phrase("판정", "Outcome"),
    "evidence.found": Phrase("확인한 것", "What was found"),
    "evidence.acro": Phrase("ACRO 점검(통계 유형)", "ACRO's check (class of statistic)"),
    "evidence.acro_none": Phrase("해당 없음", "none"),
    "evidence.withheld": Phrase("비공개한 수와 까닭", "What was withheld, and why"),
    "evidence.withheld_none": Phrase(
        "비공개하거나 반올림한 수가 없습니다.", "No number was withheld or rounded."
    ),
    "evidence.withheld_cell": Phrase("칸(표 / 행 / 열)", "Cell (table / row / column)"),
    "evidence.withheld_more": Phrase("나머지 칸 보기(칸 수: {number})", "Show the other cells ({number})"),
    "evidence.nodes": Phrase(
        "기관 노드는 자료를 보내거나 합계를 풀기 전에 같은 규칙으로 먼저 판정합니다. "
        "위는 합산된 결과에 대한 판정입니다.",
        "Each hospital's node judges by the same rules before it sends anything or helps to unmask a sum. "
        "This is the verdict on the pooled result.",
    ),
    "counted.title": Phrase("적용된 규칙", "The rules that counted"),
    "counted.table": Phrase(
        "공개 규칙의 수(버전 {version})", "Numbers of the disclosure rules (version {version})"
    ),
    "counted.number": Phrase("이 작업", "This job"),
    "counted.usual": Phrase("기본값", "Default"),
    "counted.compared": Phrase("기본값과 견주면", "Beside the default"),
    "counted.stricter": Phrase("더 엄격함", "Stricter"),
    "counted.usual_one": Phrase("같음", "the same"),
    "counted.words": Phrase(
        "작업이 정한 규칙이며 모든 기관과 중앙 서버가 같은 규칙으로 판정합니다. "
        "더 엄격한 규칙을 정한 연합이나 기관은 이 작업을 거절합니다.",
        "They are the job's own, and every hospital and the coordinator judge by them. A federation or "
        "hospital with stricter ones refuses the job.",
    ),
    "counted.words_noise": Phrase(
        "작업이 정한 규칙이지만 잡음이 든 수에는 적용하지 않았습니다. "
        "판정이 실제 수를 드러낼 수 있기 때문입니다.",
        "They are the job's own, but none of them judged the noisy numbers: a verdict would tell of the "
        "true ones.",
    ),
    "crate.download": Phrase("증빙 묶음 내려받기", "Download the evidence pack"),
    "crate.words": Phrase(
        "ZIP 파일(Five Safes RO-Crate): 요청, 승인, 실행, 심사, 반출의 기록과 결과 파일",
        "A ZIP file (Five Safes RO-Crate): what was asked, approved, run, checked and released, with the "
        "result's files",
    ),
    "rule.passed": Phrase("통과", "Passed"),
    "rule.withheld": Phrase("비공개 처리", "Withheld"),
    "rule.rounded": Phrase("반올림", "Rounded"),
    "related.title": Phrase("이미 나간 비슷한 결과", "Related results that have left"),
    "related.words": Phrase(
        "같은 데이터셋에서 이미 반출된 결과 가운데 코호트 정의가 같거나 그 일부를 함께 쓰는 것입니다. "
        "두 결과의 차이로 적은 인원이 드러날 수 있는지 살피십시오. 기관 노드도 스스로 판정합니다.",
        "Released results of the same data set whose cohort is defined alike or shares parts of the "
        "definition. Consider whether the two together tell of a few persons; each hospital's node judges it "
        "too.",
    ),
    "related.empty": Phrase(
        "볼 수 있는 반출 결과 가운데 비슷한 것이 없습니다. 비교한 결과 수: {compared}",
        "None of the released results that you may see is related. Compared: {compared}.",
    ),
    "related.compared": Phrase("비교한 반출 결과 수: {compared}", "Released results compared: {compared}."),
    "related.cut": Phrase(
        "가장 최근의 것만 비교했습니다. 더 오래된 결과가 있습니다.",
        "Only the newest were compared; there are older ones.",
    ),
    "related.further": Phrase(
        "여기 보이지 않는 비슷한 결과 수: {number}", "Further related results, not listed: {number}."
    ),
    "related.result": Phrase("결과", "Result"),
    "related.project": Phrase("과제", "Project"),
    "related.this_project": Phrase("이 과제", "this project"),
    "related.released": Phrase("반출된 때", "Released"),
    "related.cohort": Phrase("코호트 정의", "Cohort definition"),
    "related.same": Phrase("같음(지문 일치)", "the same (equal digest)"),
    "related.other": Phrase("다름", "another"),
    "related.rules": Phrase("같은 조건 {rules} / {of_rules}", "{rules} of {of_rules} rules alike"),
    "related.entry": Phrase("시작 조건 같음", "same entry events"),
    "related.variables": Phrase("같은 변수", "Variables alike"),
    "related.no_variables": Phrase("없음", "none"),
}
