"""What a person reads for each error code: cause, and one next act, in Korean and English."""

from onggi.words.catalogue import find_words, http_status, public_words
from onggi.words.entry import Words

__all__ = ["Words", "find_words", "http_status", "public_words"]
