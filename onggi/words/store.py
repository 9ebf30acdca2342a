"""Words for the hospital's store and for loading data into it (exit codes 101-160)."""

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


_STORE: dict[str, Words] = {
    "store.empty": Words(
        ko="저장소에 적재된 데이터가 없습니다. 위치: {path}",
        en="No data has been loaded into the store yet. Place: {path}.",
        next_ko="onggi-node load-omop <폴더>",
        next_en="onggi-node load-omop <folder>",
        status=404,
        exit=101,
    ),
    "store.wrong_key": Words(
        ko="열쇠가 이 저장소와 맞지 않습니다. 위치: {path}",
        en="The key does not fit this store. Place: {path}.",
        next_ko="저장소를 만들 때 사용한 열쇠를 지정한 뒤 실행하십시오: onggi-node doctor",
        next_en="Point to the key that the store was made with, then run: onggi-node doctor",
        exit=102,
    ),
    "store.key_file_missing": Words(
        ko="열쇠 파일을 열 수 없습니다. 위치: {path}",
        en="The key file cannot be opened. Place: {path}.",
        next_ko="백업에서 열쇠 파일을 복원한 뒤 실행하십시오: onggi-node doctor",
        next_en="Restore the key file from its backup, then run: onggi-node doctor",
        exit=103,
    ),
    "store.key_file_open": Words(
        ko="열쇠 파일을 다른 사용자가 읽을 수 있습니다. 위치: {path}, 권한: {mode}",
        en="Others can read the key file. Place: {path}, mode: {mode}.",
        next_ko="소유자를 노드 사용자로 하고 실행하십시오: chmod 600 {path}",
        next_en="Make the node's user its owner and run: chmod 600 {path}",
        exit=104,
    ),
    "store.key_file_invalid": Words(
        ko="열쇠 파일의 내용이 올바르지 않습니다. 위치: {path}",
        en="The key file does not hold a key. Place: {path}.",
        next_ko="백업에서 열쇠 파일을 복원한 뒤 실행하십시오: onggi-node doctor",
        next_en="Restore the key file from its backup, then run: onggi-node doctor",
        exit=105,
    ),
    "store.key_provider": Words(
        ko="이 열쇠는 다른 방식으로 잠겨 있습니다. 위치: {path}, 필요한 방식: {wanted}, 주어진 방식: {given}",
        en="This key is locked in another way. Place: {path}, needed: {wanted}, given: {given}.",
        next_ko="노드 설정의 열쇠 방식을 고친 뒤 실행하십시오: onggi-node doctor",
        next_en="Correct the key provider in the node's settings, then run: onggi-node doctor",
        exit=106,
    ),
    "store.key_exists": Words(
        ko="열쇠가 이미 있으므로 덮어쓰지 않습니다. 위치: {path}",
        en="A key is already there and is not overwritten. Place: {path}.",
        next_ko="기존 열쇠를 사용하십시오: onggi-node status",
        next_en="Use the key that exists: onggi-node status",
        exit=107,
    ),
    "store.keys_inside_store": Words(
        ko="열쇠 폴더는 저장소 밖에 두어야 합니다. 위치: {path}",
        en="The key folder must lie outside the store. Place: {path}.",
        next_ko="노드 설정에서 열쇠 폴더를 저장소 밖으로 옮기십시오.",
        next_en="Set a key folder outside the store in the node's settings.",
        exit=108,
    ),
    "store.passphrase_short": Words(
        ko="암호문이 너무 짧습니다. 필요한 최소 글자 수: {shortest}",
        en="The passphrase is too short. It needs at least {shortest} characters.",
        next_ko="더 긴 암호문으로 다시 실행하십시오.",
        next_en="Run again with a longer passphrase.",
        exit=109,
    ),
    "store.encryption_unavailable": Words(
        ko="암호화 확장을 찾을 수 없어 저장소를 열 수 없습니다. DuckDB 버전: {version}",
        en="The encryption extension is missing, so the store cannot be opened. DuckDB version: {version}.",
        next_ko="pip install duckdb-extension-httpfs=={version}",
        next_en="pip install duckdb-extension-httpfs=={version}",
        status=503,
        exit=110,
    ),
    "store.busy": Words(
        ko="다른 프로세스가 저장소 파일을 쓰고 있습니다. 위치: {path}",
        en="Another process is writing the store's file. Place: {path}.",
        next_ko="끝난 뒤 다시 실행하십시오: onggi-node status",
        next_en="Try again when it has ended: onggi-node status",
        status=503,
        exit=111,
    ),
    "store.writer_busy": Words(
        ko="다른 적재 작업이 진행 중입니다. 위치: {path}",
        en="Another load is running. Place: {path}.",
        next_ko="끝난 뒤 다시 실행하십시오: onggi-node load-omop <폴더>",
        next_en="Run again when it has ended: onggi-node load-omop <folder>",
        status=503,
        exit=112,
    ),
    "store.damaged": Words(
        ko="저장소 파일이 손상되었습니다. 위치: {path}",
        en="A file of the store is damaged. Place: {path}.",
        next_ko="원본에서 새 세대를 적재하십시오: onggi-node load-omop <폴더>",
        next_en="Load a new generation from the source: onggi-node load-omop <folder>",
        exit=113,
    ),
    "store.bad_path": Words(
        ko="경로에 사용할 수 없는 문자가 있습니다.",
        en="A path holds a character that cannot be used.",
        next_ko="폴더 이름을 바꾼 뒤 다시 실행하십시오.",
        next_en="Rename the folder and run again.",
        status=422,
        exit=114,
    ),
    "store.generation_current": Words(
        ko="현재 세대는 지울 수 없습니다. 세대 번호: {number}",
        en="The current generation cannot be removed. Generation: {number}.",
        next_ko="먼저 새 세대를 적재하십시오: onggi-node load-omop <폴더>",
        next_en="Load a new generation first: onggi-node load-omop <folder>",
        exit=115,
    ),
    "store.vocabulary_missing": Words(
        ko="데이터가 사용하는 공유 용어집 세대를 찾을 수 없습니다. 세대 번호: {number}, 위치: {path}",
        en="The shared vocabulary that this data rests on is not there. Generation: {number}, place: {path}.",
        next_ko="용어집을 적재한 뒤 데이터를 다시 적재하십시오: onggi-node load-vocabulary <폴더>",
        next_en="Load the vocabulary, then the data again: onggi-node load-vocabulary <folder>",
        exit=113,
    ),
    "store.vocabulary_in_use": Words(
        ko="데이터가 사용하는 용어집 세대는 지울 수 없습니다. 세대 번호: {number}, 사용하는 데이터: {path}",
        en="A vocabulary that data rests on cannot be removed. Generation: {number}, used by: {path}.",
        next_ko="그 데이터를 새 용어집으로 다시 적재하십시오: onggi-node load-omop <폴더>",
        next_en="Load that data again with the newer vocabulary: onggi-node load-omop <folder>",
        exit=115,
    ),
    "store.disk_full": Words(
        ko="디스크 공간이 부족합니다. 이전 세대는 그대로입니다.",
        en="The disk is full. The earlier generation is unchanged.",
        next_ko="공간을 확보한 뒤 다시 실행하십시오: df -h",
        next_en="Free some space, then run again: df -h",
        status=507,
        exit=116,
    ),
    "store.memory_full": Words(
        ko="메모리가 부족합니다. 이전 세대는 그대로입니다.",
        en="Memory is full. The earlier generation is unchanged.",
        next_ko="노드 설정의 메모리 한도를 높인 뒤 다시 실행하십시오.",
        next_en="Raise the memory limit in the node's settings and run again.",
        status=507,
        exit=117,
    ),
}

_LOAD: dict[str, Words] = {
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


# Remarks in a load report; they stop nothing.
_REMARKS: dict[str, Words] = {
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
}

_RESUMED: dict[str, Words] = {
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
}

_VOCABULARY: dict[str, Words] = {
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

WORDS: dict[str, Words] = {
    **_STORE,
    **_LOAD,
    **_ARCHIVES,
    **_REMARKS,
    **_RESUMED,
    **_VOCABULARY,
}
