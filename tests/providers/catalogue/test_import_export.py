"""The catalogue as a JSON document: out, in again, and everything a document may do and may not."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from providers.catalogue import import_export
from providers.catalogue.document import InvalidDocument
from providers.catalogue.import_export import import_text
from providers.catalogue.seed import seed
from providers.credentials.api_keys import set_key
from providers.models import Chain, ChainLink, Endpoint, Provider

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _seeded() -> None:
    seed()


def export() -> dict[str, Any]:
    """Return the catalogue as the document that is exported."""
    return {**import_export.export()}


def take(dry_run: bool = False, **document: Any) -> list[str]:
    return import_text(json.dumps(document), dry_run=dry_run)


def chain(**fields: Any) -> dict[str, Any]:
    return {"category": "MARKET_PRICE", **fields}


def provider(**fields: Any) -> dict[str, Any]:
    return {"slug": "new", "name": "New", "adapter": "kraken", **fields}


def refused(**document: Any) -> str:
    """Everything said about a document that is wrong; nothing of it may have been written."""
    before = export()
    with pytest.raises(InvalidDocument) as error:
        take(**document)
    assert export() == before
    return "\n".join(error.value.problems)


def test_an_exported_document_is_taken_back_without_a_change() -> None:
    assert all(line.endswith(": unchanged") for line in take(**export()))


def test_an_exported_document_builds_the_same_catalogue_in_an_empty_database() -> None:
    document = export()
    Provider.objects.all().delete()
    Chain.objects.all().delete()
    take(**document)
    assert export() == document


def test_an_export_has_the_documented_fields_and_nothing_else() -> None:
    document = export()
    binance, prices = document["providers"][0], next(c for c in document["chains"] if c["links"])
    assert list(binance) == ["slug", "name", "adapter", "quota_group", "enabled", "endpoints"]
    assert set(binance["endpoints"][0]) == {"base_url", "position", "enabled"}
    assert set(prices) == {"category", "strategy", "deadline_ms", "cache_s", "stale_s", "links"}
    assert set(prices["links"][0]) == {"provider", "lineage", "tier", "position", "weight", "enabled"}


def test_a_key_is_never_exported() -> None:
    coincap = Provider.objects.get(slug="coincap")
    set_key(coincap, "very-secret-key")
    text = json.dumps(export())
    assert "very-secret-key" not in text
    assert coincap.api_key_encrypted not in text


def test_an_import_keeps_the_key_that_is_set() -> None:
    set_key(Provider.objects.get(slug="coincap"), "very-secret-key")
    token = Provider.objects.get(slug="coincap").api_key_encrypted
    take(providers=[{"slug": "coincap", "name": "Renamed"}])
    assert Provider.objects.get(slug="coincap").api_key_encrypted == token


def test_what_is_not_named_stays() -> None:
    links = Chain.objects.get(category="MARKET_PRICE").links.count()
    take(chains=[chain(cache_s=0)])
    prices = Chain.objects.get(category="MARKET_PRICE")
    assert (prices.cache_s, prices.deadline_ms, prices.links.count()) == (0, 4000, links)
    assert Chain.objects.count() == 10


def test_a_named_chains_links_are_replaced_whole_in_the_order_given() -> None:
    take(chains=[chain(links=[{"provider": "kraken"}, {"provider": "binance", "weight": 7}])])
    rows = ChainLink.objects.filter(chain__category="MARKET_PRICE").values_list("provider__slug", "position", "weight")
    assert list(rows) == [("kraken", 0, 1), ("binance", 1, 7)]


def test_positions_decide_the_order_where_they_are_given() -> None:
    take(chains=[chain(links=[{"provider": "kraken", "position": 2}, {"provider": "okx", "position": 1}])])
    assert [link.provider.slug for link in Chain.objects.get(category="MARKET_PRICE").links.all()] == ["okx", "kraken"]


def test_an_import_is_idempotent() -> None:
    document: dict[str, Any] = {
        "providers": [provider(endpoints=[{"base_url": "https://new.example.org"}])],
        "chains": [chain(cache_s=1)],
    }
    take(**document)
    assert take(**document) == ["provider new: unchanged", "chain MARKET_PRICE: unchanged"]


def test_every_change_is_said_with_old_and_new() -> None:
    answer = take(
        providers=[{"slug": "okx", "enabled": False, "endpoints": [{"base_url": "https://new.example.org"}]}],
        chains=[chain(cache_s=3)],
    )
    assert answer == [
        "provider okx: enabled true -> false",
        "provider okx: endpoint https://new.example.org created at position 0",
        "provider okx: endpoint https://www.okx.com removed",
        "chain MARKET_PRICE: cache_s 10 -> 3",
    ]


def test_an_endpoint_kept_by_its_url_keeps_its_row_and_one_with_another_url_is_new() -> None:
    stored = Endpoint.objects.get(base_url="https://api1.binance.com").pk
    take(
        providers=[
            {
                "slug": "binance",
                "endpoints": [{"base_url": "https://api9.binance.com"}, {"base_url": "https://api1.binance.com"}],
            }
        ]
    )
    assert Endpoint.objects.get(base_url="https://api1.binance.com").pk == stored
    assert not Endpoint.objects.filter(base_url="https://api.binance.com").exists()
    assert Provider.objects.get(slug="binance").endpoints.count() == 2


def test_a_dry_run_says_the_same_and_changes_nothing() -> None:
    before = export()
    answer = take(dry_run=True, chains=[chain(cache_s=3)])
    assert answer == ["chain MARKET_PRICE: cache_s 10 -> 3"]
    assert export() == before


def test_everything_wrong_is_listed_at_once_and_nothing_is_written() -> None:
    answer = refused(
        providers=[provider(name="", adapter="nope"), provider(slug="okx", name="Fine", adapter="okx")],
        chains=[chain(strategy="best", cache_s=5)],
    )
    for where in ("providers[0].name", "providers[0].adapter", "chains[0].strategy"):
        assert where in answer
    assert "allowed: priority, weighted, fastest" in answer


@pytest.mark.parametrize(
    ("document", "answer"),
    [
        ({"extra": []}, 'unknown key "extra"'),
        ({"providers": [provider(api_key="x")]}, 'unknown key "api_key"'),
        (
            {"providers": [provider(endpoints=[{"base_url": "https://a.example.org", "weight": 1}])]},
            'unknown key "weight"',
        ),
        ({"providers": [provider(), provider()]}, 'slug "new" is given twice'),
        ({"providers": [{"slug": "new"}]}, "providers[0].adapter: is missing"),
        ({"providers": [provider(slug="Bad Slug")]}, "providers[0].slug"),
        ({"providers": [provider(enabled=1)]}, "allowed: true or false"),
        ({"providers": {}}, "is not a list"),
        ({"chains": [chain(), chain()]}, "is given twice"),
        ({"chains": [{"category": "PRICES"}]}, "chains[0].category"),
        ({"chains": [{"cache_s": 1}]}, "chains[0].category: is missing"),
        ({"chains": [chain(deadline_ms=10)]}, "from 100 to 60000"),
        ({"chains": [chain(cache_s=1.5)]}, "whole number"),
        ({"chains": [chain(cache_s=True)]}, "whole number"),
        ({"chains": [chain(links=[{"provider": "nobody"}])]}, 'chains[0].links[0].provider: "nobody" is not known'),
        ({"chains": [chain(links=[{"provider": "okx"}, {"provider": "okx"}])]}, 'provider "okx" is given twice'),
        (
            {"chains": [chain(links=[{"provider": "okx", "tier": 2}, {"provider": "gate", "tier": 1}])]},
            "allowed: 2 or more",
        ),
    ],
)
def test_a_document_that_is_wrong_is_refused(document: dict[str, Any], answer: str) -> None:
    assert answer in refused(**document)


@pytest.mark.parametrize("url", ["ftp://a.example.org", "http://10.0.0.1", "https://me:secret@a.example.org", "x", 5])
def test_a_base_url_that_is_not_allowed_is_refused_without_repeating_a_password(url: Any) -> None:
    answer = refused(providers=[provider(endpoints=[{"base_url": url}])])
    assert "providers[0].endpoints[0].base_url" in answer
    assert "secret" not in answer


def test_a_private_address_is_taken_where_private_upstreams_are_allowed(settings: Any) -> None:
    settings.ALLOW_PRIVATE_UPSTREAMS = True
    take(providers=[provider(endpoints=[{"base_url": "http://10.0.0.1"}])])
    assert Endpoint.objects.filter(base_url="http://10.0.0.1").exists()


def test_links_may_name_a_provider_the_document_brings_itself() -> None:
    take(providers=[provider()], chains=[chain(links=[{"provider": "new"}])])
    assert Chain.objects.get(category="MARKET_PRICE").links.get().provider.slug == "new"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"providers": [], "providers": []}', "[" * 100_000])
def test_text_that_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(InvalidDocument):
        import_text(text)


def test_the_command_exports_to_a_file_and_imports_it_again(tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("catalogue", "export", str(tmp_path / "catalogue.json"), stdout=out)
    call_command("catalogue", "import", str(tmp_path / "catalogue.json"), stdout=out)
    assert out.getvalue().splitlines()[-1] == "nothing changed"


def test_a_dash_means_standard_input_and_output(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    call_command("catalogue", "export", "-", stdout=out)
    monkeypatch.setattr("sys.stdin", io.StringIO(out.getvalue()))
    call_command("catalogue", "import", "-", "--dry-run", stdout=(answer := io.StringIO()))
    assert answer.getvalue().splitlines()[-1] == "dry run, nothing written: nothing changed"


def test_the_command_lists_every_problem_and_fails(tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_text(json.dumps({"a": 1, "chains": [{"category": "X"}]}))
    with pytest.raises(CommandError) as error:
        call_command("catalogue", "import", str(file))
    assert str(error.value).splitlines()[0] == "nothing was imported:"
    assert len(str(error.value).splitlines()) == 3


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("catalogue", "import", os.fspath(tmp_path / "nowhere.json"))
