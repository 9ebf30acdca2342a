"""Words for the connection between a node and the coordinator."""

from __future__ import annotations

from onggi.words.entry import Words

WORDS: dict[str, Words] = {
    "link.unreachable": Words(
        ko="중앙 서버에 연결하지 못했습니다. 상태: {status}",
        en="The coordinator could not be reached. Status: {status}",
        next_ko="`onggi-node doctor` 명령으로 어느 단계에서 막히는지 확인하십시오.",
        next_en="Run `onggi-node doctor` to see which step fails.",
        status=503,
        exit=160,
    ),
    "link.dns": Words(
        ko="호스트 이름을 찾을 수 없습니다. 호스트: {host}",
        en="The host name cannot be resolved. Host: {host}",
        next_ko="주소의 철자와 DNS 서버를 확인하십시오: `getent hosts {host}`",
        next_en="Check the spelling and the DNS server: `getent hosts {host}`",
        status=503,
        exit=160,
    ),
    "link.port_closed": Words(
        ko=("포트에 연결할 수 없습니다. 방화벽이 막고 있거나 서버가 꺼져 있습니다. 주소: {host}:{port}"),
        en=("The port does not answer: a firewall blocks it or the server is off. Address: {host}:{port}"),
        next_ko="방화벽에서 밖으로 나가는 연결을 허용한 뒤 확인하십시오: `nc -vz {host} {port}`",
        next_en="Allow the outgoing connection in the firewall, then check: `nc -vz {host} {port}`",
        status=503,
        exit=160,
    ),
    "link.no_h2": Words(
        ko=("서버가 HTTP/2로 응답하지 않습니다. 중간 장비가 연결을 바꾸고 있을 수 있습니다. 호스트: {host}"),
        en=("The server does not speak HTTP/2; a device in between may change the connection. Host: {host}"),
        next_ko=(
            "네트워크 담당자에게 이 주소의 HTTP/2 통과 허용을 요청한 뒤 `onggi-node doctor` 명령을 "
            "실행하십시오."
        ),
        next_en="Ask the network team to let HTTP/2 pass to this address, then run `onggi-node doctor`.",
        status=503,
        exit=160,
    ),
    "link.silent": Words(
        ko="상대방이 응답하지 않아 연결을 닫았습니다.",
        en="The other side fell silent and the connection was closed.",
        next_ko=(
            "조치가 필요하지 않습니다. 잠시 후 자동으로 다시 시도합니다. `onggi-node status` 명령으로 "
            "확인할 수 있습니다."
        ),
        next_en="Nothing to do: it is tried again by itself. `onggi-node status` shows it.",
        status=503,
        exit=160,
    ),
    "link.closed": Words(
        ko="상대방이 연결을 닫았습니다.",
        en="The other side closed the connection.",
        next_ko=(
            "조치가 필요하지 않습니다. 잠시 후 자동으로 다시 시도합니다. `onggi-node status` 명령으로 "
            "확인할 수 있습니다."
        ),
        next_en="Nothing to do: it is tried again by itself. `onggi-node status` shows it.",
        status=503,
        exit=160,
    ),
    "link.stopping": Words(
        ko="상대방이 정상적으로 종료하는 중입니다.",
        en="The other side is shutting down in an orderly way.",
        next_ko=(
            "조치가 필요하지 않습니다. 잠시 후 자동으로 다시 시도합니다. `onggi-node status` 명령으로 "
            "확인할 수 있습니다."
        ),
        next_en="Nothing to do: it is tried again by itself. `onggi-node status` shows it.",
        status=503,
        exit=160,
    ),
    "link.renewing": Words(
        ko="인증서를 갱신하여 연결을 다시 여는 중입니다.",
        en="The certificate was renewed and the connection is being reopened.",
        next_ko=(
            "조치가 필요하지 않습니다. 잠시 후 자동으로 다시 시도합니다. `onggi-node status` 명령으로 "
            "확인할 수 있습니다."
        ),
        next_en="Nothing to do: it is tried again by itself. `onggi-node status` shows it.",
        status=503,
        exit=160,
    ),
    "link.superseded": Words(
        ko="같은 기관의 더 새로운 연결이 열려 이 연결을 닫았습니다.",
        en="A newer connection of the same site replaced this one.",
        next_ko="같은 노드가 두 곳에서 실행되고 있지 않은지 확인하십시오: `onggi-node status`",
        next_en="Check that this node does not run twice: `onggi-node status`",
        status=409,
        exit=160,
    ),
    "link.proxy_malformed": Words(
        ko="프록시 주소의 형식이 올바르지 않습니다. 형식: http://[사용자:비밀번호@]호스트:포트",
        en="The proxy address is not valid. Form: http://[user:password@]host:port",
        next_ko="설정의 프록시 주소를 고친 뒤 `onggi-node doctor` 명령을 실행하십시오.",
        next_en="Correct the proxy address in the settings, then run `onggi-node doctor`.",
        status=422,
        exit=161,
    ),
    "link.proxy_unreachable": Words(
        ko="프록시 서버에 연결할 수 없습니다. 주소: {host}:{port}",
        en="The proxy does not answer. Address: {host}:{port}",
        next_ko="프록시 주소를 확인하십시오: `nc -vz {host} {port}`",
        next_en="Check the proxy's address: `nc -vz {host} {port}`",
        status=503,
        exit=161,
    ),
    "link.proxy_refused": Words(
        ko=(
            "프록시 서버가 연결을 거절했습니다. 프록시: {proxy}, HTTP 상태: {status} (407은 로그인 "
            "필요, 403은 차단)"
        ),
        en=(
            "The proxy refused the tunnel. Proxy: {proxy}, HTTP status: {status} (407: login needed, "
            "403: blocked)"
        ),
        next_ko=(
            "프록시 담당자에게 이 주소의 CONNECT 허용을 요청하거나 설정의 로그인 정보를 고친 뒤 "
            "`onggi-node doctor` 명령을 실행하십시오."
        ),
        next_en=(
            "Ask the proxy's owner to allow CONNECT to this address, or correct the login in the "
            "settings; then run `onggi-node doctor`."
        ),
        status=503,
        exit=161,
    ),
    "link.tls_failed": Words(
        ko="보안 연결(TLS)을 시작하지 못했습니다. 다른 서비스의 포트일 수 있습니다. 호스트: {host}",
        en="TLS could not be started; it may be another service's port. Host: {host}",
        next_ko="설정의 호스트와 포트를 확인한 뒤 `onggi-node doctor` 명령을 실행하십시오.",
        next_en="Check host and port in the settings, then run `onggi-node doctor`.",
        status=503,
        exit=162,
    ),
    "link.tls_intercepted": Words(
        ko=("중간 장비가 암호화된 연결을 열어 보고 있습니다(TLS 가로채기). 제시된 인증서의 발급자: {issuer}"),
        en=("A device in between opens the encrypted connection (TLS interception). Issuer shown: {issuer}"),
        next_ko=(
            "보안 담당자에게 이 주소를 TLS 검사에서 제외하도록 요청한 뒤 `onggi-node doctor` 명령을 "
            "실행하십시오."
        ),
        next_en=(
            "Ask the security team to exempt this address from TLS inspection, then run `onggi-node doctor`."
        ),
        status=403,
        exit=162,
    ),
    "link.wrong_ca": Words(
        ko="다른 중앙 서버의 인증기관입니다. 제시된 발급자: {issuer}",
        en="This is another coordinator's certificate authority. Issuer shown: {issuer}",
        next_ko=(
            "주소와 등록 토큰이 같은 운영기관의 것인지 확인한 뒤 다시 실행하십시오: `onggi-node enrol <토큰>`"
        ),
        next_en=(
            "Check that address and token come from the same operating body, then run "
            "`onggi-node enrol <token>` again."
        ),
        status=403,
        exit=162,
    ),
    "link.wrong_name": Words(
        ko="서버 인증서에 이 이름이 없습니다. 이름: {name}",
        en="The server's certificate does not carry this name. Name: {name}",
        next_ko="설정의 서버 이름을 인증서의 이름으로 고친 뒤 `onggi-node doctor` 명령을 실행하십시오.",
        next_en=(
            "Set the server name in the settings to the one in the certificate, then run `onggi-node doctor`."
        ),
        status=403,
        exit=162,
    ),
    "link.server_certificate_expired": Words(
        ko="중앙 서버의 인증서가 만료되었습니다. 호스트: {host}",
        en="The coordinator's own certificate has expired. Host: {host}",
        next_ko="먼저 이 컴퓨터의 시계를 확인하고(`timedatectl`), 맞다면 운영기관에 알리십시오.",
        next_en=(
            "Check this machine's clock first (`timedatectl`); if it is right, tell the operating body."
        ),
        status=503,
        exit=162,
    ),
    "link.certificate_required": Words(
        ko="노드 인증서 없이는 연결할 수 없습니다.",
        en="Connecting needs a node certificate.",
        next_ko="운영기관에서 새 등록 토큰을 받아 `onggi-node enrol <토큰>` 명령을 실행하십시오.",
        next_en="Get a new token from the operating body and run `onggi-node enrol <token>`.",
        status=401,
        exit=163,
    ),
    "link.certificate_refused": Words(
        ko="중앙 서버가 노드 인증서를 받아들이지 않았습니다.",
        en="The coordinator did not accept the node's certificate.",
        next_ko="운영기관에서 새 등록 토큰을 받아 `onggi-node enrol <토큰>` 명령을 실행하십시오.",
        next_en="Get a new token from the operating body and run `onggi-node enrol <token>`.",
        status=401,
        exit=163,
    ),
    "link.certificate_revoked": Words(
        ko="이 노드의 인증서가 폐기되었습니다.",
        en="This node's certificate has been revoked.",
        next_ko="운영기관에 폐기 사유를 문의하고 새 토큰을 받아 실행하십시오: `onggi-node enrol <토큰>`",
        next_en="Ask the operating body why, get a new token and run `onggi-node enrol <token>`.",
        status=403,
        exit=163,
    ),
    "link.certificate_expired": Words(
        ko="노드 인증서가 만료되었습니다. 실행 중인 노드는 자동으로 갱신합니다.",
        en="The node's certificate has expired. A running node renews it by itself.",
        next_ko="노드를 시작하면 갱신됩니다: `onggi-node run`",
        next_en="Start the node to renew it: `onggi-node run`",
        status=401,
        exit=163,
    ),
    "link.authority_mismatch": Words(
        ko="저장된 인증기관의 키와 인증서가 서로 맞지 않습니다. 이름: {name}",
        en="The stored authority's key and certificate do not belong together. Name: {name}",
        next_ko="백업에서 두 파일을 함께 복원한 뒤 `onggi-coordinator doctor` 명령을 실행하십시오.",
        next_en="Restore both files together from a backup, then run `onggi-coordinator doctor`.",
        status=500,
        exit=246,
    ),
    "link.version_unknown": Words(
        ko="양쪽이 함께 쓸 수 있는 통신 버전이 없습니다. 상대방: {theirs}, 여기: {ours}",
        en="No protocol version is spoken by both sides. Theirs: {theirs}, ours: {ours}",
        next_ko="양쪽의 버전을 `onggi-node --version` 명령으로 확인하고 오래된 쪽을 올리십시오.",
        next_en="Compare both sides' versions (`onggi-node --version`) and upgrade the older one.",
        status=426,
        exit=164,
    ),
    "link.no_greeting": Words(
        ko="연결의 첫 인사가 오지 않았거나 순서가 맞지 않습니다.",
        en="The greeting that opens a connection did not come, or came out of order.",
        next_ko="양쪽의 버전을 `onggi-node --version` 명령으로 확인하고 오래된 쪽을 올리십시오.",
        next_en="Compare both sides' versions (`onggi-node --version`) and upgrade the older one.",
        status=400,
        exit=164,
    ),
    "link.malformed_frame": Words(
        ko="읽을 수 없는 통신 프레임이어서 버렸습니다. 연결은 유지됩니다.",
        en="A frame could not be read and was dropped. The connection goes on.",
        next_ko="양쪽의 버전을 `onggi-node --version` 명령으로 확인하고 오래된 쪽을 올리십시오.",
        next_en="Compare both sides' versions (`onggi-node --version`) and upgrade the older one.",
        status=400,
        exit=164,
    ),
    "link.unknown_frame": Words(
        ko="알 수 없는 종류의 프레임이어서 버렸습니다. 연결은 유지됩니다.",
        en="A frame of an unknown type was dropped. The connection goes on.",
        next_ko="양쪽의 버전을 `onggi-node --version` 명령으로 확인하고 오래된 쪽을 올리십시오.",
        next_en="Compare both sides' versions (`onggi-node --version`) and upgrade the older one.",
        status=400,
        exit=164,
    ),
    "link.unknown_kind": Words(
        ko="알 수 없는 종류의 메시지여서 받지 않았습니다. 연결은 유지됩니다.",
        en="A parcel of an unknown kind was not accepted. The connection goes on.",
        next_ko="양쪽의 버전을 `onggi-node --version` 명령으로 확인하고 오래된 쪽을 올리십시오.",
        next_en="Compare both sides' versions (`onggi-node --version`) and upgrade the older one.",
        status=400,
        exit=164,
    ),
    "link.frame_too_large": Words(
        ko="통신 프레임이 너무 큽니다. 한도(바이트): {limit}",
        en="A frame is too large. Limit in bytes: {limit}",
        next_ko="양쪽의 버전을 `onggi-node --version` 명령으로 확인하고 오래된 쪽을 올리십시오.",
        next_en="Compare both sides' versions (`onggi-node --version`) and upgrade the older one.",
        status=413,
        exit=164,
    ),
    "link.parcel_too_large": Words(
        ko="메시지가 너무 큽니다. 한도(바이트): {limit}",
        en="A parcel is too large. Limit in bytes: {limit}",
        next_ko=(
            "작업의 결과 크기를 줄이거나 설정의 한도를 양쪽에서 올린 뒤 `onggi-node run` 명령으로 "
            "다시 시작하십시오."
        ),
        next_en=(
            "Make the job's result smaller, or raise the limit on both sides and restart with "
            "`onggi-node run`."
        ),
        status=413,
        exit=164,
    ),
    "link.bad_parcel_name": Words(
        ko="메시지 번호에 허용되지 않는 글자가 있습니다.",
        en="A parcel's id holds characters that are not allowed.",
        next_ko="양쪽의 버전을 `onggi-node --version` 명령으로 확인하고 오래된 쪽을 올리십시오.",
        next_en="Compare both sides' versions (`onggi-node --version`) and upgrade the older one.",
        status=400,
        exit=164,
    ),
    "link.credit_overrun": Words(
        ko="상대방이 허용된 양보다 많이 보내어 프레임을 버렸습니다. 한도(바이트): {limit}",
        en=("The other side sent more than it was granted; the frame was dropped. Limit in bytes: {limit}"),
        next_ko="양쪽의 버전을 `onggi-node --version` 명령으로 확인하고 오래된 쪽을 올리십시오.",
        next_en="Compare both sides' versions (`onggi-node --version`) and upgrade the older one.",
        status=429,
        exit=168,
    ),
    "link.unexpected_chunk": Words(
        ko="순서가 맞지 않는 조각을 받아 이어서 다시 요청합니다.",
        en="A piece came out of order; it is asked for again.",
        next_ko=(
            "조치가 필요하지 않습니다. 잠시 후 자동으로 다시 시도합니다. `onggi-node status` 명령으로 "
            "확인할 수 있습니다."
        ),
        next_en="Nothing to do: it is tried again by itself. `onggi-node status` shows it.",
        status=409,
        exit=168,
    ),
    "link.digest_mismatch": Words(
        ko="받은 내용의 검증값이 맞지 않아 처음부터 다시 받습니다.",
        en="What arrived does not match its digest; it is sent again from the start.",
        next_ko=(
            "조치가 필요하지 않습니다. 잠시 후 자동으로 다시 시도합니다. `onggi-node status` 명령으로 "
            "확인할 수 있습니다."
        ),
        next_en="Nothing to do: it is tried again by itself. `onggi-node status` shows it.",
        status=409,
        exit=168,
    ),
    "link.receiver_full": Words(
        ko="받는 쪽의 대기 공간이 가득 찼습니다. 잠시 후 다시 보냅니다.",
        en="The receiver's waiting room is full; it is sent again shortly.",
        next_ko=(
            "조치가 필요하지 않습니다. 잠시 후 자동으로 다시 시도합니다. `onggi-node status` 명령으로 "
            "확인할 수 있습니다."
        ),
        next_en="Nothing to do: it is tried again by itself. `onggi-node status` shows it.",
        status=503,
        exit=168,
    ),
    "link.handler_failed": Words(
        ko="받은 메시지를 처리하지 못했습니다. 잠시 후 다시 보냅니다.",
        en="The received parcel could not be processed; it is sent again shortly.",
        next_ko="`onggi-node status` 명령으로 연결 상태를 확인하십시오.",
        next_en="Run `onggi-node status` to see the connection.",
        status=500,
        exit=168,
    ),
    "link.fault": Words(
        ko="노드 내부의 오류로 연결이 끊겼습니다. 자동으로 다시 연결합니다.",
        en="A fault inside the node broke the connection; it reconnects by itself.",
        next_ko="`onggi-node status` 명령으로 연결 상태를 확인하십시오.",
        next_en="Run `onggi-node status` to see the connection.",
        status=500,
        exit=168,
    ),
    "link.clock_off": Words(
        ko="이 컴퓨터의 시계가 중앙 서버와 다릅니다. 차이(초): {seconds}",
        en="This machine's clock differs from the coordinator's. Difference in seconds: {seconds}",
        next_ko="시계를 맞추십시오: `sudo timedatectl set-ntp true`",
        next_en="Set the clock: `sudo timedatectl set-ntp true`",
        status=409,
        exit=167,
    ),
}
