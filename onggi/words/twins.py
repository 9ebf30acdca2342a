"""Words for dataset cards, twins, and the dry run of a job on twins."""

from __future__ import annotations

from onggi.words.entry import Words


def _node(ko: str, en: str, next_ko: str, next_en: str, *, number: int, status: int = 409) -> Words:
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=status, exit=number)


WORDS: dict[str, Words] = {
    "card.too_few_persons": _node(
        "데이터 카드를 만들기에 대상자가 너무 적습니다. 기준: {minimum}명",
        "There are too few persons for a dataset card (fewer than {minimum}).",
        "더 많은 환자의 자료를 `onggi-node load-omop` 명령으로 적재하십시오.",
        "Load a dataset of more persons with `onggi-node load-omop`.",
        number=121,
    ),
    "card.of_twin": _node(
        "적재된 자료가 연습용 합성데이터라서 데이터 카드를 만들 수 없습니다. 세대: {generation}",
        "The loaded dataset is a synthetic twin: it has no card. Generation: {generation}.",
        "병원의 자료를 `onggi-node load-omop` 명령으로 적재하십시오.",
        "Load the hospital's own data with `onggi-node load-omop`.",
        number=121,
    ),
    "card.not_counted": _node(
        "저장소에서 데이터 카드에 필요한 수를 셀 수 없습니다.",
        "The store could not be counted for the dataset card.",
        "`onggi-node doctor` 명령으로 저장소를 점검하십시오.",
        "Examine the store with `onggi-node doctor`.",
        number=140,
        status=500,
    ),
    "card.unreadable": _node(
        "데이터 카드 파일을 읽을 수 없습니다. 항목: {field}",
        "This file is no dataset card that can be read. Field: {field}.",
        "기관에서 `onggi-node card --out <file>` 명령으로 만든 파일을 쓰십시오.",
        "Use a file that `onggi-node card --out <file>` wrote at the hospital.",
        number=127,
        status=422,
    ),
    "card.file_exists": _node(
        "같은 이름의 파일이 이미 있습니다. 파일: {file}",
        "There is a file of this name already: {file}.",
        "다른 파일 이름을 지정하십시오.",
        "Name another file.",
        number=127,
    ),
    "card.file_unwritable": _node(
        "데이터 카드를 저장할 수 없습니다. 파일: {file}, 오류 번호: {errno}",
        "The dataset card cannot be written: {file} (error {errno}).",
        "쓸 수 있는 폴더의 파일 이름을 지정하십시오.",
        "Name a file in a folder that can be written.",
        number=127,
    ),
    "twin.folder_exists": _node(
        "폴더가 이미 있습니다. 폴더: {folder}",
        "This folder exists already: {folder}.",
        "새 폴더 이름을 지정하십시오.",
        "Name a new folder.",
        number=120,
    ),
    "twin.folder_unwritable": _node(
        "폴더를 만들 수 없습니다. 폴더: {folder}, 오류 번호: {errno}",
        "The folder cannot be made: {folder} (error {errno}).",
        "쓸 수 있는 곳의 폴더 이름을 지정하십시오.",
        "Name a folder in a place that can be written.",
        number=120,
    ),
    "twin.not_written": _node(
        "연습용 합성데이터를 끝까지 쓰지 못했습니다. 폴더: {folder}, 오류 번호: {errno}",
        "The twin could not be written to its end: {folder} (error {errno}).",
        "디스크의 빈 공간을 확인하고 새 폴더에 다시 만드십시오.",
        "Check the free space of the disk and make it again in a new folder.",
        number=127,
        status=503,
    ),
    "load.twin_over_data": _node(
        "병원의 자료가 있는 저장소에는 연습용 합성데이터를 적재할 수 없습니다. 세대: {generation}",
        "A synthetic twin cannot follow the hospital's own data. Generation: {generation}.",
        "연습용 합성데이터는 `onggi-node init` 명령으로 만든 다른 노드 폴더에 적재하십시오.",
        "Load the twin into another node's folder, made with `onggi-node init`.",
        number=121,
    ),
}
