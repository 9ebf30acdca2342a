"""Words for the SDK and the `onggi` command: connecting, writing a question, signing, reading answers."""

from __future__ import annotations

from onggi.words.entry import Words


def _say(exit_code: int, *, ko: str, en: str, next_ko: str, next_en: str, status: int = 422) -> Words:
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=status, exit=exit_code)


_LOGIN_KO = "`onggi login https://<주소> --account <계정>` 명령으로 로그인하십시오."
_LOGIN_EN = "Sign in: `onggi login https://<address> --account <name>`"
_TELL_KO = "서명하지 말고 운영기관과 위원회에 알리십시오."
_TELL_EN = "Sign nothing, and tell the committee and the coordinating body."
_PIN_KO = "`onggi root pin --fingerprint <전화로 받은 지문>` 명령으로 등록하십시오."
_PIN_EN = "Pin it: `onggi root pin --fingerprint <received by telephone>`"

_CONNECTING = {
    "client.url_malformed": _say(
        320,
        ko="중앙 서버 주소의 형식이 올바르지 않습니다.",
        en="This is not an address of a coordinator.",
        next_ko="https://이름:포트 형식으로 다시 입력하십시오.",
        next_en="Write it as https://name:port",
    ),
    "client.url_not_https": _say(
        321,
        ko="암호화되지 않은 주소로는 연결하지 않습니다. 호스트: {host}",
        en="Without encryption only this machine itself is asked. Host: {host}",
        next_ko="https 주소를 사용하십시오.",
        next_en="Use its https address.",
    ),
    "client.certificate_not_trusted": _say(
        322,
        ko="서버 인증서를 신뢰할 수 없습니다. 호스트: {host}, 사유: {reason}",
        en="The server's certificate is not trusted. Host: {host}. Reason: {reason}",
        next_ko="운영기관에서 받은 CA 파일을 지정하십시오: `onggi login ... --ca-file <파일>`",
        next_en="Name the CA file of the coordinating body: `onggi login ... --ca-file <file>`",
        status=502,
    ),
    "client.no_connection": _say(
        323,
        ko="중앙 서버에 연결하지 못했습니다. 호스트: {host}",
        en="No connection to the coordinator. Host: {host}",
        next_ko="주소와 포트, 프록시 설정(HTTPS_PROXY)을 확인하십시오: `getent hosts {host}`",
        next_en="Check address, port and proxy (HTTPS_PROXY): `getent hosts {host}`",
        status=503,
    ),
    "client.timed_out": _say(
        324,
        ko="중앙 서버가 제때 응답하지 않았습니다. 호스트: {host}",
        en="The coordinator did not answer in time. Host: {host}",
        next_ko="잠시 뒤 같은 명령을 다시 실행하십시오.",
        next_en="Run the same command again in a while.",
        status=504,
    ),
    "client.connection_broken": _say(
        325,
        ko="응답 도중 연결이 끊어졌습니다. 호스트: {host}",
        en="The connection broke before the answer was complete. Host: {host}",
        next_ko="같은 명령을 다시 실행하십시오.",
        next_en="Run the same command again.",
        status=503,
    ),
    "client.gateway": _say(
        326,
        ko="중앙 서버 앞의 장비가 오류로 응답했습니다. HTTP 상태: {status}",
        en="Something in front of the coordinator answered with an error. HTTP status: {status}",
        next_ko="잠시 뒤 다시 실행하고, 계속되면 운영기관에 알리십시오.",
        next_en="Run it again in a while; if it stays, tell the coordinating body.",
        status=502,
    ),
    "client.answer_malformed": _say(
        327,
        ko="받은 응답이 중앙 서버의 형식이 아닙니다. HTTP 상태: {status}",
        en="The answer does not have the form of a coordinator's. HTTP status: {status}",
        next_ko="주소를 확인하고, 맞으면 `pip install -U onggi` 명령으로 갱신하십시오.",
        next_en="Check the address; if it is right, update: `pip install -U onggi`",
        status=502,
    ),
    "client.answer_too_large": _say(
        328,
        ko="응답이 너무 커서 읽지 않았습니다. 한도(바이트): {limit}",
        en="The answer is larger than {limit} bytes and was not read.",
        next_ko="운영기관에 알리십시오.",
        next_en="Tell the coordinating body.",
        status=502,
    ),
    "client.token_missing": _say(
        329,
        ko="저장된 로그인 정보가 없거나 토큰이 올바르지 않습니다.",
        en="There is no stored login, or the token is not one.",
        next_ko=_LOGIN_KO,
        next_en=_LOGIN_EN,
        status=401,
    ),
    "client.name_malformed": _say(
        364,
        ko="이름의 형식이 올바르지 않습니다. 입력: {name}",
        en="This cannot be a name: {name}",
        next_ko="`onggi jobs` 또는 `onggi review list` 명령의 이름을 그대로 입력하십시오.",
        next_en="Copy the name from `onggi jobs` or `onggi review list`.",
    ),
}

