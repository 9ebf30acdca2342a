"""What regressions call themselves: families, links, the scale of coefficients, and the intercept."""

from __future__ import annotations

from typing import Final

from onggi.report.sheet import Column, Pair

_NAMES: Final[dict[str, Pair]] = {
    "gaussian": ("정규분포", "gaussian"),
    "binomial": ("이항분포", "binomial"),
    "poisson": ("포아송분포", "poisson"),
    "gamma": ("감마분포", "gamma"),
    "identity": ("항등", "identity"),
    "logit": ("로짓", "logit"),
    "log": ("로그", "log"),
    "inverse": ("역수", "inverse"),
}
_SCALES: Final[dict[str, Pair]] = {
    "logit": ("계수(로그 오즈비)", "Coefficient (log odds ratio)"),
    "log": ("계수(로그 비)", "Coefficient (log ratio)"),
}
INTERCEPTS: Final = ("(intercept)", "intercept")


def named_law(name: str) -> Pair:
    """A family or a link; one that has no words here reads as it stands."""
    return _NAMES.get(name, (name, name))


def scale_words(link: str) -> Pair:
    """What a coefficient is on this link's scale."""
    return _SCALES.get(link, ("계수", "Coefficient"))


def term_words(term: str) -> str | Pair:
    """A term as it was named; the intercept's name is ours."""
    return ("절편", term) if term in INTERCEPTS else term


def term_column(term: str) -> Column:
    """A column of a term's own numbers: of a covariance, say."""
    words = term_words(term)
    return Column(term, (words, words) if isinstance(words, str) else words)
