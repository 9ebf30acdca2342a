"""Words for a hospital's node: its folder, its state, its registers and what its own people decide."""

from __future__ import annotations

from functools import partial

from onggi.words.entry import Words

_set_up = partial(Words, status=409, exit=118)
_machine = partial(Words, status=503, exit=119)
_trust = partial(Words, status=409, exit=147)
_book = partial(Words, status=409, exit=148)
_decision = partial(Words, status=409, exit=149)
_run = partial(Words, status=409, exit=198)

_DOCTOR_KO = "onggi-node doctor 명령을 실행하십시오."
_DOCTOR_EN = "Run: onggi-node doctor"
_REPORT_KO = "onggi-node audit list --json 결과를 운영기관에 보내 원인을 함께 확인하십시오."
_REPORT_EN = "Send the output of onggi-node audit list --json to the coordinator's operator."

_SET_UP = {
    "node.usage": Words(
        ko="명령을 해석할 수 없습니다. 내용: {detail}",
        en="The command cannot be understood. Detail: {detail}",
        next_ko="사용법을 확인하십시오: {command} --help",
        next_en="See how it is used: {command} --help",
        status=400,
        exit=100,
    ),
    "node.interrupted": Words(
        ko="명령이 중간에 중단되었습니다.",
        en="The command was interrupted.",
        next_ko="onggi-node status 명령으로 상태를 확인하십시오.",
        next_en="See how the node stands: onggi-node status",
        exit=169,
    ),
    "node.not_initialised": _set_up(
        ko="이 폴더에는 아직 노드가 설치되지 않았습니다. 폴더: {home}",
        en="No node has been set up in this folder: {home}",
        next_ko="onggi-node init --site <기관> --coordinator <주소:포트> 명령을 실행하십시오.",
        next_en="Run: onggi-node init --site <site> --coordinator <host:port>",
    ),
    "node.settings_invalid": _set_up(
        ko="설정 파일의 항목이 올바르지 않습니다. 항목: {entry}, 파일: {path}",
        en="An entry of the settings is not valid. Entry: {entry}, file: {path}",
        next_ko="그 항목을 고친 뒤 실행하십시오: onggi-node doctor",
        next_en="Correct the entry, then run: onggi-node doctor",
    ),
    "node.settings_differ": _set_up(
        ko="이 폴더에는 다른 값으로 설치된 노드가 있습니다. 항목: {entry}, 파일: {path}",
        en="A node is set up here with another value. Entry: {entry}, file: {path}",
        next_ko="다른 폴더를 --home 옵션으로 지정하거나 현재 값을 확인하십시오: onggi-node status",
        next_en="Choose another folder with --home, or see the present value: onggi-node status",
    ),
    "node.datasets_held": _set_up(
        ko="이 노드에 있는 데이터셋입니다. 이름: {datasets}",
        en="This node holds several data sets. Names: {datasets}",
        next_ko="필요한 조치가 없습니다: onggi-node status",
        next_en="Nothing needs to be done: onggi-node status",
    ),
    "node.vocabulary_held": _set_up(
        ko="공유 용어집이 있습니다. 세대 번호: {generation}, 버전: {version}",
        en="A shared vocabulary is there. Generation: {generation}, version: {version}",
        next_ko="필요한 조치가 없습니다: onggi-node status",
        next_en="Nothing needs to be done: onggi-node status",
    ),
    "node.dataset_twice": _set_up(
        ko="같은 이름의 데이터셋이 두 곳에 있습니다. 이름: {dataset}, 위치: {path}",
        en="A data set of this name lies in two places. Name: {dataset}, place: {path}",
        next_ko="node.toml 파일의 dataset 항목을 고치십시오: onggi-node status",
        next_en="Correct the entry dataset in node.toml: onggi-node status",
    ),
    "node.identity_differs": _set_up(
        ko="이미 다른 기관 열쇠가 있으므로 바꾸지 않습니다. 파일: {path}",
        en="Another identity key is there already and is not replaced. File: {path}",
        next_ko="--identity 옵션 없이 다시 실행하십시오: onggi-node init",
        next_en="Run again without --identity: onggi-node init",
    ),
    "node.no_credentials": _set_up(
        ko="systemd 자격 증명이 전달되지 않았습니다. 이름: {credential}",
        en="systemd handed over no credential of this name: {credential}",
        next_ko="서비스로 실행하십시오: sudo systemctl start onggi-node",
        next_en="Run it as the service: sudo systemctl start onggi-node",
    ),
    "node.fingerprint_needed": _trust(
        ko="연합 루트 파일과 지문은 함께 지정해야 합니다.",
        en="The root file and its fingerprint are given together.",
        next_ko="onggi-node trust --root <파일> --fingerprint sha256:<지문> 명령을 실행하십시오.",
        next_en="Run: onggi-node trust --root <file> --fingerprint sha256:<fingerprint>",
        status=400,
    ),
    "node.no_root": _trust(
        ko="아직 연합 루트를 신뢰하도록 설정하지 않았습니다. 폴더: {home}",
        en="This node does not trust a federation yet. Folder: {home}",
        next_ko="onggi-node trust --root <파일> --fingerprint sha256:<지문> 명령을 실행하십시오.",
        next_en="Run: onggi-node trust --root <file> --fingerprint sha256:<fingerprint>",
    ),
    "node.other_root": _trust(
        ko="이미 다른 연합 루트가 고정되어 있습니다. 고정된 지문: {pinned}",
        en="Another federation root is pinned already. Pinned: {pinned}",
        next_ko="연합을 바꾸려면 새 폴더에 설치하십시오: onggi-node init --home <새 폴더>",
        next_en="To join another federation, set up a new folder: onggi-node init --home <new folder>",
    ),
    "node.log_ambiguous": _trust(
        ko="연합 루트에 로그가 여러 개 있습니다. 이름: {logs}",
        en="The root names several logs: {logs}",
        next_ko="onggi-node trust 명령에 --log-origin <이름> 옵션을 추가하십시오.",
        next_en="Add --log-origin <name> to: onggi-node trust",
    ),
    "node.not_in_root": _trust(
        ko="연합 루트에 이 기관의 열쇠가 없습니다. 기관: {site}, 루트 버전: {version}",
        en="The federation root does not name this node's key. Site: {site}, root version: {version}",
        next_ko="onggi-node init --json 명령이 보여 주는 공개 열쇠를 연합 관리자에게 보내십시오.",
        next_en="Send the public key shown by onggi-node init --json to the federation's keepers.",
    ),
    "node.file_unreadable": _set_up(
        ko="파일을 읽을 수 없습니다. 파일: {path}",
        en="The file cannot be read: {path}",
        next_ko="경로와 권한을 확인하십시오: ls -l {path}",
        next_en="Check path and permissions: ls -l {path}",
    ),
    "node.file_unwritable": _set_up(
        ko="파일을 쓸 수 없거나 이미 있습니다. 파일: {path}",
        en="The file cannot be written, or exists already: {path}",
        next_ko="다른 이름을 지정하십시오: onggi-node releases show <번호> --out <새 파일>",
        next_en="Choose another name: onggi-node releases show <number> --out <new file>",
    ),
}

