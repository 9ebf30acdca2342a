"""Renews the node's certificate: over the link while it is valid, by its key's signature once expired."""

from __future__ import annotations

from datetime import datetime

import grpc
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from node.link.channel import SERVICE, blocking_channel, error_from_call
from node.link.identity import NodeIdentity, load_identity, make_request, record_certificate
from node.link.settings import LinkSettings
from onggi.protocol import node_service_pb2 as pb
from onggi.protocol.enrolment import renewal_statement


def renew(settings: LinkSettings, *, now: datetime) -> NodeIdentity:
    """Fetch a new certificate for the same key and keep it. Raises Refused, NotTrusted or Unreachable."""
    held = load_identity(settings.folder)
    request = pb.RenewRequest(csr=make_request(held.key, settings.site))
    expired = held.expired(now)
    port = settings.enrol_port if expired else settings.port
    with blocking_channel(
        settings, port=port, authority_pem=held.authority_pem, identity=None if expired else held
    ) as channel:
        call = channel.unary_unary(
            SERVICE + "Renew",
            request_serializer=pb.RenewRequest.SerializeToString,
            response_deserializer=pb.RenewAnswer.FromString,
        )
        try:
            if expired:
                challenge = call(pb.RenewRequest(), timeout=settings.step_s).challenge
                _prove(request, held, challenge)
            answer = call(request, timeout=settings.step_s)
        except grpc.RpcError as error:
            raise error_from_call(error) from None
    return record_certificate(
        settings.folder, answer.certificate.certificate, authority=held.authority, site=settings.site
    )


def _prove(request: pb.RenewRequest, held: NodeIdentity, challenge: bytes) -> None:
    request.expired_certificate = held.certificate.public_bytes(serialization.Encoding.DER)
    request.challenge = challenge
    statement = renewal_statement(
        challenge=challenge, csr=request.csr, certificate=request.expired_certificate
    )
    request.signature = held.key.sign(statement, ec.ECDSA(hashes.SHA256()))
