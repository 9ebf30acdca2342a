"""Enrols a node: it makes its own key, checks the coordinator by the token, and gets a certificate.

* There is no trust on first use: the authority shown by the server counts only if its fingerprint
  stands in the token, which came out of band.
* Only the signing request leaves the machine, never the key.
"""

from __future__ import annotations

import hmac

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from node.link.channel import SERVICE, blocking_channel, error_from_call
from node.link.identity import NodeIdentity, get_or_make_key, make_request, record_certificate
from node.link.probe import fetch_chain, not_ours
from node.link.settings import LinkSettings
from onggi.errors import Refused
from onggi.protocol import node_service_pb2 as pb
from onggi.protocol.enrolment import EnrolToken


def enrol(settings: LinkSettings, token_text: str) -> NodeIdentity:
    """Spend a one-time token. Safe to repeat with the same token after a broken attempt."""
    token = EnrolToken.parse(token_text)
    if token.site != settings.site:
        raise Refused("enrol.token_for_other_site", token_site=token.site, site=settings.site)
    authority = fetch_authority(settings, fingerprint=token.authority_sha256)
    key = get_or_make_key(settings.folder)
    request = pb.EnrollRequest(site=token.site, secret=token.secret, csr=make_request(key, token.site))
    pinned = authority.public_bytes(serialization.Encoding.PEM)
    with blocking_channel(settings, port=settings.enrol_port, authority_pem=pinned) as channel:
        call = channel.unary_unary(
            SERVICE + "Enroll",
            request_serializer=pb.EnrollRequest.SerializeToString,
            response_deserializer=pb.Certificate.FromString,
        )
        try:
            answer = call(request, timeout=settings.step_s)
        except grpc.RpcError as error:
            raise error_from_call(error) from None
    return record_certificate(settings.folder, answer.certificate, authority=authority, site=settings.site)


def fetch_authority(settings: LinkSettings, *, fingerprint: str) -> x509.Certificate:
    """The certificate with this fingerprint out of the server's chain. Raises NotTrusted or Unreachable.

    The chain is read without trusting it; the connection that carries the secret is then opened
    against this certificate alone.
    """
    chain = fetch_chain(settings, port=settings.enrol_port)
    for certificate in chain:
        if hmac.compare_digest(certificate.fingerprint(hashes.SHA256()).hex(), fingerprint):
            return certificate
    raise not_ours(chain)