_MACHINE = {
    "node.home_closed": _machine(
        ko="노드의 폴더를 사용할 권한이 없습니다. 경로: {path}",
        en="There is no right to use the node's folder: {path}",
        next_ko="노드의 사용자로 실행하십시오: sudo -u onggi onggi-node status",
        next_en="Run it as the node's user: sudo -u onggi onggi-node status",
    ),
    "node.folder_open": _machine(
        ko="다른 사용자가 볼 수 있는 폴더입니다. 경로: {path}, 권한: {mode}",
        en="Others may look into this folder: {path}, mode {mode}",
        next_ko="chmod 700 {path} 명령을 실행하십시오.",
        next_en="Run: chmod 700 {path}",
    ),
    "node.folder_owner": _machine(
        ko="폴더의 소유자가 지금 사용자와 다릅니다. 경로: {path}, 필요한 사용자 번호: {uid}",
        en="The folder belongs to another user: {path}, needed user id {uid}",
        next_ko="sudo chown -R {uid} {path} 명령을 실행하십시오.",
        next_en="Run: sudo chown -R {uid} {path}",
    ),
    "node.run_as_owner": _machine(
        ko="이 노드는 다른 사용자의 것입니다. 경로: {path}, 소유자 번호: {uid}",
        en="This node belongs to another user. Path: {path}. Owner: {uid}.",
        next_ko="그 사용자로 실행하십시오: sudo -u '#{uid}' onggi-node --home {path} doctor",
        next_en="Run it as that user: sudo -u '#{uid}' onggi-node --home {path} doctor",
    ),
    "node.disk_full": _machine(
        ko="디스크가 가득 차서 저장하지 못했습니다. 아무것도 전송되지 않았습니다.",
        en="The disk is full and nothing could be stored; nothing was sent.",
        next_ko="공간을 확보한 뒤 실행하십시오: onggi-node doctor",
        next_en="Make room, then run: onggi-node doctor",
    ),
    "node.disk_unwritable": _machine(
        ko="디스크에 쓸 수 없습니다. 아무것도 전송되지 않았습니다.",
        en="The disk cannot be written; nothing was sent.",
        next_ko="마운트와 권한을 확인한 뒤 실행하십시오: onggi-node doctor",
        next_en="Check mount and permissions, then run: onggi-node doctor",
    ),
    "node.disk_low": _machine(
        ko="디스크 공간이 부족합니다. 경로: {path}, 남은 공간: {free_mib} MiB, 필요한 공간: {needed_mib} MiB",
        en="The disk is nearly full: {path}, {free_mib} MiB free, {needed_mib} MiB needed",
        next_ko="공간을 확보하십시오: df -h {path}",
        next_en="Make room: df -h {path}",
    ),
    "node.state_unreadable": _machine(
        ko="노드의 상태 데이터베이스를 열 수 없습니다.",
        en="The node's state database cannot be opened.",
        next_ko="백업에서 state.sqlite 파일을 복원한 뒤 실행하십시오: onggi-node doctor",
        next_en="Restore state.sqlite from its backup, then run: onggi-node doctor",
    ),
    "node.state_damaged": _machine(
        ko="노드의 상태 데이터베이스가 손상되었습니다.",
        en="The node's state database is damaged.",
        next_ko="백업에서 state.sqlite 파일을 복원한 뒤 실행하십시오: onggi-node doctor",
        next_en="Restore state.sqlite from its backup, then run: onggi-node doctor",
    ),
    "node.already_running": _machine(
        ko="이 폴더의 노드가 이미 실행 중입니다. 폴더: {home}",
        en="The node of this folder is running already: {home}",
        next_ko="onggi-node status 명령으로 확인하십시오.",
        next_en="See how it stands: onggi-node status",
    ),
    "node.data_cdm_version": _machine(
        ko="적재된 데이터의 CDM 버전이 다릅니다. 버전: {found}, 필요한 버전: {wanted}",
        en="The loaded data is of another CDM version: {found}, needed {wanted}",
        next_ko="원본 폴더를 다시 적재하십시오: onggi-node load-omop <폴더>",
        next_en="Load the source folder again: onggi-node load-omop <folder>",
    ),
    "node.data_no_persons": _machine(
        ko="적재된 데이터에 대상자가 없습니다. 세대: {generation}",
        en="The loaded data holds no persons. Generation: {generation}",
        next_ko="person 표가 있는 폴더를 적재하십시오: onggi-node load-omop <폴더>",
        next_en="Load a folder with a person table: onggi-node load-omop <folder>",
    ),
    "node.fault": Words(
        ko="노드 프로그램의 오류로 중단했습니다. 환자 정보 보호를 위해 상세 내용은 출력하지 않습니다.",
        en="The node's own software failed. No detail is printed, since it could hold a patient's value.",
        next_ko="onggi-node doctor --json 결과를 운영기관에 보내십시오.",
        next_en="Send the output of onggi-node doctor --json to the coordinator's operator.",
        status=500,
        exit=199,
    ),
    "clock.runs_backwards": Words(
        ko="이 서버의 시계가 이전에 기록한 시각보다 뒤에 있습니다.",
        en="This machine's clock stands behind a moment that was recorded here before.",
        next_ko="시계를 맞춘 뒤 다시 확인하십시오: sudo timedatectl set-ntp true",
        next_en="Set the clock: sudo timedatectl set-ntp true",
        status=503,
        exit=159,
    ),
}

