"""Words for the checks of data quality at a hospital."""

from __future__ import annotations

from functools import partial

from onggi.words.entry import Words

_LISTS_KO = "목록을 공개된 형식으로 고치거나 --checks 옵션 없이 실행하십시오: onggi-node quality"
_LISTS_EN = "Bring the list into its published form, or run without --checks: onggi-node quality"
_list = partial(Words, next_ko=_LISTS_KO, next_en=_LISTS_EN, status=422, exit=118)
_file = partial(Words, status=409, exit=118)

WORDS: dict[str, Words] = {
    "quality.list_missing": _list(
        ko="점검 목록을 읽을 수 없거나 하나로 정할 수 없습니다. 목록: {file}, 폴더: {path}",
        en="A list of checks cannot be read, or there is not exactly one. List: {file}, folder: {path}.",
    ),
    "quality.unknown_column": _list(
        ko="점검 목록에 알 수 없는 열이 있습니다. 파일: {file}, 열: {column}",
        en="A list of checks has a column that is not known. File: {file}, column: {column}.",
    ),
    "quality.missing_column": _list(
        ko="점검 목록에 필요한 열이 없습니다. 파일: {file}, 열: {column}",
        en="A list of checks lacks a column. File: {file}, column: {column}.",
    ),
    "quality.unknown_value": _list(
        ko="점검 목록의 값을 해석할 수 없습니다. 파일: {file}, 행: {row}, 열: {column}",
        en="A value in a list of checks is not understood. File: {file}, row: {row}, column: {column}.",
    ),
    "quality.unknown_check": _list(
        ko="알 수 없는 종류의 점검이 목록에 있습니다. 점검: {check}",
        en="The list names a kind of check that is not known: {check}",
    ),
    "quality.check_twice": _list(
        ko="같은 점검이 목록에 두 번 있습니다. 점검: {check}",
        en="The lists name one check twice: {check}",
    ),
    "quality.catalogue_unreadable": _file(
        ko="데이터베이스에서 표의 목록을 읽을 수 없습니다. 스키마: {schema}",
        en="The database does not tell which tables it has. Schema: {schema}",
        next_ko="데이터베이스 연결과 읽기 권한을 확인하십시오: onggi-node doctor",
        next_en="Check the connection and the right to read: onggi-node doctor",
        status=503,
    ),
    "quality.unknown_table": _file(
        ko="점검 목록에 없는 표입니다. 표: {table}",
        en="No check is about this table: {table}",
        next_ko="CDM 표의 이름을 지정하십시오: onggi-node quality --table person",
        next_en="Name a table of the CDM: onggi-node quality --table person",
        status=404,
    ),
    "quality.card_needs_all": _file(
        ko="품질 카드는 모든 표를 점검해야 만들 수 있습니다.",
        en="A quality card is made from the checks of every table.",
        next_ko="--table 옵션 없이 실행하십시오: onggi-node quality --card <새 파일>",
        next_en="Run without --table: onggi-node quality --card <new file>",
    ),
    "quality.not_checked": _file(
        ko="이 데이터 세대의 품질 보고서가 없습니다. 세대: {generation}, 파일: {path}",
        en="This data generation has no report of its quality. Generation: {generation}, file: {path}.",
        next_ko="onggi-node quality",
        next_en="onggi-node quality",
        status=404,
    ),
    "quality.file_unwritable": _file(
        ko="파일을 쓸 수 없거나 이미 있습니다. 파일: {path}",
        en="The file cannot be written, or exists already: {path}",
        next_ko="다른 이름을 지정하십시오: onggi-node quality --last --out <새 파일>",
        next_en="Choose another name: onggi-node quality --last --out <new file>",
    ),
}
