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
    "card.wrong_site": Words(
        ko="연합 루트에 없는 기관의 데이터 카드입니다. 기관: {site}",
        en="The card is of a hospital that is not in the federation root: {site}.",
        next_ko="연합에 참여하는 기관의 카드를 등록하십시오.",
        next_en="Add the card of a hospital of this federation.",
        exit=223,
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
    "dry_run.too_long": Words(
        ko="연습용 합성데이터에서도 계산이 너무 오래 걸립니다. 한도: {seconds}초",
        en="Even on synthetic twins the job takes too long (more than {seconds} s of processor time).",
        next_ko="코호트 조건과 변수의 수를 줄여 `onggi job check` 명령으로 다시 확인하십시오.",
        next_en="Use fewer criteria and variables, and check the job again with `onggi job check`.",
        status=422,
        exit=255,
    ),
    "dry_run.too_much_memory": Words(
        ko="연습용 합성데이터에서도 메모리가 너무 많이 필요합니다.",
        en="Even on synthetic twins the job needs too much memory.",
        next_ko="코호트 조건과 변수의 수를 줄여 `onggi job check` 명령으로 다시 확인하십시오.",
        next_en="Use fewer criteria and variables, and check the job again with `onggi job check`.",
        status=422,
        exit=255,
    ),
    "dry_run.broke": Words(
        ko="연습용 합성데이터에서 계산이 오류로 끝났습니다.",
        en="The computation broke down on synthetic twins.",
        next_ko="작업 명세를 운영기관에 보내 원인을 확인하십시오.",
        next_en="Send the job's specification to the operating body.",
        status=422,
        exit=255,
    ),
    "dry_run.busy": Words(
        ko="서버가 바빠 연습용 합성데이터로 확인하지 못했습니다.",
        en="The server was too busy to try the job on synthetic twins.",
        next_ko="잠시 후 `onggi job check` 명령으로 다시 확인하십시오.",
        next_en="Check the job again in a while with `onggi job check`.",
        status=503,
        exit=255,
    ),
    "dry_run.no_room": Words(
        ko="이 서버에서는 연습용 합성데이터로 확인할 수 없습니다.",
        en="This server cannot try jobs on synthetic twins.",
        next_ko="작업은 그대로 제출할 수 있습니다. 운영기관에 알려 주십시오.",
        next_en="The job can be submitted as it is; tell the operating body.",
        status=503,
        exit=255,
    ),
    "dry_run.nobody_found": Words(
        ko="연습용 합성데이터에서는 대상자가 한 명도 없습니다. 실제 자료에서는 다를 수 있습니다.",
        en="Nobody among the synthetic people meets the cohort; real data may differ.",
        next_ko="코호트 조건의 순서와 기간을 `onggi cohort explain` 명령으로 확인하십시오.",
        next_en="Look at the cohort's rules and windows with `onggi cohort explain`.",
        exit=255,
    ),
    "dry_run.concepts_not_listed": Words(
        ko="데이터 카드에 없는 개념은 연습용 기록으로 확인했습니다. 개수: {count}, 개념: {concepts}",
        en="Concepts on no dataset card were tried with practice records ({count}): {concepts}.",
        next_ko="드문 개념이면 그대로 제출하고, 아니면 개념 번호를 확인하십시오.",
        next_en="Submit as it is if they are rare; otherwise check their numbers.",
        exit=255,
    ),
}
