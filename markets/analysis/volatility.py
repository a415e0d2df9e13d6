"""Volatility with exponentially decreasing weights (EWMA). Pure.

Source: J.P. Morgan, RiskMetrics Technical Document (1996): the variance of each step is 0.94 of the last one's and
0.06 of the last squared return.
"""

from __future__ import annotations

import numpy as np

from markets.analysis.series import Floats

DECAY = 0.94
SEED = 20
"""Number of squared returns whose mean is the first variance."""


def ewma(returns: Floats, decay: float = DECAY) -> Floats:
    """Volatility expected of each coming step: ``ewma(r)[i]`` depends on returns up to ``r[i]``.

    NaN before ``SEED`` returns. Later returns never change earlier values.
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
