"""Words for a cohort definition or a variable that cannot be run."""

from onggi.words.entry import Words

WORDS: dict[str, Words] = {
    "cohort.unsupported": Words(
        ko="코호트 정의에 아직 지원하지 않는 항목이 있습니다. 항목: {attribute}, 위치: {place}",
        en="The cohort definition uses something that is not supported yet: {attribute}, at {place}.",
        next_ko="ATLAS에서 그 항목을 빼거나 다른 조건으로 바꾼 뒤 다시 제출하십시오.",
        next_en="Remove it in ATLAS, or say the same with a supported condition, and submit again.",
        status=422,
        exit=310,
    ),
    "cohort.contradictory": Words(
        ko="코호트 정의가 서로 맞지 않습니다. 문제: {problem}, 위치: {place}",
        en="The cohort definition contradicts itself: {problem}, at {place}.",
        next_ko="그 위치를 고친 뒤 다시 제출하십시오.",
        next_en="Correct that place and submit again.",
        status=422,
        exit=311,
    ),
    "cohort.malformed": Words(
        ko="코호트 정의의 형식이 올바르지 않습니다. 필요한 것: {expected}, 위치: {place}",
        en="The cohort definition is not in Circe's form: expected {expected} at {place}.",
        next_ko="ATLAS에서 정의를 다시 내보내 제출하십시오.",
        next_en="Export the definition from ATLAS again and submit it.",
        status=422,
        exit=312,
    ),
    "cohort.no_vocabulary": Words(
        ko="기관의 CDM에 어휘 표(concept)가 비어 있어 코호트 정의의 개념을 찾을 수 없습니다.",
        en="The hospital's CDM has no vocabulary (its concept table is empty): no concept can be found.",
        next_ko="onggi-node load-omop 명령으로 어휘 표를 포함한 CDM을 다시 적재하십시오.",
        next_en="Load a CDM together with its vocabulary: onggi-node load-omop <folder>",
        exit=129,
    ),
    "variables.contradictory": Words(
        ko="변수의 뜻을 정할 수 없습니다. 변수: {variable}, 문제: {problem}",
        en="The variable cannot mean anything as it stands: {variable}, {problem}.",
        next_ko="그 변수를 고친 뒤 다시 제출하십시오.",
        next_en="Correct the variable and submit again.",
        status=422,
        exit=313,
    ),
    "variables.missing_column": Words(
        ko="기관의 CDM에 필요한 열이 없습니다. 표: {table}, 열: {column}",
        en="The hospital's CDM lacks a column that the job needs: table {table}, column {column}.",
        next_ko="onggi-node load-omop 명령으로 그 표를 포함한 CDM을 다시 적재하십시오.",
        next_en="Load a CDM that holds the table: onggi-node load-omop <folder>",
        exit=110,
    ),
    "variables.too_much_memory": Words(
        ko="기관의 CDM에서 분석용 표를 만들기에 메모리가 부족합니다.",
        en="The memory does not suffice to make the table for the job from the CDM.",
        next_ko="코호트 조건과 변수의 수를 줄이거나, 기관에서 메모리를 늘린 뒤 다시 제출하십시오.",
        next_en="Use fewer criteria and variables, or give the hospital's machine more memory; submit again.",
        status=507,
        exit=117,
    ),
    "variables.not_staged": Words(
        ko="기관의 CDM에서 분석용 표를 만들지 못했습니다. 데이터 값이 섞일 수 있어 상세 내용은 숨깁니다.",
        en="The table for the job could not be made from the CDM. Details stay back: they could quote data.",
        next_ko="onggi-node doctor 명령으로 CDM과 저장소를 점검하십시오.",
        next_en="Check the CDM and the store: onggi-node doctor",
        exit=111,
    ),
}