_WRITING = {
    "client.spec_malformed": _say(
        330,
        ko="명세의 내용이 올바르지 않습니다. 위치: {place}, 사유: {problem}",
        en="The specification is wrong at {place}: {problem}",
        next_ko="그 위치를 고친 뒤 `onggi submit --check <파일>` 명령으로 확인하십시오.",
        next_en="Correct that place and check it: `onggi submit --check <file>`",
    ),
    "client.cohort_rule": _say(
        331,
        ko="코호트 규칙이 비었거나 이름이 겹치거나 아무도 해당하지 않습니다. 규칙: {rule}",
        en="The cohort rule is empty, repeats a name, or leaves nobody: {rule}",
        next_ko="그 규칙의 조건과 이름을 고치십시오.",
        next_en="Correct the rule's conditions and name.",
    ),
    "client.file_malformed": _say(
        332,
        ko="파일의 내용을 읽을 수 없습니다. 파일: {path}, 위치: {place}",
        en="The file is not what it should be. File: {path}. Place: {place}",
        next_ko="`python -m json.tool {path}` 명령으로 형식을 확인하십시오.",
        next_en="Check its form: `python -m json.tool {path}`",
    ),
    "client.file_unreadable": _say(
        333,
        ko="파일을 열 수 없습니다. 파일: {path}",
        en="The file cannot be read: {path}",
        next_ko="`ls -l {path}` 명령으로 경로와 권한을 확인하십시오.",
        next_en="Check path and permissions: `ls -l {path}`",
    ),
    "client.file_exists": _say(
        334,
        ko="같은 이름의 파일이 이미 있어 덮어쓰지 않았습니다. 파일: {path}",
        en="A file of that name exists and was left alone: {path}",
        next_ko="다른 이름을 지정하십시오.",
        next_en="Choose another name.",
    ),
    "client.file_unwritable": _say(
        357,
        ko="파일을 쓸 수 없습니다. 파일: {path}",
        en="The file cannot be written: {path}",
        next_ko="`df -h` 및 `ls -ld` 명령으로 공간과 폴더 권한을 확인하십시오.",
        next_en="Check space and the folder's permissions: `df -h`, `ls -ld`",
    ),
    "client.file_open_to_others": _say(
        353,
        ko="다른 사용자가 읽을 수 있는 파일이라 사용하지 않습니다. 파일: {path}",
        en="Others could read or change this file, so it is not used: {path}",
        next_ko="`chmod 600 {path}` 명령을 실행하십시오.",
        next_en="Run `chmod 600 {path}`",
    ),
}

