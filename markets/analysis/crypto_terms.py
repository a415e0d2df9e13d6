"""Valence of crypto market terms from -5 to 5; they override the general lexicon. Pure data.

Zero marks a word without meaning here. Coin names that are ordinary words must not count as sentiment.
"""

from __future__ import annotations

TERMS: dict[str, int] = {
    # price movements
    **dict.fromkeys(("bullish", "bull run", "bull market", "breakout", "record high", "all time high"), 3),
    **dict.fromkeys(("surge", "surges", "surged", "surging", "soar", "soars", "soared", "soaring", "skyrockets"), 3),
    **dict.fromkeys(("rally", "rallies", "rallied", "rebound", "rebounds", "rebounded", "recovers", "jumps"), 2),
    **dict.fromkeys(("climbs", "climbed", "uptrend", "accumulate", "accumulates", "accumulation", "milestone"), 2),
    **dict.fromkeys(("inflow", "inflows", "adoption", "adopts", "upgrade", "upgrades", "upgraded"), 2),
    **dict.fromkeys(("launch", "launches", "launched", "listing", "recover", "recovery"), 1),
    **dict.fromkeys(("bearish", "bear market", "downtrend", "all time low", "capitulation", "death cross"), -3),
    **dict.fromkeys(("plunge", "plunges", "plunged", "plunging", "crash", "crashes", "crashed", "crashing"), -3),
    **dict.fromkeys(("selloff", "sell off", "slump", "slumps", "slumped", "tumble", "tumbles", "tumbled"), -2),
    **dict.fromkeys(("sinks", "sank", "slides", "dump", "dumps", "dumped", "dumping", "outflow", "outflows"), -2),
    **dict.fromkeys(("liquidation", "liquidations", "liquidated", "downgrade", "downgraded", "overbought"), -2),
    # incidents
    **dict.fromkeys(("hack", "hacks", "hacked", "hacker", "hackers", "exploit", "exploited", "exploits"), -3),
    **dict.fromkeys(("heist", "thieves", "stolen", "drained", "rug pull", "rugpull", "ponzi", "phishing"), -4),
    **dict.fromkeys(("depeg", "depegs", "depegged", "insolvent", "insolvency", "halts withdrawals"), -4),
    **dict.fromkeys(("delist", "delists", "delisted", "delisting", "vulnerability", "outage", "misled"), -2),
    # regulation
    **dict.fromkeys(("ban", "bans", "banned", "crackdown", "sanctioned", "fined", "subpoena", "indicted"), -3),
    **dict.fromkeys(("approve", "approves", "approved", "approval", "greenlight", "greenlights"), 2),
    # words without sentiment here
    **dict.fromkeys(("gold", "stellar", "optimism", "maker", "token", "share", "shares", "interest", "crypto"), 0),
    **dict.fromkeys(("proof of stake", "mining", "gas", "burn", "burns", "short", "cash", "fear and greed"), 0),
}
