"""Words for files that cannot be loaded into the store."""

from __future__ import annotations

from onggi.words.entry import Words

_AGAIN_KO = "파일을 고친 뒤 다시 실행하십시오: onggi-node load-omop <폴더>"
_AGAIN_EN = "Correct the file, then run again: onggi-node load-omop <folder>"


def _cell(code: int, ko: str, en: str) -> Words:
    """A refusal at one cell of a source file."""
    return Words(
        ko=f"{ko} 파일: {{file}}, 행: {{row}}, 열: {{column}}",
        en=f"{en} File: {{file}}, row: {{row}}, column: {{column}}.",
        next_ko=_AGAIN_KO,
        next_en=_AGAIN_EN,
        status=422,
        exit=code,
    )


_FILES: dict[str, Words] = {
    "load.no_folder": Words(
        ko="폴더나 zip 파일을 찾을 수 없습니다. 위치: {folder}",
        en="There is no such folder or zip file. Place: {folder}.",
        next_ko="onggi-node load-omop <폴더>",
        next_en="onggi-node load-omop <folder>",
        status=404,
        exit=120,
    ),
    "load.missing_table": Words(
        ko="필수 테이블의 파일이 없습니다. 테이블: {table}",
        en="The file of a required table is missing. Table: {table}.",
        next_ko="파일을 추가한 뒤 다시 실행하십시오: onggi-node load-omop <폴더>",
        next_en="Add the file, then run again: onggi-node load-omop <folder>",
        status=422,
        exit=121,
    ),
    "load.ambiguous_table": Words(
        ko="두 파일이 같은 테이블을 나타냅니다. 테이블: {table}, 파일: {other}, {file}",
        en="Two files claim the same table. Table: {table}, files: {other}, {file}.",
        next_ko="둘 중 하나를 옮긴 뒤 다시 실행하십시오: onggi-node load-omop <폴더>",
        next_en="Move one of them away, then run again: onggi-node load-omop <folder>",
        status=422,
        exit=122,
    ),
    "load.cdm_version": Words(
        ko="지원하지 않는 OMOP CDM 버전입니다. 찾은 버전: {found}, 지원 버전: 5.3, 5.4",
        en="This OMOP CDM version is not read. Found: {found}; read are 5.3 and 5.4.",
        next_ko="CDM 5.4로 변환한 뒤 다시 실행하십시오: onggi-node load-omop <폴더>",
        next_en="Convert the data to CDM 5.4, then run again: onggi-node load-omop <folder>",
        status=422,
        exit=123,
    ),
    "load.missing_column": Words(
        ko="필수 열이 없습니다. 파일: {file}, 열: {column}",
        en="A required column is missing. File: {file}, column: {column}.",
        next_ko=_AGAIN_KO,
        next_en=_AGAIN_EN,
        status=422,
        exit=124,
    ),
    "load.bad_header": Words(
        ko="파일의 첫 줄에 열 이름이 없거나 같은 이름이 두 번 있습니다. 파일: {file}",
        en="The first line of the file holds no column names, or one of them twice. File: {file}.",
        next_ko=_AGAIN_KO,
        next_en=_AGAIN_EN,
        status=422,
        exit=125,
    ),
    "load.not_utf8": Words(
        ko="UTF-8이 아닌 글자가 있습니다. 파일: {file}, 행: {row}",
        en="The file holds bytes that are not UTF-8. File: {file}, row: {row}.",
        next_ko="UTF-8로 변환한 뒤 다시 적재하십시오: "
        "iconv -f cp949 -t utf-8 -o {file}.new {file} && mv {file}.new {file}",
        next_en="Convert it to UTF-8, then load again: "
        "iconv -f cp949 -t utf-8 -o {file}.new {file} && mv {file}.new {file}",
        status=422,
        exit=126,
    ),
    "load.unreadable_file": Words(
        ko="파일을 읽을 수 없습니다. 파일: {file}",
        en="The file cannot be read. File: {file}.",
        next_ko="파일을 다시 내보낸 뒤 실행하십시오: onggi-node load-omop <폴더>",
        next_en="Export the file again, then run: onggi-node load-omop <folder>",
        status=422,
        exit=127,
    ),
    "load.bad_row": Words(
        ko="열의 수나 따옴표가 맞지 않는 행이 있습니다. 파일: {file}, 행: {row}",
        en="A row has the wrong number of columns or an open quotation mark. File: {file}, row: {row}.",
        next_ko=_AGAIN_KO,
        next_en=_AGAIN_EN,
        status=422,
        exit=128,
    ),
    "load.bad_date": _cell(129, "날짜가 아닙니다(YYYY-MM-DD).", "Not a date (YYYY-MM-DD)."),
    "load.bad_datetime": _cell(
        130, "날짜와 시각이 아닙니다(YYYY-MM-DD HH:MM:SS).", "Not a date and time (YYYY-MM-DD HH:MM:SS)."
    ),
    "load.not_integer": _cell(131, "64비트 정수가 아닙니다.", "Not a 64-bit integer."),
    "load.not_number": _cell(132, "숫자가 아닙니다.", "Not a number."),
    "load.missing_value": _cell(133, "필수 값이 비어 있습니다.", "A required value is empty."),
    "load.duplicate_id": _cell(134, "같은 식별자가 두 번 있습니다.", "An identifier comes twice."),
    "load.unknown_person": _cell(
        135, "person 테이블에 없는 사람의 행입니다.", "The row belongs to nobody in the person table."
    ),
    "load.identifier_found": Words(
        ko="개인식별정보로 보이는 값이 있습니다. 파일: {file}, 행: {row}, 열: {column}, 종류: {kind}",
        en="A value looks like an identifier. File: {file}, row: {row}, column: {column}, kind: {kind}.",
        next_ko="node.toml 파일의 [identifiers] 항목 drop에 그 열(테이블.열)을 넣은 뒤 다시 실행하십시오: "
        "onggi-node load-omop <폴더>",
        next_en="Put it (table.column) under drop of [identifiers] in node.toml, then run again: "
        "onggi-node load-omop <folder>",
        status=422,
        exit=136,
    ),
    "load.policy_column": Words(
        ko="적재 정책에 CDM에 없는 열이 있습니다. 열: {column}",
        en="The load policy names a column that the CDM does not have. Column: {column}.",
        next_ko="적재 정책의 이름을 고친 뒤 다시 실행하십시오: onggi-node load-omop <폴더>",
        next_en="Correct the name in the load policy, then run again: onggi-node load-omop <folder>",
        status=422,
        exit=137,
    ),
    "load.policy_pattern": Words(
        ko="적재 정책의 병원 등록번호 형식을 해석할 수 없습니다.",
        en="The hospital number pattern in the load policy cannot be understood.",
        next_ko="정규식을 고친 뒤 다시 실행하십시오: onggi-node load-omop <폴더>",
        next_en="Correct the regular expression, then run again: onggi-node load-omop <folder>",
        status=422,
        exit=138,
    ),
    "load.id_collision": Words(
        ko="서로 다른 두 식별자가 같은 가명을 받았습니다. 테이블: {table}",
        en="Two identifiers received the same pseudonym. Table: {table}.",
        next_ko="가명 열쇠를 새로 만들어야 합니다: onggi-node doctor",
        next_en="A new pseudonym key is needed: onggi-node doctor",
        status=500,
        exit=139,
    ),
    "load.engine_failed": Words(
        ko="파일을 적재하던 중 오류가 발생했습니다. 파일: {file}",
        en="Loading the file failed. File: {file}.",
        next_ko="onggi-node doctor",
        next_en="onggi-node doctor",
        status=500,
        exit=140,
    ),
}