_BOOKS = {
    "audit.chain_broken": _book(
        ko="감사 기록의 연결이 끊어져 있습니다. 기록이 바뀌었거나 지워졌습니다. 번호: {number}",
        en="The audit trail is broken: an entry was altered or removed. Number: {number}",
        next_ko="백업과 비교하여 바뀐 기록을 확인하십시오: onggi-node audit list --json",
        next_en="Compare with the backup what changed: onggi-node audit list --json",
    ),
    "register.chain_broken": _book(
        ko="반출 관리대장의 연결이 끊어져 있습니다. 항목이 바뀌었거나 지워졌습니다. 번호: {entry}",
        en="The release register is broken: an entry was altered or removed. Entry: {entry}",
        next_ko="백업과 비교하여 바뀐 항목을 확인하십시오: onggi-node releases list --json",
        next_en="Compare with the backup what changed: onggi-node releases list --json",
    ),
    "register.behind": _book(
        ko="반출 관리대장에 빠진 항목이 있어 아무것도 내보내지 않습니다. 필요: {kept}, 현재: {here}",
        en="The release register lacks entries, so nothing is released. Expected: {kept}, here: {here}",
        next_ko="더 최근의 백업을 복원한 뒤 실행하십시오: onggi-node releases verify",
        next_en="Restore a later backup, then run: onggi-node releases verify",
    ),
    "register.head_forged": Words(
        ko="중앙 서버가 보관한 관리대장 기록에 이 기관의 서명이 없습니다.",
        en="The register's head kept by the coordinator is not signed by this hospital.",
        next_ko=_REPORT_KO,
        next_en=_REPORT_EN,
        status=403,
        exit=148,
    ),
    "register.object_damaged": _book(
        ko="보관된 전송 내용이 없거나 바뀌었습니다. 내용: {digest}",
        en="The stored content of a release is gone or altered: {digest}",
        next_ko="백업에서 objects 폴더를 복원한 뒤 실행하십시오: onggi-node releases verify",
        next_en="Restore the objects folder from its backup, then run: onggi-node releases verify",
    ),
    "register.object_unreadable": _book(
        ko="보관된 전송 내용을 수치로 읽을 수 없습니다.",
        en="The stored content of a release cannot be read as numbers.",
        next_ko="나간 바이트를 그대로 저장하십시오: onggi-node releases show <번호> --out <파일>",
        next_en="Write the bytes as they left: onggi-node releases show <number> --out <file>",
    ),
    "release.not_found": _book(
        ko="반출 관리대장에 없는 번호입니다. 번호: {number}",
        en="The release register has no such entry: {number}",
        next_ko="목록을 확인하십시오: onggi-node releases list",
        next_en="See the list: onggi-node releases list",
        status=404,
    ),
}