_ANSWERS = {
    "client.pandas_missing": _say(
        335,
        ko="pandas 패키지가 설치되어 있지 않습니다.",
        en="pandas is not installed.",
        next_ko="`pip install 'onggi[pandas]'` 명령으로 설치하거나 .summary(), .to_csv()를 사용하십시오.",
        next_en="Run `pip install 'onggi[pandas]'`, or use .summary() or .to_csv().",
    ),
    "client.nothing_to_draw": _say(
        342,
        ko="그릴 수 있는 수치가 결과에 없습니다.",
        en="The answer has no number that could be drawn.",
        next_ko=".summary()나 .to_pandas()로 표를 확인하십시오.",
        next_en="Read the table with .summary() or .to_pandas().",
    ),
    "client.no_such_sheet": _say(
        348,
        ko="결과에 그런 표가 없습니다. 입력: {sheet}, 있는 표: {there}",
        en="The answer has no such sheet: {sheet}. It has: {there}",
        next_ko="있는 표 가운데 하나를 지정하십시오.",
        next_en="Name one of those.",
    ),
    "client.wait_timed_out": _say(
        336,
        ko="정한 시간 안에 작업이 끝나지 않았습니다. 작업: {job}, 상태: {state}",
        en="The job has not ended in that time. Job: {job}. State: {state}",
        next_ko="`onggi job explain {job}` 명령으로 누구의 차례인지 확인하십시오.",
        next_en="See whose turn it is: `onggi job explain {job}`",
        status=504,
    ),
    "client.job_ended": _say(
        337,
        ko="작업이 결과 없이 끝났습니다. 작업: {job}, 상태: {state}",
        en="The job ended without an answer. Job: {job}. State: {state}",
        next_ko="`onggi job explain {job}` 명령으로 이유를 확인하십시오.",
        next_en="See why: `onggi job explain {job}`",
    ),
    "client.job_differs": _say(
        338,
        ko="중앙 서버가 기록한 작업이 보낸 작업과 다릅니다. 작업: {job}",
        en="The coordinator recorded another job than the one that was sent. Job: {job}",
        next_ko="`onggi job cancel {job}` 명령으로 취소하고 운영기관에 알리십시오.",
        next_en="Cancel it, `onggi job cancel {job}`, and tell the coordinating body.",
        status=502,
    ),
    "client.result_altered": _say(
        339,
        ko="결과가 심의된 다이제스트와 맞지 않습니다. 작업: {job}",
        en="The result does not have the digest that was reviewed. Job: {job}",
        next_ko="결과를 사용하지 말고 운영기관과 위원회에 알리십시오.",
        next_en="Do not use it; tell the committee and the coordinating body.",
        status=502,
    ),
}