def _archive(ko: str, en: str) -> Words:
    """A refusal of an archive before its first row."""
    return Words(
        ko=f"{ko} 파일: {{file}}",
        en=f"{en} File: {{file}}.",
        next_ko="압축을 풀어 폴더로 적재하거나 다시 압축한 뒤 실행하십시오: onggi-node load-omop <폴더>",
        next_en="Unpack it and load the folder, or pack it again, then run: onggi-node load-omop <folder>",
        status=422,
        exit=127,
    )


_ARCHIVES: dict[str, Words] = {
    "load.archive_broken": _archive(
        "zip 파일이 손상되었거나 zip 파일이 아닙니다.", "The zip file is damaged or is none."
    ),
    "load.archive_encrypted": _archive(
        "암호가 걸린 파일은 읽을 수 없습니다.", "A file in the archive is locked with a password."
    ),
    "load.archive_unsafe": _archive(
        "압축 파일 밖을 가리키는 이름이나 링크가 있습니다.",
        "A name or link in the archive points outside of it.",
    ),
    "load.archive_duplicate": _archive(
        "압축 파일에 같은 이름의 파일이 두 번 있습니다.", "The archive holds a file of this name twice."
    ),
    "load.archive_bomb": _archive(
        "비정상적으로 크게 압축된 파일입니다.", "The file unpacks to more than any honest file would."
    ),
    "load.archive_method": _archive(
        "지원하지 않는 압축 방식입니다.", "The file is packed in a way that is not read."
    ),
    "load.archive_parquet_large": _archive(
        "압축 파일 안의 Parquet 파일이 너무 큽니다.",
        "A Parquet file in the archive is too large to be read there.",
    ),
    "load.archive_folders": Words(
        ko="압축 파일 안의 여러 폴더에 테이블이 나뉘어 있습니다. 파일: {file}, 폴더 수: {folders}",
        en="The archive holds tables in more than one folder. File: {file}, folders: {folders}.",
        next_ko="한 폴더만 남긴 뒤 다시 실행하십시오: onggi-node load-omop <폴더>",
        next_en="Keep one of the folders, then run again: onggi-node load-omop <folder>",
        status=422,
        exit=122,
    ),
}

WORDS: dict[str, Words] = {**_FILES, **_ARCHIVES}
