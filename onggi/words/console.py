"""Words for the hospital's console: starting it, its accounts, signing in and what an account may not do."""

from __future__ import annotations

from functools import partial

from onggi.words.entry import Words

_serve = partial(Words, status=409, exit=130)
_account = partial(Words, status=409, exit=131)
_sign_in = partial(Words, exit=132)
_page = partial(Words, exit=133)

WORDS: dict[str, Words] = {
    "console.tls_needed": _serve(
        ko="이 컴퓨터 밖에서 접속하는 콘솔에는 TLS 인증서와 개인 열쇠가 필요합니다. 주소: {host}",
        en="A console that other computers reach needs a TLS certificate and key. Address: {host}",
        next_ko="실행하십시오: onggi-node console serve --host <주소> --certificate <파일> --key <파일>",
        next_en="Run: onggi-node console serve --host <address> --certificate <file> --key <file>",
    ),
    "console.certificate_unusable": _serve(
        ko="TLS 인증서와 개인 열쇠를 함께 쓸 수 없습니다. 파일: {path}",
        en="TLS certificate and key cannot be used together. File: {path}",
        next_ko="두 파일의 경로와 짝을 확인하십시오: openssl x509 -noout -in {path}",
        next_en="See that both files are there and belong together: openssl x509 -noout -in {path}",
    ),
    "console.cannot_listen": _serve(
        ko="콘솔의 주소를 열 수 없습니다. 주소: {host}, 포트: {port}",
        en="The console cannot listen at this address: {host}, port {port}",
        next_ko="다른 포트를 지정하십시오: onggi-node console serve --port <포트>",
        next_en="Choose another port: onggi-node console serve --port <port>",
        status=503,
    ),
    "console.account_name": _account(
        ko="계정 이름은 영문 소문자로 시작하고 소문자, 숫자, 점, 줄표만 씁니다. 이름: {name}",
        en="No name for an account: it begins with a lower-case letter and holds lower-case letters, digits, "
        "dots and dashes. Name: {name}",
        next_ko="다른 이름으로 실행하십시오: onggi-node console add-account <이름> --role it",
        next_en="Run it with another name: onggi-node console add-account <name> --role it",
        status=422,
    ),
    "console.account_exists": _account(
        ko="이미 쓰인 계정 이름입니다. 이름: {name}",
        en="This account name has been used. Name: {name}",
        next_ko="계정을 확인하십시오: onggi-node console accounts",
        next_en="See the accounts: onggi-node console accounts",
    ),
    "console.account_not_found": _account(
        ko="열려 있는 계정이 아닙니다. 이름: {name}",
        en="There is no open account of this name: {name}",
        next_ko="계정을 확인하십시오: onggi-node console accounts",
        next_en="See the accounts: onggi-node console accounts",
        status=404,
    ),
    "console.passwords_differ": _account(
        ko="두 번 입력한 비밀번호가 서로 다릅니다.",
        en="The two passwords differ.",
        next_ko="명령을 다시 실행하여 같은 비밀번호를 두 번 입력하십시오.",
        next_en="Run the command again and type the same password twice.",
        status=422,
    ),
    "console.sign_in_refused": _sign_in(
        ko="계정 이름이나 비밀번호가 맞지 않습니다.",
        en="Account name or password is wrong.",
        next_ko="다시 입력하거나 병원 전산 담당자에게 재설정을 요청하십시오.",
        next_en="Type them again, or ask your hospital's IT staff for a new password.",
        status=401,
    ),
    "console.too_many_attempts": _sign_in(
        ko="로그인 시도가 너무 많습니다. 대기 시간(분): {minutes}",
        en="Too many sign-in attempts. Wait, in minutes: {minutes}",
        next_ko="기다린 뒤 다시 로그인하십시오.",
        next_en="Wait, then sign in again.",
        status=429,
    ),
    "console.role_needed": _page(
        ko="이 계정은 보기만 할 수 있습니다. 아무것도 바뀌지 않았습니다.",
        en="This account may look and change nothing. Nothing has been changed.",
        next_ko="병원 전산 담당자의 계정으로 로그인하십시오.",
        next_en="Sign in with an account of your hospital's IT staff.",
        status=403,
    ),
    "console.date_malformed": _page(
        ko="날짜는 2026-11-22처럼 씁니다.",
        en="A date is written like 2026-11-22.",
        next_ko="날짜를 고치거나 비워 두십시오.",
        next_en="Correct the date, or leave it empty.",
        status=422,
    ),
}
