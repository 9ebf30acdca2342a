"""Words for a dataset that stays in the hospital's PostgreSQL."""

from __future__ import annotations

from functools import partial

from onggi.words.entry import Words

_reach = partial(Words, status=503, exit=119)
_set_up = partial(Words, status=409, exit=118)
_GUIDE_KO = "docs/postgresql.md의 설정 절차를 확인하십시오."
_GUIDE_EN = "See how to set the server up: docs/postgresql.md"
_RUN_KO = "데이터베이스 관리자가 실행할 문장: {remedy}"
_RUN_EN = "Let the database administrator run: {remedy}"


def _sin(ko: str, en: str) -> Words:
    return _set_up(
        ko=f"{ko} 남은 권한 수: {{sins}}",
        en=f"{en} Rights too many: {{sins}}.",
        next_ko=_RUN_KO,
        next_en=_RUN_EN,
    )


WORDS: dict[str, Words] = {
    "postgres.file_missing": _set_up(
        ko="데이터베이스 주소 파일을 열 수 없습니다. 파일: {path}",
        en="The file with the database's address cannot be opened: {path}",
        next_ko="postgresql:// 주소 한 줄을 적고 노드 사용자만 읽도록 하십시오: chmod 600 {path}",
        next_en="Write one postgresql:// address into it for the node's user alone: chmod 600 {path}",
    ),
    "postgres.file_open": _set_up(
        ko="데이터베이스 주소 파일을 다른 사용자가 읽을 수 있습니다. 파일: {path}, 권한: {mode}",
        en="Others may read the file with the database's address: {path}, mode {mode}.",
        next_ko="노드 사용자만 읽도록 하십시오: chmod 600 {path}",
        next_en="Let the node's user alone read it: chmod 600 {path}",
    ),
    "postgres.address_malformed": _set_up(
        ko="데이터베이스 주소에 서버나 데이터베이스 이름이 없거나 형식이 다릅니다. 파일: {path}",
        en="The database's address is malformed, or names no host or no database. File: {path}",
        next_ko="예: postgresql://onggi@db.example/omop?sslmode=verify-full",
        next_en="For example: postgresql://onggi@db.example/omop?sslmode=verify-full",
    ),
    "postgres.no_tls": _set_up(
        ko="다른 서버에 있는 데이터베이스에는 인증서를 확인하는 TLS 연결이 필요합니다. 파일: {path}",
        en="A database on another machine needs TLS with its certificate verified. File: {path}",
        next_ko="주소에 sslmode=verify-full 및 sslrootcert=<CA 파일> 항목을 추가하십시오.",
        next_en="Add sslmode=verify-full and sslrootcert=<CA file> to the address.",
    ),
    "postgres.not_reached": _reach(
        ko="데이터베이스 서버에 연결하지 못했습니다. 서버가 꺼져 있거나 접속을 거절했습니다.",
        en="The database server does not answer, or does not let the role in.",
        next_ko="서버와 pg_hba.conf, 역할의 비밀번호를 확인한 뒤 onggi-node doctor 명령을 실행하십시오.",
        next_en="Check the server, its pg_hba.conf and the role's password, then run: onggi-node doctor",
    ),
    "postgres.not_examined": _set_up(
        ko="데이터베이스의 카탈로그나 CDM 표를 읽지 못해 역할과 데이터 버전을 확인할 수 없습니다.",
        en="The catalogue or the CDM's tables could not be read: role and data version stay unproven.",
        next_ko=_GUIDE_KO,
        next_en=_GUIDE_EN,
    ),
    "postgres.superuser": _sin("노드의 역할이 슈퍼유저입니다.", "The node's role is a superuser."),
    "postgres.attribute": _sin(
        "노드의 역할(또는 속한 역할)에 읽기 이상의 속성이 있습니다.",
        "The node's role, or one that it belongs to, may do more than read.",
    ),
    "postgres.membership": _sin(
        "노드의 역할이 서버의 관리용 역할에 속해 있습니다.",
        "The node's role belongs to a role of the server that may do more than read.",
    ),
    "postgres.owner": _sin(
        "노드의 역할(또는 속한 역할)이 데이터베이스 객체를 소유하고 있습니다.",
        "The node's role, or one that it belongs to, owns objects.",
    ),
    "postgres.table": _sin(
        "노드의 역할이 표나 시퀀스를 변경할 수 있습니다.", "The node's role may change a table or sequence."
    ),
    "postgres.schema": _sin(
        "노드의 역할이 스키마에 객체를 만들 수 있습니다.", "The node's role may create objects in a schema."
    ),
    "postgres.database": _sin(
        "노드의 역할이 데이터베이스에 스키마를 만들 수 있습니다.",
        "The node's role may create schemas in a database.",
    ),
    "postgres.tablespace": _sin(
        "노드의 역할이 테이블스페이스를 쓸 수 있습니다.", "The node's role may use a tablespace."
    ),
    "postgres.large_object": _sin(
        "노드의 역할이 대형 객체를 변경할 수 있습니다.", "The node's role may change a large object."
    ),
    "postgres.function": _sin(
        "노드의 역할이 다른 권한으로 실행되거나 파일을 다루는 함수를 실행할 수 있습니다.",
        "The node's role may run functions that write, or that act with the rights of another role.",
    ),
    "postgres.wrote": _set_up(
        ko="카탈로그에는 권한이 없으나 실제 쓰기 시도가 거절되지 않았습니다. 스키마: {schemas}",
        en="The catalogue grants nothing, yet the server did not refuse to write. Schemas: {schemas}",
        next_ko=_GUIDE_KO,
        next_en=_GUIDE_EN,
    ),
    "postgres.replica": _set_up(
        ko="복제 서버는 데이터 변경을 확인할 수 없어 사용할 수 없습니다.",
        en="A replica does not tell which of its tables changed, so that versions would mean nothing.",
        next_ko="주 서버의 주소를 파일에 적으십시오.",
        next_en="Write the primary server's address into the file.",
    ),
    "postgres.not_a_table": _set_up(
        ko="CDM 표가 실제 표가 아니어서 변경을 확인할 수 없습니다. 표: {table}",
        en="This is a view or a foreign table, whose changes cannot be noticed: {table}",
        next_ko="실제 표가 있는 스키마를 지정하십시오: onggi-node use-postgres --schema <스키마>",
        next_en="Name the schema that holds the tables themselves: onggi-node use-postgres --schema <schema>",
    ),
    "postgres.row_security": _set_up(
        ko="행 수준 보안이 켜진 표는 일부 행만 보일 수 있습니다. 표: {table}",
        en="Row security would hide rows from the node without a word. Table: {table}",
        next_ko="관리자가 그 표의 행 수준 보안을 끄거나 행을 모두 가진 표를 마련하도록 하십시오.",
        next_en="Let the administrator disable row security on it, or give the node a table with all rows.",
    ),
    "postgres.no_cdm": _set_up(
        ko="스키마에서 CDM의 person 표를 찾지 못했습니다. 스키마: {schema}",
        en="The schema has no person table that the role can see: {schema}",
        next_ko="CDM이 있는 스키마를 지정하십시오: onggi-node use-postgres --schema <스키마>",
        next_en="Name the schema that holds the CDM: onggi-node use-postgres --schema <schema>",
    ),
    "postgres.record_damaged": _set_up(
        ko="등록한 데이터베이스의 기록이 손상되었습니다. 파일: {path}",
        en="What was written down of the registered database is damaged: {path}",
        next_ko="파일을 옮긴 뒤 onggi-node use-postgres 명령으로 다시 등록하십시오.",
        next_en="Move the file away and register the database again: onggi-node use-postgres",
    ),
    "postgres.not_registered": _set_up(
        ko="아직 등록하지 않은 데이터셋입니다. 데이터셋: {dataset}",
        en="This dataset has not been registered in place yet: {dataset}",
        next_ko="onggi-node use-postgres --address-file <파일> --schema <스키마> 명령을 실행하십시오.",
        next_en="Run: onggi-node use-postgres --address-file <file> --schema <schema>",
    ),
    "postgres.statements_logged": _set_up(
        ko="데이터베이스 서버가 노드의 질의문을 기록합니다. 설정: {setting}",
        en="The database server logs the node's statements, or what is bound to them: {setting}",
        next_ko=_RUN_KO,
        next_en=_RUN_EN,
    ),
    "dataset.changed": Words(
        ko="등록한 뒤 데이터가 바뀌어 어느 버전을 읽는지 말할 수 없습니다. 표: {table}",
        en="The data changed after it was registered, so that no version names what would be read: {table}",
        next_ko="적재가 끝났으면 onggi-node use-postgres --refresh 명령을 실행하십시오.",
        next_en="When the load is over, run: onggi-node use-postgres --refresh",
        exit=129,
    ),
}
