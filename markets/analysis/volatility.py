"""How much a price moves: volatility weighted to the recent past. Pure.

Source: J.P. Morgan, RiskMetrics Technical Document (1996): the variance of each step is 0.94 of the last one's and
0.06 of the last squared return.
"""

from __future__ import annotations

import numpy as np

from markets.analysis.series import Floats

DECAY = 0.94
SEED = 20
"""The first variance is the mean of so many squared returns."""


def ewma(returns: Floats, decay: float = DECAY) -> Floats:
    """The volatility expected of each coming step: ``ewma(r)[i]`` is known once ``r[i]`` is.

    Before ``SEED`` returns there is none: NaN. No later return ever changes an earlier value.
    """
    squares = (returns**2).tolist()
    variances = np.full(len(squares), np.nan)
    if len(squares) < SEED:
        return variances
    variance = sum(squares[:SEED]) / SEED
    variances[SEED - 1] = variance
    for i in range(SEED, len(squares)):
        variance = decay * variance + (1 - decay) * squares[i]
        variances[i] = variance
    return np.asarray(np.sqrt(variances), dtype=np.float64)
