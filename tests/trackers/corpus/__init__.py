"""The trackers against which every guard of answers is held. Most were written down before any guard was.

What is left out, since no rule about sizes can help: a reader who knows everybody in a counted set but one
learns about that one from a single count. Against that stand noise and budgets.
"""

from __future__ import annotations

from typing import Final

from tests.trackers.corpus.descriptions import DESCRIPTIONS
from tests.trackers.corpus.differences import ACCOUNTS, COMPLEMENTS, PADDING, REPEATS, TWO_QUERIES
from tests.trackers.corpus.generations import CORRECTIONS, REFRESHES
from tests.trackers.corpus.hospitals import HOSPITALS
from tests.trackers.corpus.refusals import FUNNELS, REFUSALS
from tests.trackers.corpus.sums import MANY, UNIONS
from tests.trackers.corpus.together import MASKS
from tests.trackers.tracker import Tracker

TRACKERS: Final[tuple[Tracker, ...]] = (
    *TWO_QUERIES,
    *PADDING,
    *UNIONS,
    *MANY,
    *COMPLEMENTS,
    *REPEATS,
    *ACCOUNTS,
    *REFUSALS,
    *FUNNELS,
    *REFRESHES,
    *CORRECTIONS,
    *HOSPITALS,
    *DESCRIPTIONS,
    *MASKS,
)
