"""Holds secret bytes so that no log line, error or pickle can show them."""

from __future__ import annotations

import hmac
from typing import NoReturn


class SecretBytes:
    """Bytes that print as a placeholder. `reveal` is the one way to read them."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = bytes(value)

    def reveal(self) -> bytes:
        return self._value

    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretBytes) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        raise TypeError("secret bytes are no dictionary key")

    def __reduce__(self) -> NoReturn:
        raise TypeError("secret bytes are never pickled")
