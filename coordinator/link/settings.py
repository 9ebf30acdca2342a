"""What the coordinator's gateway needs to know before it opens its two ports."""

from __future__ import annotations

from dataclasses import dataclass, field

from onggi.protocol.parcels import LinkLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """Addresses, the server's certificate, and limits.

    gRPC for Python either demands a client certificate or never asks for one, port by port. So there
    are two ports: `listen` demands one, `enrol_listen` is for nodes that have none yet or whose
    certificate expired. Behind one public address they are told apart by host name (SNI).
    """

    listen: str
    enrol_listen: str
    server_key: bytes = field(repr=False)
    server_chain: bytes
    limits: LinkLimits = field(default_factory=LinkLimits)
    software: str = ""
    certificate_check_s: float = 1.0
    sighting_s: float = 60.0  # how often it is written down that a connected site was heard
    stop_grace_s: float = 2.0
    forget_site_s: float = 900.0  # halves and duplicates of a silent site are forgotten after this
