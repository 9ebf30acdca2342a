"""Opens the node's channels: always TLS against the pinned authority, through the set proxy or none.

* gRPC would read proxy variables from the environment by itself; here only the settings count, so
  that `doctor` and the link can never disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import grpc
import grpc.aio

from node.link.identity import NodeIdentity
from node.link.settings import LinkSettings, Proxy
from onggi.errors import NotTrusted, OnggiError, Refused, Unreachable
from onggi.protocol.link_frames import is_code
from onggi.protocol.parcels import LinkLimits

SERVICE = "/onggi.v1.NodeService/"


def open_link_channel(settings: LinkSettings, identity: NodeIdentity) -> Any:
    """An asynchronous channel that presents the node's certificate."""
    target = f"{settings.host}:{settings.port}"
    return grpc.aio.secure_channel(target, _credentials(identity), options=channel_options(settings))


@contextmanager
def blocking_channel(
    settings: LinkSettings, *, port: int, authority_pem: bytes, identity: NodeIdentity | None = None
) -> Iterator[Any]:
    """A channel for single calls, with or without the node's certificate."""
    if identity is not None:
        credentials = _credentials(identity)
    else:
        credentials = grpc.ssl_channel_credentials(root_certificates=authority_pem)
    with grpc.secure_channel(
        f"{settings.host}:{port}", credentials, options=channel_options(settings)
    ) as channel:
        yield channel


def _credentials(identity: NodeIdentity) -> Any:
    return grpc.ssl_channel_credentials(
        root_certificates=identity.authority_pem,
        private_key=identity.key_pem,
        certificate_chain=identity.certificate_pem,
    )


def channel_options(settings: LinkSettings) -> list[tuple[str, str | int]]:
    """Limits, name and proxy. Reconnecting is ours to time, so gRPC's own retries are off."""
    options: list[tuple[str, str | int]] = [
        ("grpc.max_receive_message_length", 2 * settings.limits.frame),
        ("grpc.max_send_message_length", 2 * settings.limits.frame),
        ("grpc.use_local_subchannel_pool", 1),  # a new attempt is a new connection, not a shared back-off
        ("grpc.enable_retries", 0),
    ]
    if settings.server_name:
        options.append(("grpc.ssl_target_name_override", settings.server_name))
    if settings.proxy is None:
        options.append(("grpc.enable_http_proxy", 0))
    else:
        options.append(("grpc.http_proxy", proxy_url(settings.proxy)))
    return options


def proxy_url(proxy: Proxy) -> str:
    """As gRPC wants it. Holds the password: never shown or logged."""
    login = f"{quote(proxy.user, safe='')}:{quote(proxy.password, safe='')}@" if proxy.user else ""
    return f"http://{login}{proxy.host}:{proxy.port}"


def error_from_call(error: Any) -> OnggiError:
    """A failed call in our own words. The details are a code where the coordinator itself refused."""
    status, details = error.code(), error.details() or ""
    if is_code(details) and status in (
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNAUTHENTICATED,
    ):
        untrusted = details == "enrol.renewal_not_proved"
        return NotTrusted(details) if untrusted else Refused(details)
    if status is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return Refused("link.frame_too_large", limit=2 * LinkLimits().frame)
    return Unreachable("link.unreachable", status=status.name)
