"""What a job's request for differential privacy costs before it runs: the loss its noise is made for."""

from __future__ import annotations

from fractions import Fraction

from onggi.errors import Refused
from onggi.spec.job import DifferentialPrivacy, JobSpec
from privacy.budgets.conversion import FEMTO, rho_within
from privacy.budgets.losses import LARGEST, PICO, ConcentratedLoss, Loss, PureLoss

_MICRO_IN_PICO = PICO // 10**6


def gaussian_cost(asked: DifferentialPrivacy) -> ConcentratedLoss:
    """The largest rho within the asked (epsilon, delta). Noise made for it keeps what was asked for.

    delta counts as its decimal text says, as it stands in the signed job.

    Raises:
        Refused: ``budget.request_too_small`` where the noise would have to be without end;
            ``budget.request_too_large`` where it protects nobody.
    """
    rho = rho_within(_pico(asked), femto_delta_of(asked.delta))
    if rho == 0:
        raise Refused("budget.request_too_small")
    return ConcentratedLoss(pico_rho=rho)


def laplace_cost(asked: DifferentialPrivacy) -> PureLoss:
    """The asked epsilon without any delta. Raises Refused(``budget.request_too_large``)."""
    return PureLoss(pico_epsilon=_pico(asked))


def cost_of(spec: JobSpec) -> Loss | None:
    """What all noisy answers of a job together cost each person of one hospital; None without a request.

    Gaussian noise is meant: answers are vectors, and it composes best. A kind that sends several noisy
    answers divides it (`losses.parts_of`).
    """
    asked = spec.privacy.differential_privacy
    return None if asked is None else gaussian_cost(asked)


def femto_delta_of(delta: float) -> int:
    """delta in 10^-15, rounded down. Raises Refused(``budget.request_too_small``) below the first one."""
    exact = Fraction(repr(delta)) * FEMTO
    found = exact.numerator // exact.denominator
    if found < 1:
        raise Refused("budget.request_too_small")
    return found


def _pico(asked: DifferentialPrivacy) -> int:
    found = asked.micro_epsilon * _MICRO_IN_PICO
    if found > LARGEST:
        raise Refused("budget.request_too_large")
    return found
