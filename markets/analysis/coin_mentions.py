"""Recognition of coins in headlines: names and symbols, and the evidence that ambiguous ones need. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from markets.analysis import coin_names
from providers.domain.news import Article

SHORTEST_SYMBOL = 2
TITLE_CASE_SHARE = 0.7
"""Share of capitalised long words from which a capital says nothing."""
LONG_WORD = 4
MENTIONS = 2
"""Mentions of an ordinary name with a capital, one of them inside a sentence, that count as evidence."""

_SUFFIX = re.compile(
    r" (?:Network|Protocol|Token|Hub|DAO|Finance|Infinity)\Z| \((?:ex|prev|formerly|previously)\b[^)]*\)\Z",
    re.IGNORECASE,
)
_EXTRA = re.compile(r"\((?:ex|prev|formerly|previously)[-. ]+(?P<old>[^)]+)\)", re.IGNORECASE)
_TOKEN = re.compile(r"\$?\d[\d,.]*%?|[^\W\d_]\w*(?:[.&]\w+)*(?:['’]s)?|[%:;,()/|–—-]")
_CLAUSE = frozenset(": ; , ( ) | – — - as and while but after".split())
_JOINED = frozenset({",", "and", "&", "/", "vs", "or"})
_POSSESSIVE = re.compile(r"['’]s\Z")
_NUMBER = re.compile(r"\$?\d[\d,.]*%?")
_AMOUNT = frozenset("million billion thousand m bn k of more".split())
_LOOK_BACK = 4
SIGHT = 60
"""Characters after a name in which the next two words are looked for."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A coin as texts name it.

    ``longer`` holds other names that contain the coin's own, such as Bitcoin Cash or Bitcoin Magazine; ``written``
    names that people write beside the catalogue's.
    """

    symbol: str
    name: str
    longer: tuple[str, ...] = ()
    written: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Terms:
    """Patterns of one coin: what counts by itself, what needs evidence, and what means something else."""

    names: re.Pattern[str] | None
    capitalised: re.Pattern[str] | None
    in_sentences: re.Pattern[str] | None
    ordinary: re.Pattern[str] | None
    symbols: frozenset[str]
    longer: re.Pattern[str] | None


def subject_of(slug: str, symbol: str, name: str, other_names: Iterable[str]) -> Subject:
    """Build a coin's subject: its written names, and the phrases and other coins' names that contain one of them."""
    written = coin_names.WRITTEN_NAMES.get(slug, ())
    own = {term.casefold() for term in names_of(name, written)}
    longer = dict.fromkeys(coin_names.OTHER_MEANINGS.get(slug, ()))
    for other in other_names:
        folded = f" {other.casefold()} "
        if folded.strip() not in own and any(f" {term} " in folded for term in own):
            longer[other] = None
    return Subject(symbol, name, tuple(longer), written)


def names_of(name: str, written: Iterable[str] = ()) -> tuple[str, ...]:
    """Return a coin's names: the catalogue's, without "Network" or "Token" at its end, an earlier one, the written."""
    short = _SUFFIX.sub("", name)
    earlier = [match["old"].strip() for match in _EXTRA.finditer(name)]
    return tuple(dict.fromkeys(term for term in (_EXTRA.sub("", name).strip(), short, *earlier, *written) if term))


def is_about(article: Article, subject: Subject) -> bool:
    """Tell if the tags name the coin, or the title or summary do with enough evidence."""
    named = {subject.symbol.casefold(), *(term.casefold() for term in names_of(subject.name, subject.written))}
    if any(tag.casefold() in named for tag in (*article.tags, *article.categories)):
        return True
    summary = article.summary or ""
    return mentions(article.title, subject) or mentions(summary, subject) or _repeated(article.title, summary, subject)


def mentions(text: str, subject: Subject) -> bool:
    """Tell if a text names the coin.

    A distinct name or symbol ("Bitcoin", "BTC") counts by itself. An ordinary word ("Canton", "LINK") counts with
    evidence beside it: a dollar sign, a word for a coin, a price move, a pair, or the coin's name and symbol together.
    In a text that is all capitals any word may look like a symbol, so only distinct names count there.
    """
    terms = _terms(subject)
    rest = terms.longer.sub(" ; ", text) if terms.longer else text
    if _finds(terms.names, rest) or _finds(terms.capitalised, rest):
        return True
    if text == text.upper():
        return False
    if not _is_title_case(rest) and _finds(terms.in_sentences, rest):
        return True
    return _has_symbol(rest, terms) or _has_ordinary_name(rest, terms)


def _finds(pattern: re.Pattern[str] | None, text: str) -> bool:
    return pattern is not None and pattern.search(text) is not None


def _repeated(title: str, summary: str, subject: Subject) -> bool:
    """Tell if an ordinary name stands with a capital in the title and again inside a sentence of the summary."""
    terms = _terms(subject)
    if terms.ordinary is None:
        return False
    clean = [terms.longer.sub(" ; ", text) if terms.longer else text for text in (title, summary)]
    inside = [found for found in terms.ordinary.finditer(clean[1]) if _is_inside(clean[1], found.start())]
    return terms.ordinary.search(clean[0]) is not None and len(inside) >= MENTIONS


def _is_inside(text: str, start: int) -> bool:
    """Tell if a position is not the start of a sentence."""
    before = text[:start].rstrip()
    return bool(before) and before[-1] not in ".!?:;"


def _is_title_case(text: str) -> bool:
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) >= LONG_WORD]
    return len(words) > 1 and sum(word[0].isupper() for word in words) >= TITLE_CASE_SHARE * len(words)


def _has_symbol(text: str, terms: _Terms) -> bool:
    tokens = _TOKEN.findall(text)
    for at, token in enumerate(tokens):
        word = _POSSESSIVE.sub("", token)
        if word not in terms.symbols:
            continue
        if word in coin_names.DISTINCT_SYMBOLS or f"${word}" in text:
            return True
        if _is_coin_here(tokens, at, word):
            return True
    return any(pair in terms.symbols for pair in _bases(tokens))


def _bases(tokens: list[str]) -> Iterable[str]:
    """Yield the bases of pairs such as LINKUSDT; a pair with a separator is of several tokens."""
    for token in tokens:
        for quote in ("USDT", "USDC", "USD"):
            if token.endswith(quote) and token.isupper() and len(token) > len(quote) + 1:
                yield token.removesuffix(quote)


def _is_coin_here(tokens: list[str], at: int, word: str) -> bool:
    """Tell if the words around an ambiguous symbol are those around a coin."""
    after = [token.casefold() for token in tokens[at + 1 : at + 3]]
    if after[:1] and after[0] in coin_names.COIN_WORDS:
        return True
    if len(after) == 2 and after[0] in {"/", "-"} and after[1] in {"usd", "usdt", "usdc", "btc", "eth", "eur"}:
        return True
    if _is_listed(tokens, at):
        return True
    if word in coin_names.INDEX_SYMBOLS:
        return False
    if after[:1] and after[0] in coin_names.MOVES and _starts_clause(tokens, at):
        return True
    return _is_amount(tokens, at)


def _starts_clause(tokens: list[str], at: int) -> bool:
    return at == 0 or tokens[at - 1].casefold() in _CLAUSE


def _is_listed(tokens: list[str], at: int) -> bool:
    """Tell if the neighbour in a list ("BTC, ADA and DOT") is a symbol, too."""
    before, after = tokens[max(0, at - 2) : at], tokens[at + 1 : at + 3]
    sides = []
    if len(before) == 2 and before[1].casefold() in _JOINED:
        sides.append(before[0])
    if len(after) == 2 and after[0].casefold() in _JOINED:
        sides.append(after[1])
    return any(side in coin_names.DISTINCT_SYMBOLS or side in coin_names.LISTED_SYMBOLS for side in sides)


def _is_amount(tokens: list[str], at: int) -> bool:
    """Tell if a number stands before the symbol, as in "12 million ARB" and "$5m of UNI"."""
    for back in range(1, _LOOK_BACK + 1):
        if back > at:
            return False
        token = tokens[at - back].casefold()
        if _NUMBER.fullmatch(token):
            return "%" not in token
        if token not in _AMOUNT:
            return False
    return False


def _has_ordinary_name(text: str, terms: _Terms) -> bool:
    """Tell if an ordinary name stands with a word for a coin, a move in per cent, or the coin's symbol."""
    if terms.ordinary is None:
        return False
    has_symbol = any(_POSSESSIVE.sub("", token) in terms.symbols for token in _TOKEN.findall(text))
    for found in terms.ordinary.finditer(text):
        if has_symbol and not found[0].isupper():
            return True
        before, after = _TOKEN.findall(text[: found.start()]), _TOKEN.findall(text[found.end() : found.end() + SIGHT])
        words = [token.casefold() for token in after[:2]]
        if words[:1] and words[0] in coin_names.COIN_WORDS:
            return True
        moves = len(words) > 1 and words[0] in coin_names.MOVES and words[1].endswith("%")
        if moves and _starts_clause(before, len(before)):
            return True
    return False


