"""Coins are recognised in headlines by distinct names, and by ordinary words only with evidence beside them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from markets.analysis.coin_mentions import Subject, is_about, mentions, names_of, subject_of
from providers.domain.news import Article

FOLDER = Path(__file__).parent
CATALOGUE = Path(__file__).parents[3] / "markets" / "assets" / "asset_catalogue.csv"

BITCOIN = Subject("BTC", "Bitcoin", ("Bitcoin Cash", "Wrapped Bitcoin", "Bitcoin Magazine"))
ETHER = Subject("ETH", "Ethereum", ("Ethereum Classic",))
NEAR = Subject("NEAR", "NEAR Protocol")
RENDER = Subject("RENDER", "Render")
CANTON = Subject("CC", "Canton", written=("Canton Network", "Canton Coin"))


def article(title: str = "A title", url: str = "https://a.example/x", **more: object) -> Article:
    return Article(title, url, "A", **more)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("text", "subject", "found"),
    [
        ("BTC rises", BITCOIN, True),
        ("$BTC: what next?", BITCOIN, True),
        ("bitcoin's halving", BITCOIN, True),
        ("(Bitcoin)", BITCOIN, True),
        ("The method of Netherlands", ETHER, False),
        ("ETHics of code", ETHER, False),
        ("eth is no word in lower case", ETHER, False),
        ("Ethereum Classic forks", ETHER, False),
        ("Ethereum Classic and Ethereum fork", ETHER, True),
        ("Bitcoin Cash falls", BITCOIN, False),
        ("appeared in Bitcoin Magazine", BITCOIN, False),
        ("WBTC is wrapped", BITCOIN, False),
        ("the end is near", NEAR, False),
        ("NEAR jumps", NEAR, True),
        ("THE END IS NEAR", NEAR, False),
        ("Courts render a verdict", RENDER, False),
        ("RENDER gains", RENDER, True),
        ("", BITCOIN, False),
    ],
)
def test_a_text_mentions_a_coin_by_whole_words_only(text: str, subject: Subject, found: bool) -> None:
    assert mentions(text, subject) is found


def test_a_tag_says_what_an_article_is_about_whatever_its_case() -> None:
    assert is_about(article(tags=("bitcoin",)), BITCOIN)
    assert is_about(article(categories=("RENDER",)), RENDER)
    assert not is_about(article(tags=("Bitcoin ETF",)), BITCOIN)


def test_the_summary_counts_as_well_as_the_title() -> None:
    assert is_about(article(summary="It moved BTC."), BITCOIN)


def shipped_subjects() -> dict[str, Subject]:
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = {row["slug"]: row["name"] for row in rows}
    return {
        row["slug"]: subject_of(
            row["slug"], row["symbol"], row["name"], [name for slug, name in names.items() if slug != row["slug"]]
        )
        for row in rows
    }


def test_labelled_headlines_are_recognised_with_high_precision_and_recall() -> None:
    subjects = shipped_subjects()
    found_right = found_wrong = missed = 0
    wrong: list[str] = []
    for line in (FOLDER / "headlines.tsv").read_text(encoding="utf-8").splitlines():
        label, headline = line.split("\t")
        expected = set() if label == "-" else set(label.split())
        assert expected <= subjects.keys(), headline
        found = {slug for slug, subject in subjects.items() if mentions(headline, subject)}
        found_right += len(found & expected)
        found_wrong += len(found - expected)
        missed += len(expected - found)
        if found != expected:
            wrong.append(f"{headline}: {sorted(found)} instead of {sorted(expected)}")
    precision, recall = found_right / (found_right + found_wrong), found_right / (found_right + missed)
    print(f"{found_right + missed} labels: precision {precision:.3f}, recall {recall:.3f}", *wrong, sep="\n")
    assert found_right + missed >= 240
    assert precision >= 0.97
    assert recall >= 0.90


@pytest.mark.parametrize(
    ("slug", "text"),
    [
        ("cc", "Canton of Zug opens registry"),
        ("zksync", "ZK proofs explained"),
        ("aptos", "APT group hits bank"),
        ("arweave", "AR glasses sell out"),
        ("the-graph", "Volumes are falling, as the graph shows"),
        ("ripple", "The ripple effect of a rate cut"),
        ("dogecoin", "DOGE cuts federal jobs"),
        ("sonic-3", "Plan S for open access"),
    ],
)
def test_an_ordinary_word_or_abbreviation_alone_names_no_coin(slug: str, text: str) -> None:
    assert not mentions(text, shipped_subjects()[slug])


@pytest.mark.parametrize(
    ("slug", "text"),
    [
        ("polygon-ecosystem-token", "Polygon upgrades"),
        ("cosmos", "Cosmos hub vote"),
        ("havven", "Synthetix"),
        ("ripple", "Ripple wins in court"),
        ("ethereum", "Ether slips"),
        ("aptos", "Aptos (APT) adds private transfers"),
        ("arweave", "Storage demand lifts $AR"),
        ("chainlink", "BTC, LINK and ETH fall"),
        ("uniswap", "Whale moves 12 million UNI"),
        ("polkadot", "DOT/USD breaks out"),
    ],
)
def test_names_that_people_write_and_symbols_with_evidence_name_the_coin(slug: str, text: str) -> None:
    assert mentions(text, shipped_subjects()[slug])


def test_an_ordinary_name_counts_when_the_summary_repeats_it_as_a_name() -> None:
    repeated = article("Canton signs a bank", summary="Banks join Canton this week. A vote of Canton follows.")
    once = article("Canton signs a treaty", summary="The government of a canton. Canton votes.")
    assert is_about(repeated, CANTON)
    assert not is_about(once, CANTON)


def test_a_coins_names_are_its_own_its_short_and_its_earlier_one() -> None:
    assert names_of("EigenCloud (prev. EigenLayer)") == ("EigenCloud", "EigenLayer")
    assert names_of("Theta Network") == ("Theta Network", "Theta")
    assert names_of("POL (ex-MATIC)") == ("POL", "MATIC")
