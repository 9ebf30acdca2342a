"""Turns passwords into argon2id hashes and checks them; the password itself is kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from onggi.errors import Refused

SHORTEST, LONGEST = 12, 200


@dataclass(frozen=True, slots=True)
class Passwords:
    """The hasher and a hash of nobody's password, so that an unknown name costs as long as a known one."""

    hasher: PasswordHasher
    nobody: str = field(repr=False)

    @classmethod
    def with_hasher(cls, hasher: PasswordHasher) -> Passwords:
        return cls(hasher=hasher, nobody=hasher.hash("a password that no account has"))

    def hash(self, password: str) -> str:
        """Raises Refused `password.length` where it is too short or too long."""
        self.check_length(password)
        return self.hasher.hash(password)

    def check_length(self, password: str) -> None:
        """Raises Refused `password.length`."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise Refused("password.length", shortest=SHORTEST, longest=LONGEST)

    def is_right(self, password: str, stored: str | None) -> bool:
        """Whether the password fits; always does the work of one check."""
        try:
            right = self.hasher.verify(stored or self.nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return right and stored is not None
