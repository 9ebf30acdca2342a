"""Words for the remarks in a load's report; they stop nothing."""

from __future__ import annotations

from onggi.words.entry import Words


def _anew(ko: str, en: str) -> Words:
    """Why an interrupted load was not continued."""
    return Words(
        ko=f"{ko} 중단된 적재를 이어가지 않고 처음부터 시작했습니다.",
        en=f"{en} The interrupted load was not continued but begun anew.",
        next_ko="필요한 조치가 없습니다.",
        next_en="Nothing needs to be done.",
        status=200,
        exit=156,
    )


WORDS: dict[str, Words] = {
    "load.file_ignored": Words(
        ko="CDM 테이블이 아닌 파일은 읽지 않았습니다. 파일: {file}",
        en="A file that is no CDM table was not read. File: {file}.",
        next_ko="필요한 테이블이라면 파일 이름을 확인하십시오.",
        next_en="If it is a table that you need, check its name.",
        status=200,
        exit=150,
    ),
    "load.table_absent": Words(
        ko="파일이 없어 테이블이 비어 있습니다. 테이블: {table}",
        en="The table is empty because there is no file for it. Table: {table}.",
        next_ko="필요한 테이블이라면 파일을 추가하십시오.",
        next_en="If you need the table, add its file.",
        status=200,
        exit=151,
    ),
    "load.column_unknown": Words(
        ko="CDM에 없는 열은 읽지 않았습니다. 파일: {file}, 열: {column}",
        en="A column that the CDM does not have was not read. File: {file}, column: {column}.",
        next_ko="필요한 열이라면 이름을 확인하십시오.",
        next_en="If it is a column that you need, check its name.",
        status=200,
        exit=152,
    ),
    "load.orphans_dropped": Words(
        ko="person 테이블에 없는 사람의 행은 제외했습니다. 테이블: {table}, 행 수: {rows}",
        en="Rows of persons that the person table does not hold were left out. Table: {table}, rows: {rows}.",
        next_ko="원본에서 person 테이블이 완전한지 확인하십시오.",
        next_en="Check in the source that the person table is complete.",
        status=200,
        exit=153,
    ),
    "load.ids_repeated": Words(
        ko="두 번 이상 나오는 행 식별자가 있습니다. 테이블: {table}, 식별자 수: {ids}",
        en="Some row identifiers come more than once. Table: {table}, identifiers: {ids}.",
        next_ko="원본의 변환 과정을 확인하십시오.",
        next_en="Check how the source was converted.",
        status=200,
        exit=154,
    ),
    "load.persons_unobserved": Words(
        ko="관찰 기간이 없는 사람은 어떤 코호트에도 들지 않습니다. 사람 수: {persons}",
        en="Persons without an observation period take part in no cohort. Persons: {persons}.",
        next_ko="원본의 observation_period 테이블을 확인하십시오.",
        next_en="Check the observation_period table of the source.",
        status=200,
        exit=155,
    ),
    "load.resumed": Words(
        ko="중단된 적재를 이어서 진행했습니다. 이미 적재한 테이블 수: {tables}",
        en="An interrupted load was continued. Tables that were loaded already: {tables}.",
        next_ko="처음부터 적재하려면 --no-resume 옵션을 사용하십시오.",
        next_en="To load everything again, use --no-resume.",
        status=200,
        exit=156,
    ),
    "load.anew_source": _anew("원본 파일이 바뀌었습니다.", "A source file has changed."),
    "load.anew_damaged": _anew(
        "중단된 적재의 파일이 손상되었습니다.", "What the interrupted load left is damaged."
    ),
    "load.anew_policy": _anew("식별자 정책이 바뀌었습니다.", "The identifier policy has changed."),
    "load.anew_key": _anew("열쇠가 바뀌었습니다.", "A key has changed."),
    "load.anew_code": _anew("소프트웨어 버전이 바뀌었습니다.", "The software has changed."),
    "load.vocabulary_shared": Words(
        ko="원본에 용어집이 없어 공유 용어집을 사용합니다. 세대 번호: {generation}",
        en="The source has no vocabulary; the shared one is used. Generation: {generation}.",
        next_ko="필요한 조치가 없습니다.",
        next_en="Nothing needs to be done.",
        status=200,
        exit=157,
    ),
    "load.no_vocabulary": Words(
        ko="용어집이 없습니다. 개념집합을 사용하는 분석은 실행할 수 없습니다.",
        en="There is no vocabulary: nothing that uses concept sets can run.",
        next_ko="용어집을 적재한 뒤 데이터를 다시 적재하십시오: onggi-node load-vocabulary <폴더>",
        next_en="Load one, then the data again: onggi-node load-vocabulary <folder>",
        status=200,
        exit=157,
    ),
    "load.cpt4_unnamed": Words(
        ko="CPT4 개념은 이름이 비어 있어 적재하지 않았습니다. 파일: {file}",
        en="The CPT4 concepts have no names yet and were not loaded. File: {file}.",
        next_ko="다운로드에 포함된 cpt4 도구를 먼저 실행하십시오: onggi-node load-vocabulary <폴더>",
        next_en="Run the cpt4 tool of the download, then again: onggi-node load-vocabulary <folder>",
        status=200,
        exit=157,
    ),
}
