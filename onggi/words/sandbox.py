"""Words for the closed room in which jobs run, and for workers that ended in it."""

from __future__ import annotations

from onggi.words.entry import Words

_DOCTOR_KO = "onggi-node doctor 명령을 실행해 주십시오."
_DOCTOR_EN = "Run: onggi-node doctor"
_REPORT_KO = "작업 번호와 함께 운영기관에 알려 주십시오."
_REPORT_EN = "Report it to the coordinator's operator with the job's number."

WORDS: dict[str, Words] = {
    "sandbox.unavailable": Words(
        ko="이 서버에서는 분석 작업을 격리하여 실행할 수 없어 작업을 시작하지 않았습니다. 원인: {cause}",
        en="This machine cannot run jobs in isolation, so no job was started. Cause: {cause}",
        next_ko=_DOCTOR_KO,
        next_en=_DOCTOR_EN,
        status=503,
        exit=170,
    ),
    "sandbox.bwrap_missing": Words(
        ko="격리 실행 프로그램(bubblewrap)이 설치되어 있지 않습니다.",
        en="The isolation program (bubblewrap) is not installed.",
        next_ko="sudo apt-get install -y bubblewrap 명령으로 설치해 주십시오.",
        next_en="Install it: sudo apt-get install -y bubblewrap",
        status=503,
        exit=171,
    ),
    "sandbox.bwrap_old": Words(
        ko="bubblewrap 버전이 낮습니다. 설치된 버전: {version}, 필요한 버전: 0.8.0 이상",
        en="bubblewrap is too old: {version} is installed, 0.8.0 or newer is needed.",
        next_ko="sudo apt-get install --only-upgrade -y bubblewrap 명령으로 올려 주십시오.",
        next_en="Upgrade it: sudo apt-get install --only-upgrade -y bubblewrap",
        status=503,
        exit=172,
    ),
    "sandbox.prlimit_missing": Words(
        ko="자원 한도를 정하는 프로그램이 없습니다. 경로: {path}",
        en="The program that sets resource limits is missing: {path}",
        next_ko="sudo apt-get install -y util-linux 명령으로 설치해 주십시오.",
        next_en="Install it: sudo apt-get install -y util-linux",
        status=503,
        exit=173,
    ),
    "sandbox.userns_blocked": Words(
        ko="커널 설정이 일반 사용자의 격리 공간 생성을 막고 있습니다. 설정: {setting}",
        en="A kernel setting keeps ordinary users from creating namespaces: {setting}",
        next_ko="sudo sysctl -w {setting}={value} 명령을 실행해 주십시오.",
        next_en="Run: sudo sysctl -w {setting}={value}",
        status=503,
        exit=174,
    ),
    "sandbox.apparmor_profile_needed": Words(
        ko="AppArmor 정책이 격리 공간 생성을 막고 있습니다. 전용 실행 파일이 없습니다: {path}",
        en="AppArmor keeps programs from creating namespaces, and our own copy is not in place: {path}",
        next_ko="sudo install -D -m 0755 /usr/bin/bwrap /opt/onggi/bin/bwrap && sudo install -m 0644 "
        "infra/apparmor/onggi-bwrap /etc/apparmor.d/onggi-bwrap && sudo apparmor_parser -r "
        "/etc/apparmor.d/onggi-bwrap 명령을 실행해 주십시오.",
        next_en="Run: sudo install -D -m 0755 /usr/bin/bwrap /opt/onggi/bin/bwrap && sudo install -m 0644 "
        "infra/apparmor/onggi-bwrap /etc/apparmor.d/onggi-bwrap && sudo apparmor_parser -r "
        "/etc/apparmor.d/onggi-bwrap",
        status=503,
        exit=175,
    ),
    "sandbox.interpreter_unreachable": Words(
        ko="작업 실행용 사용자가 접근할 수 없는 경로가 있습니다. 경로: {path}, 사용자 번호: {uid}",
        en="The user under which jobs run (uid {uid}) cannot reach {path}.",
        next_ko="모든 사용자가 읽을 수 있는 환경을 만들어 그 안에 다시 설치해 주십시오: "
        "sudo /usr/bin/python3 -m venv /opt/onggi",
        next_en="Make an environment that every user may read and install there: "
        "sudo /usr/bin/python3 -m venv /opt/onggi",
        status=503,
        exit=176,
    ),
    "sandbox.cannot_drop_uid": Words(
        ko="작업 실행용 사용자로 전환할 권한이 없습니다. 사용자 번호: {uid}",
        en="There is no right to become the user under which the job would run (uid {uid}).",
        next_ko="서비스를 일반 사용자로 실행하거나 SETUID, SETGID 권한을 부여해 주십시오.",
        next_en="Run the service as an ordinary user, or give it the SETUID and SETGID capabilities.",
        status=503,
        exit=177,
    ),
    "sandbox.root_refused": Words(
        ko="관리자(root) 권한으로는 분석 작업을 실행하지 않습니다.",
        en="Jobs are never run as root.",
        next_ko="서비스를 전용 일반 사용자로 실행해 주십시오: sudo systemctl restart onggi-node",
        next_en="Run the service as its own ordinary user: sudo systemctl restart onggi-node",
        status=503,
        exit=178,
    ),
    "sandbox.machine_unsupported": Words(
        ko="지원하지 않는 프로세서입니다. 종류: {machine}, 지원: x86_64, aarch64",
        en="This processor is not supported: {machine}. Supported: x86_64, aarch64.",
        next_ko="지원하는 프로세서의 서버에 설치해 주십시오.",
        next_en="Install on a machine with a supported processor.",
        status=503,
        exit=179,
    ),
    "sandbox.no_free_uid": Words(
        ko="작업 실행용 사용자 번호가 모두 사용 중입니다. 범위: {first}-{last}",
        en="All user numbers set aside for jobs ({first}-{last}) are in use.",
        next_ko="실행 중인 작업이 끝난 뒤 다시 시도해 주십시오: onggi-node status",
        next_en="Wait for running jobs to end: onggi-node status",
        status=503,
        exit=180,
    ),
    "sandbox.cgroup_failed": Words(
        ko="작업의 메모리 한도를 설정하지 못하여 작업을 시작하지 않았습니다. 오류 번호: {errno}",
        en="The job's memory limit could not be set, so it was not started (errno {errno}).",
        next_ko=_DOCTOR_KO,
        next_en=_DOCTOR_EN,
        status=503,
        exit=181,
    ),
    "sandbox.trial_failed": Words(
        ko="시험 실행한 격리 작업이 시작되지 않았습니다. 종료 상태: {ended}",
        en="A trial job in isolation did not start. It ended as: {ended}",
        next_ko="onggi-node doctor --json 결과를 운영기관에 보내 주십시오.",
        next_en="Send the output of onggi-node doctor --json to the coordinator's operator.",
        status=503,
        exit=182,
    ),
    "sandbox.memory_per_process": Words(
        ko="제어 그룹이 위임되지 않아 메모리 한도가 작업 전체가 아니라 프로세스마다 적용됩니다.",
        en="No control group is delegated: the memory limit holds for each process, not for the whole job.",
        next_ko="서비스 설정에 Delegate=yes 항목을 추가하고 다시 시작해 주십시오: "
        "sudo systemctl edit onggi-node",
        next_en="Add Delegate=yes to the service and restart it: sudo systemctl edit onggi-node",
        exit=183,
    ),
    "sandbox.shared_uid": Words(
        ko="작업이 서비스와 같은 사용자 번호로 실행됩니다(격리 공간으로 분리됨). 사용자 번호: {uid}",
        en="Jobs run under the service's own user (uid {uid}), separated by the closed room alone.",
        next_ko="작업마다 다른 사용자가 필요하면 SETUID 권한이 있는 서비스로 실행해 주십시오.",
        next_en="For a user per job, run the service with the right to change users.",
        exit=184,
    ),
    "sandbox.worker_gone": Words(
        ko="분석 작업 프로세스와의 연결이 끊어졌습니다.",
        en="The connection to the job's process was lost.",
        next_ko="작업 상태를 확인해 주십시오: onggi-node status",
        next_en="See what became of the job: onggi-node status",
        status=503,
        exit=185,
    ),
    "sandbox.worker_ended": Words(
        ko="분석 작업이 답을 내기 전에 종료되었습니다. 종료 상태: {ended}",
        en="The job ended before it answered. It ended as: {ended}",
        next_ko="작업의 자원 한도를 확인해 주십시오: onggi-node status",
        next_en="Compare the job with its limits: onggi-node status",
        exit=186,
    ),
    "sandbox.app_failed": Words(
        ko="분석 코드가 오류로 중단되었습니다. 분류: {reason}",
        en="The job's code failed. Class of failure: {reason}",
        next_ko="연습용 합성데이터로 다시 실행하여 원인을 확인해 주십시오.",
        next_en="Run the job on the twin to see the cause.",
        exit=187,
    ),
    "sandbox.bad_frame": Words(
        ko="분석 작업이 약속되지 않은 형식의 데이터를 보내 중단했습니다. 형식 번호: {type}",
        en="The job sent data in a form that was not agreed and was ended (frame type {type}).",
        next_ko=_REPORT_KO,
        next_en=_REPORT_EN,
        exit=188,
    ),
    "sandbox.frame_too_long": Words(
        ko="분석 작업이 한도보다 큰 데이터를 보내 중단했습니다. 크기: {length}, 한도: {limit} 바이트",
        en="The job sent more than it may and was ended: {length} bytes, the limit is {limit}.",
        next_ko=_REPORT_KO,
        next_en=_REPORT_EN,
        exit=189,
    ),
    "sandbox.bad_message": Words(
        ko="분석 작업과 주고받는 메시지를 해석할 수 없습니다.",
        en="A message to or from a job could not be decoded.",
        next_ko=_REPORT_KO,
        next_en=_REPORT_EN,
        exit=190,
    ),
    "sandbox.bad_array": Words(
        ko="메시지에 숫자가 아닌 배열이 들어 있어 거부했습니다.",
        en="A message holds an array that is not plain numbers and was refused.",
        next_ko=_REPORT_KO,
        next_en=_REPORT_EN,
        exit=191,
    ),
}
