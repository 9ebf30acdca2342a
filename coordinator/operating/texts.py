"""The forms that contacts and announcements are written in: bounded, visible text alone."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"),
]
Phone = Annotated[str, StringConstraints(max_length=40, pattern=r"^\+?[0-9][0-9 ()-]{2,38}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Paragraph = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=1000,
        pattern="^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+$",
    ),
]
"""Some lines of a person's text: line ends, and no other control, bidirectional or invisible sign."""