_SIGNING = {
    "client.rendering_differs": _say(
        343,
        ko="보여 준 문서와 서명할 문서가 다릅니다. 문서: {statement}",
        en="The text that was shown is not the text that would be signed. Statement: {statement}",
        next_ko=_TELL_KO,
        next_en=_TELL_EN,
        status=502,
    ),
    "client.draft_differs": _say(
        344,
        ko="중앙 서버가 만든 초안이 요청한 내용과 다릅니다. 문서: {statement}",
        en="The draft says something else than was asked for. Statement: {statement}",
        next_ko=_TELL_KO,
        next_en=_TELL_EN,
        status=502,
    ),
    "client.ballot_differs": _say(
        345,
        ko="중앙 서버가 만든 투표 용지가 선택한 의견과 다릅니다. 작업: {job}",
        en="The ballot does not say what was chosen. Job: {job}",
        next_ko=_TELL_KO,
        next_en=_TELL_EN,
        status=502,
    ),
    "client.key_not_in_root": _say(
        346,
        ko="연합 신뢰 문서에 이 역할로 등록되지 않은 열쇠입니다. 지문: {key}, 역할: {role}",
        en="The federation root does not list this key for this role. Key: {key}. Role: {role}",
        next_ko="`onggi keys show <열쇠 파일>` 명령으로 지문을 확인하십시오.",
        next_en="Compare its fingerprint: `onggi keys show <key file>`",
        status=403,
    ),
    "client.passkey_only": _say(
        365,
        ko="패스키로만 서명하도록 등록된 열쇠입니다. 지문: {key}",
        en="The federation root lets this key sign as a passkey only. Key: {key}",
        next_ko="등록된 서명 페이지에서 패스키로 서명하십시오.",
        next_en="Sign with the passkey, on the signing page that the root names.",
        status=403,
    ),
    "client.root_not_pinned": _say(
        347,
        ko="이 사용자가 신뢰하는 연합 신뢰 문서가 아직 없습니다.",
        en="No federation root is pinned for you yet.",
        next_ko=_PIN_KO,
        next_en=_PIN_EN,
    ),
    "client.other_root_pinned": _say(
        358,
        ko="다른 연합 신뢰 문서가 이미 등록되어 있습니다. 등록된 지문: {pinned}",
        en="Another federation root is pinned already: {pinned}",
        next_ko="다른 연합을 따로 쓰려면 ONGGI_HOME 변수에 새 폴더를 지정하십시오.",
        next_en="For a second federation, set ONGGI_HOME to a folder of its own.",
    ),
    "client.no_root_there": _say(
        359,
        ko="중앙 서버에 연합 신뢰 문서가 아직 없습니다.",
        en="The coordinator has no federation root yet.",
        next_ko="신뢰 문서 파일을 받아 `onggi root pin --fingerprint <지문> <파일>` 명령을 실행하십시오.",
        next_en="Get the file: `onggi root pin --fingerprint <fingerprint> <file>`",
    ),
    "client.spec_not_shown": _say(
        349,
        ko="승인할 작업의 명세를 찾을 수 없어 내용을 확인할 수 없습니다. 다이제스트: {spec}",
        en="The job to be approved cannot be found, so it cannot be read. Digest: {spec}",
        next_ko="서명하지 말고 연구자에게 작업을 제출했는지 확인하십시오.",
        next_en="Do not sign; ask the researcher whether the job was submitted.",
    ),
    "client.nothing_to_refuse": _say(
        366,
        ko="서명하지 않는 것이 곧 거부입니다. 다른 위원이 만든 초안은 철회할 수 없습니다. 문서: {statement}",
        en="Not signing is the refusal; somebody else's draft cannot be taken back. Statement: {statement}",
        next_ko="작성한 위원에게 초안 철회를 요청하십시오.",
        next_en="Ask the member who drafted it to take it back.",
    ),
}

_COMMAND = {
    "cli.secret_source": _say(
        360,
        ko="암호를 읽을 곳이 비었거나 둘 이상입니다. 지정: {source}",
        en="The source of the passphrase is empty, or there are two: {source}",
        next_ko="`--secret-env <변수 이름>` 또는 `--secret-fd <번호>` 가운데 하나만 지정하십시오.",
        next_en="Name one of `--secret-env <variable>` and `--secret-fd <number>`.",
    ),
    "cli.no_answer": _say(
        361,
        ko="질문에 대한 답을 받지 못했습니다.",
        en="A question was left without an answer.",
        next_ko="터미널에서 실행하거나 `--secret-fd`, `--yes` 선택을 사용하십시오.",
        next_en="Run it in a terminal, or use `--secret-fd` and `--yes`.",
    ),
    "cli.declined": _say(
        362,
        ko="확인하지 않아 아무것도 하지 않았습니다.",
        en="It was not confirmed, so nothing was done.",
        next_ko="다시 하려면 같은 명령을 실행하십시오.",
        next_en="Run the same command to try again.",
    ),
    "keys.passphrase_short": _say(
        363,
        ko="열쇠 파일의 암호가 너무 짧습니다. 최소 글자 수: {shortest}",
        en="The passphrase is too short; it needs {shortest} characters.",
        next_ko="더 긴 암호로 `onggi keys new` 명령을 다시 실행하십시오.",
        next_en="Run `onggi keys new` again with a longer one.",
    ),
}

WORDS: dict[str, Words] = {**_CONNECTING, **_WRITING, **_ANSWERS, **_SIGNING, **_COMMAND}