_DECISIONS = {
    "node.paused": _decision(
        ko="기관이 노드를 일시 중지했습니다. 아무것도 실행되거나 전송되지 않습니다.",
        en="The hospital paused its node: nothing runs and nothing leaves.",
        next_ko="병원 담당자가 다시 시작할 수 있습니다: onggi-node resume",
        next_en="The hospital can resume it: onggi-node resume",
    ),
    "consent.never": _decision(
        ko="기관의 정책이 이런 작업의 실행을 허용하지 않습니다.",
        en="The hospital's policy never lets such a job run.",
        next_ko="병원 담당자가 정책을 확인할 수 있습니다: onggi-node policy show",
        next_en="The hospital can see its policy: onggi-node policy show",
        status=403,
    ),
    "consent.refused": _decision(
        ko="기관이 이 실행에 동의하지 않았습니다.",
        en="The hospital refused this run.",
        next_ko="결정을 확인하십시오: onggi-node runs",
        next_en="See the decision: onggi-node runs",
        status=403,
    ),
    "floor.site_minimum": _decision(
        ko="작업의 최소 인원이 기관의 기준보다 낮습니다. 기관의 기준: {minimum}명",
        en="The job's minimum number of persons is below the hospital's own: {minimum}",
        next_ko="작업의 최소 인원을 기관의 기준 이상으로 올려 다시 신청하십시오.",
        next_en="Submit the job again with at least the hospital's minimum.",
        status=403,
    ),
    "floor.site_small_hospitals": _decision(
        ko="이 기관은 기관 안에서 소수인 칸이 있는 합산에 참여하지 않습니다.",
        en="The hospital takes no part in sums where a cell may be small at one hospital.",
        next_ko="소수 기관을 허용하지 않고(small_hospitals 없이) 다시 신청하거나, 이 기관 없이 신청하십시오.",
        next_en="Submit without `small_hospitals`, or without this hospital.",
        status=403,
    ),
    "quota.refusals": _decision(
        ko="한 달 동안 이 과제의 결과가 소수를 드러낼 위험으로 너무 자주 거절되어 더 받지 않습니다. "
        "기준: {quota}건",
        en="Within a month too many of the project's answers were refused because they would tell of few "
        "persons; no more are taken. Number: {quota}",
        next_ko="병원 담당자가 정책에서 횟수를 늘릴 수 있습니다: onggi-node policy set --refusal-quota",
        next_en="The hospital can raise the number: onggi-node policy set --refusal-quota",
        status=429,
    ),
    "release.masked_held": _decision(
        ko="기관의 정책이 마스킹된 값의 전송을 보류하도록 정하고 있어 보내지 않았습니다.",
        en="The hospital's policy holds masked values back, so none was sent.",
        next_ko="병원 담당자가 정책을 바꿀 수 있습니다: onggi-node policy set --masked send",
        next_en="The hospital can change its policy: onggi-node policy set --masked send",
        status=403,
    ),
    "release.refused": _decision(
        ko="기관이 이 답을 내보내지 않기로 결정했습니다.",
        en="The hospital decided not to let this reply leave.",
        next_ko="결정을 확인하십시오: onggi-node audit list",
        next_en="See the decision: onggi-node audit list",
        status=403,
    ),
    "reply.not_held": _decision(
        ko="보류 중인 답이 아닙니다. 번호: {number}",
        en="No reply of this number is held: {number}",
        next_ko="목록을 확인하십시오: onggi-node releases list",
        next_en="See the list: onggi-node releases list",
        status=404,
    ),
    "reply.already_decided": _decision(
        ko="이미 결정한 답입니다. 번호: {number}",
        en="This reply has been decided already: {number}",
        next_ko="결정을 확인하십시오: onggi-node audit list",
        next_en="See the decision: onggi-node audit list",
    ),
}

