"""The names under which output checkers file a statistic, so that each rule says which it protects.

The ids are the prefix labels of the public statbarns vocabulary (https://www.w3id.org/statbarnsdc#).
"""

from __future__ import annotations

from typing import Literal

Statbarn = Literal["Frequencies", "CorrelationCoefficients", "LinearAggregations"]

STATBARNS_OF_KIND: dict[str, tuple[Statbarn, ...]] = {
    "count": ("Frequencies",),
    "glm": ("CorrelationCoefficients", "LinearAggregations", "Frequencies"),
}
"""Which statbarns the answer of each built-in kind belongs to."""
