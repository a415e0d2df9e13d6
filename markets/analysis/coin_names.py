"""Names and symbols of coins as headlines write them, and which of them are ordinary words. Pure data."""

from __future__ import annotations

from collections.abc import Mapping

WRITTEN_NAMES: Mapping[str, tuple[str, ...]] = {
    "ethereum": ("Ether",),
    "ripple": ("Ripple",),
    "binancecoin": ("BNB Chain", "Binance Coin"),
    "usd-coin": ("USD Coin",),
    "hedera-hashgraph": ("Hedera Hashgraph",),
    "leo-token": ("UNUS SED LEO",),
    "shiba-inu": ("Shibarium",),
    "the-open-network": ("The Open Network",),
    "ethena-usde": ("USDe",),
    "crypto-com-chain": ("Cronos",),
    "ethena": ("Ethena",),
    "near": ("Near Foundation",),
    "stellar": ("Stellar Development Foundation", "Stellar Lumens"),
    "jupiter-exchange-solana": ("Jupiter Exchange",),
    "ondo-finance": ("Ondo Finance",),
    "polygon-ecosystem-token": ("Polygon", "MATIC"),
    "cosmos": ("Cosmos Hub", "Cosmos"),
    "render-token": ("Render Network",),
    "fetch-ai": ("Fetch.ai", "ASI Alliance"),
    "gatechain-token": ("GateToken", "GateChain"),
    "official-trump": ("Official Trump", "Trump memecoin", "Trump meme coin", "Trump coin"),
    "curve-dao-token": ("Curve Finance", "Curve"),
    "lido-dao": ("Lido Finance", "Lido"),
    "pax-gold": ("Paxos Gold",),
    "ethereum-name-service": ("ENS Domains",),
    "theta-token": ("Theta Fuel",),
    "jasmycoin": ("Jasmy",),
    "pyth-network": ("Pyth",),
    "aerodrome-finance": ("Aerodrome",),
    "virtual-protocol": ("Virtuals Protocol", "Virtuals"),
    "spx6900": ("SPX6900",),
    "elrond-erd-2": ("MultiversX", "Elrond"),
    "thorchain": ("THORChain",),
    "xdce-crowd-sale": ("XDC Network", "XinFin"),
    "kucoin-shares": ("KuCoin Token", "KuCoin Shares"),
    "eos": ("Vaulta",),
    "havven": ("Synthetix",),
    "maker": ("MakerDAO",),
    "compound-governance-token": ("Compound Finance", "Compound DAO"),
    "sonic-3": ("Sonic Labs", "Fantom"),
    "zksync": ("ZKsync", "zkSync Era"),
    "eigenlayer": ("EigenLayer", "EigenCloud"),
    "conflux-token": ("Conflux",),
    "staked-ether": ("Lido Staked Ether", "stETH"),
    "usds": ("Sky Dollar",),
    "pump-fun": ("Pumpfun",),
    "world-liberty-financial": ("World Liberty",),
    "cc": ("Canton Network", "Canton Coin", "Canton"),
    "worldcoin-wld": ("Worldcoin",),
    "bitget-token": ("Bitget Token",),
}
"""Names that people write and the catalogue does not hold, by slug. A name in ORDINARY needs more evidence."""

ORDINARY = frozenset(
    "aerodrome aster avalanche canton chain compound cosmos curve dash dai eigen flare flow gala gate gold graph"
    " harmony hype immutable iota jupiter lido link mantle maker merlin near neo optimism orbs pepe pump quant ray"
    " render sand sandbox sky sonic stacks stellar story theta trump virtuals vaulta waves world".split()
)
"""Names that are also ordinary words, surnames or places."""

CAPITALISED = frozenset(
    "tether ripple polygon tron sui sei hedera ondo kaspa elrond fantom jasmy nexo pyth conflux bonk morpho".split()
)
"""Names that count only with a capital: "tether", "ripple" and "polygon" are words."""

IN_SENTENCES = frozenset({"the graph", "the sandbox"})
"""Names that a capital inside a sentence tells from the words; where every word has a capital, it says nothing."""

OTHER_MEANINGS: Mapping[str, tuple[str, ...]] = {
    "ripple": ("Ripple effect", "Ripple effects"),
    "bitcoin": ("Bitcoin Magazine",),
    "tron": ("Tron film", "Tron movie", "Tron film's", "Tron: Legacy", "Tron: Ares"),
    "cc": ("Canton of", "Canton factories", "Canton Fair"),
    "internet-computer": ("Internet computer user", "Internet computer users"),
}
"""Phrases that contain a coin's name and mean something else, by slug."""

DISTINCT_SYMBOLS = frozenset(
    "AAVE AVAX AXS BCH BGB BNB BONK BSV BTC CFX CHZ CRV DAI DYDX EGLD ETH FDUSD FIL FLOKI FLR GRT HBAR IMX INJ"
    " IOTA JASMY JUP KAS KCS LDO LTC MATIC MKR OKB ONDO PAXG PENDLE PENGU PEPE PYTH PYUSD QNT SHIB SNX SOL STETH"
    " STRK TIA TRX TUSD USDC USDE USDS USDT WBTC WETH WIF WLD WLFI XAUT XCN XDC XLM XMR XRP XTZ ZEC FARTCOIN"
    " SPX6900".split()
)
"""Symbols that mean nothing but the coin. All others need evidence beside them, such as a price or the coin's name."""

LISTED_SYMBOLS = frozenset("ADA DOT LINK UNI ATOM TON SUI DOGE APT ARB OP NEAR".split())
"""Ambiguous symbols that tell of each other in a list ("ADA and DOT fall")."""

INDEX_SYMBOLS = frozenset({"SPX", "STX", "TRUMP", "ADA", "SKY", "CRO", "LEO"})
"""Symbols of stock indices, shares, persons and offices.

These move too: only a word for a coin counts beside them.
"""

COIN_WORDS = frozenset(
    "token tokens coin coins price memecoin meme blockchain chain mainnet testnet network protocol foundation"
    " labs dao finance airdrop unlock staking stakers validators validator holders whale whales burn buyback"
    " subnet subnets rollup wallet wallets etp shorts longs perpetuals bulls bears parachain ecosystem indexers"
    " devnet hub ledger".split()
)
"""Words that make a coin of an ordinary name or symbol before them."""

MOVES = frozenset(
    "jump jumps jumped gain gains gained rise rises rose rally rallies rallied soar soars soared surge surges"
    " surged climb climbs climbed spike spikes spiked slide slides slid slip slips slipped sink sinks sank fall"
    " falls fell drop drops dropped dip dips dipped tumble tumbles tumbled plunge plunges plunged crash crashes"
    " crashed rebound rebounds rebounded recover recovers recovered double doubles doubled triple triples tripled"
    " slump slumps slumped retreats pumps dumps outperforms underperforms skyrockets breaks extends pares hits"
    " holds".split()
)
"""Verbs that headlines use of prices."""