_RUNS = {
    "run.not_found": _run(
        ko="그런 실행이 없습니다. 실행: {run}",
        en="There is no such run: {run}",
        next_ko="목록을 확인하십시오: onggi-node runs",
        next_en="See the list: onggi-node runs",
        status=404,
    ),
    "run.no_such_move": _run(
        ko="지금 상태에서는 할 수 없는 일입니다. 현재: {now}, 요청: {to}",
        en="This cannot be done in the present state. Now: {now}, asked: {to}",
        next_ko="상태를 확인하십시오: onggi-node runs",
        next_en="See the states: onggi-node runs",
    ),
    "run.not_active": _run(
        ko="진행 중인 실행이 아닙니다.",
        en="This run is not under way.",
        next_ko="상태를 확인하십시오: onggi-node runs",
        next_en="See the states: onggi-node runs",
    ),
    "run.memory_limit": _run(
        ko="작업이 요청한 메모리가 기관의 한도보다 큽니다. 한도: {maximum_mib} MiB",
        en="The job asks for more memory than the hospital allows: {maximum_mib} MiB",
        next_ko="작업의 메모리 한도를 줄여 다시 신청하십시오.",
        next_en="Submit the job again with a smaller memory limit.",
        status=403,
    ),
    "run.too_many_rounds": _run(
        ko="작업에 정해진 라운드 수를 모두 사용했습니다. 한도: {maximum}",
        en="The job used up its rounds. Limit: {maximum}",
        next_ko="라운드 한도를 올린 작업을 새로 신청하십시오.",
        next_en="Submit a new job with a higher limit of rounds.",
    ),
    "run.too_few_sites": _run(
        ko="남은 참여 기관이 작업에 정해진 최소 기관 수보다 적습니다.",
        en="Fewer hospitals remain than the job's stated minimum.",
        next_ko="기관들이 다시 연결된 뒤 작업을 새로 신청하십시오.",
        next_en="Submit the job again when the hospitals are connected.",
    ),
    "run.workspace_damaged": _run(
        ko="실행의 작업 폴더가 손상되어 실행을 끝냈습니다.",
        en="The run's workspace was damaged, so the run was ended.",
        next_ko=_DOCTOR_KO,
        next_en=_DOCTOR_EN,
    ),
}

WORDS: dict[str, Words] = {**_SET_UP, **_MACHINE, **_BOOKS, **_DECISIONS, **_RUNS}
