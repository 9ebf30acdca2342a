"""Remembers enrolment tokens and certificates for the link's certificate authority."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import COORDINATOR, Audit, AuditEvent
from coordinator.database.idempotency import Once, find_made, remember_made
from coordinator.database.ledger import CertificateRow, EnrolmentTokenRow
from coordinator.database.sessions import Database
from coordinator.link.authority import TokenRecord
from coordinator.sources import Clock
from onggi.errors import Fact, Refused
from onggi.spec.ids import SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedEnrolment:
    """An enrolment token as it is listed: without its secret."""

    created: datetime
    created_by: str
    expires: datetime
    used: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCertificate:
    """A connection certificate as it is listed."""

    serial: str
    issued: datetime
    expires: datetime
    revoked: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCertificates:
    """The records behind `coordinator.link.authority`. `acting` is who the audit trail names."""

    database: Database
    clock: Clock
    acting: str = COORDINATOR
    once: Once | None = None

    def for_actor(self, name: str, *, once: Once | None = None) -> StoredCertificates:
        """`once`: a token is recorded for one request only once; its secret cannot be shown again."""
        return replace(self, acting=name, once=once)

    def record_token(self, token: TokenRecord) -> None:
        now = self.clock()
        with self.database.writing() as session:
            if find_made(session, self.once) is not None:
                raise Refused("enrolment.shown_before")
            remember_made(session, self.once, subject=token.site, at=now)
            session.add(
                EnrolmentTokenRow(
                    digest=token.secret_sha256,
                    site=token.site,
                    created_by=self.acting,
                    created=now,
                    expires=token.expires,
                    key_digest=token.key_sha256,
                    used=None,
                )
            )
            self._record(session, AuditEvent.ENROLMENT_TOKEN_ISSUED, subject=token.site)

    def bind_token(self, secret_sha256: str, key_sha256: str) -> TokenRecord | None:
        """Binds the token to this key if it is bound to none; the token as it then is, or None."""
        with self.database.writing() as session:
            row = session.get(EnrolmentTokenRow, secret_sha256)
            if row is None:
                return None
            if row.key_digest is None:
                row.key_digest, row.used = key_sha256, self.clock()
                self._record(
                    session, AuditEvent.ENROLMENT_TOKEN_USED, subject=row.site, facts={"key": key_sha256}
                )
            return TokenRecord(
                secret_sha256=row.digest,
                site=SiteId(row.site),
                expires=row.expires,
                key_sha256=row.key_digest,
            )

    def record_issued(self, serial: int, site: SiteId, expires: datetime) -> None:
        now = self.clock()
        with self.database.writing() as session:
            session.add(
                CertificateRow(serial=_text(serial), site=site, issued=now, expires=expires, revoked=None)
            )
            facts: dict[str, Fact] = {"serial": _text(serial)}
            self._record(session, AuditEvent.CERTIFICATE_ISSUED, subject=site, facts=facts)

    def find_serials(self, site: SiteId) -> tuple[int, ...]:
        with self.database.reading() as session:
            stored = session.scalars(select(CertificateRow.serial).where(CertificateRow.site == site))
            return tuple(int(serial, 16) for serial in stored)

    def record_revoked(self, serial: int) -> None:
        """Revoking again, or revoking a certificate that is not ours, changes nothing."""
        with self.database.writing() as session:
            row = session.get(CertificateRow, _text(serial))
            if row is None or row.revoked is not None:
                return
            row.revoked = self.clock()
            facts: dict[str, Fact] = {"serial": row.serial}
            self._record(session, AuditEvent.CERTIFICATE_REVOKED, subject=row.site, facts=facts)

    def is_revoked(self, serial: int) -> bool:
        """A certificate that is not on record counts as revoked: records may only forget towards safety."""
        with self.database.reading() as session:
            row = session.get(CertificateRow, _text(serial))
            return row is None or row.revoked is not None

    def tokens_of(self, site: SiteId, *, limit: int) -> list[IssuedEnrolment]:
        """The newest first; no secret is known any more."""
        wanted = select(EnrolmentTokenRow).where(EnrolmentTokenRow.site == site)
        wanted = wanted.order_by(EnrolmentTokenRow.created.desc(), EnrolmentTokenRow.digest).limit(limit)
        with self.database.reading() as session:
            return [
                IssuedEnrolment(
                    created=row.created, created_by=row.created_by, expires=row.expires, used=row.used
                )
                for row in session.scalars(wanted).all()
            ]

    def certificates_of(self, site: SiteId, *, limit: int) -> list[IssuedCertificate]:
        """The newest first."""
        wanted = select(CertificateRow).where(CertificateRow.site == site)
        wanted = wanted.order_by(CertificateRow.issued.desc(), CertificateRow.serial).limit(limit)
        with self.database.reading() as session:
            return [
                IssuedCertificate(
                    serial=row.serial, issued=row.issued, expires=row.expires, revoked=row.revoked
                )
                for row in session.scalars(wanted).all()
            ]

    def _record(
        self, session: Session, event: AuditEvent, *, subject: str, facts: dict[str, Fact] | None = None
    ) -> None:
        audit = Audit(event=event, actor=self.acting, subject=subject, facts=facts or {})
        record_event(session, audit, at=self.clock())


def _text(serial: int) -> str:
    return f"{serial:x}"