@lru_cache(maxsize=1024)
def _terms(subject: Subject) -> _Terms:
    names: list[str] = []
    capitalised: list[str] = []
    in_sentences: list[str] = []
    ordinary: list[str] = []
    for term in names_of(subject.name, subject.written):
        folded = term.casefold()
        if folded in coin_names.IN_SENTENCES:
            in_sentences.append(term)
            ordinary.append(term)
        elif folded in coin_names.ORDINARY:
            ordinary.extend(_with_capital(term))
        elif folded in coin_names.CAPITALISED:
            capitalised.extend(_with_capital(term))
        elif term != subject.symbol:
            names.append(term)
    symbols = {subject.symbol, *(term for term in subject.written if term.isupper() and " " not in term)}
    distinct_names = [term for term in names if term not in symbols]
    return _Terms(
        _any_of(distinct_names, re.IGNORECASE),
        _any_of(capitalised),
        _any_of(in_sentences),
        _any_of(ordinary),
        frozenset(symbol for symbol in symbols if len(symbol) >= SHORTEST_SYMBOL),
        _any_of(subject.longer, re.IGNORECASE),
    )


def _with_capital(name: str) -> tuple[str, ...]:
    """Return a name as written, with one capital, and in capitals."""
    return name[0].upper() + name[1:], name.capitalize(), name.upper()


def _any_of(terms: Iterable[str], flags: int = 0) -> re.Pattern[str] | None:
    """Pattern that matches one of the terms as a whole word, longest first; None without terms."""
    longest = sorted(dict.fromkeys(terms), key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(term)}(?!\w)" for term in longest), flags) if longest else None
