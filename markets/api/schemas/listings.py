"""The shapes of answers about coins and markets, for the OpenAPI document. Nothing is parsed here."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from markets.api.schemas.common import Meta, Money, Shape
from markets.api.schemas.news import Texts
from providers.api.schemas import problems

FAILURES = problems(
    s400="A parameter is unknown or not allowed; errors[] says which and what is.",
    s404="No coin of this name is known, or no source describes it.",
    s503="No source could answer and nothing was known. Retry-After says when to ask again.",
    s504="No source answered within the deadline and nothing was known.",
)

COIN = OpenApiParameter("coin", OpenApiTypes.STR, OpenApiParameter.PATH, description="A coin by symbol, id or pair.")
Q = OpenApiParameter(
    "q",
    {"type": "string", "minLength": 1, "maxLength": 100},
    required=True,
    description="A part of a name or a symbol.",
)
SEARCH = OpenApiParameter(
    "search", {"type": "string", "minLength": 1, "maxLength": 100}, description="A part of an id, a symbol or a name."
)
PLATFORM = OpenApiParameter(
    "platform", {"type": "string", "minLength": 1, "maxLength": 100}, description="As the source calls it: ethereum."
)
VERIFIED = OpenApiParameter(
    "verified_only", {"type": "string", "enum": ["1", "0", "true", "false"], "default": "0"}, description="A switch."
)


def limit(most: int, default: int) -> OpenApiParameter:
    shape = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return OpenApiParameter("limit", shape, description="How many at most.")


class Listed(Shape):
    """What every row of a list says of itself."""

    source = serializers.CharField()  # type: ignore[assignment]  # the contract's name
    unknown = serializers.DictField(child=serializers.CharField(), help_text="Why each member that is null is.")


class CoinFigures(Listed):
    id = serializers.CharField(allow_null=True, help_text="Our id; null for a coin that is not listed here.")
    source_id = serializers.CharField(help_text="The source's own id.")
    symbol = serializers.CharField()
    name = serializers.CharField()
    image = serializers.CharField(allow_null=True)
    current_price = Money(allow_null=True)
    price_change_24h = serializers.FloatField(allow_null=True, help_text="Percent.")
    market_cap = Money(allow_null=True)
    market_cap_rank = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    currency = serializers.CharField()
    volume_scope = serializers.CharField()


class Mover(CoinFigures):
    volume_24h = Money(allow_null=True)


class Hit(CoinFigures):
    total_volume = Money(allow_null=True)
    figures_source = serializers.CharField(allow_null=True, help_text="Whose the figures are.")


class Answer(Shape):
    success = serializers.BooleanField()
    meta = Meta()


class SearchResults(Answer):
    query = serializers.CharField()
    count = serializers.IntegerField()
    total = serializers.IntegerField(help_text="What the source found.")
    results = Hit(many=True)


class Movers(Answer):
    count = serializers.IntegerField()
    universe = serializers.IntegerField(help_text="Coins looked at.")
    change_unknown = serializers.IntegerField(help_text="Of these, without a known change.")


class Gainers(Movers):
    gainers = Mover(many=True)


class Losers(Movers):
    losers = Mover(many=True)


class MarketData(Shape):
    current_price = Money(allow_null=True)
    market_cap = Money(allow_null=True)
    market_cap_rank = serializers.IntegerField(allow_null=True)
    total_volume = Money(allow_null=True)
    high_24h = Money(allow_null=True)
    low_24h = Money(allow_null=True)
    price_change_percentage_24h = serializers.FloatField(allow_null=True)
    price_change_percentage_7d = serializers.FloatField(allow_null=True)
    price_change_percentage_30d = serializers.FloatField(allow_null=True)
    circulating_supply = Money(allow_null=True)
    total_supply = Money(allow_null=True)
    max_supply = Money(allow_null=True)
    ath = Money(allow_null=True)
    atl = Money(allow_null=True)
    currency = serializers.CharField()
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # the contract's name
    unknown = serializers.DictField(child=serializers.CharField())


class Links(Shape):
    homepage = Texts()
    blockchain_site = Texts()
    twitter = serializers.CharField(allow_null=True)
    telegram = serializers.CharField(allow_null=True)


class CoinDetails(Answer):
    id = serializers.CharField()
    symbol = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    image = serializers.CharField(allow_null=True)
    categories = Texts()
    market_data = MarketData()
    links = Links()
    unknown = serializers.DictField(child=serializers.CharField())


class MarketCategory(Listed):
    id = serializers.CharField(help_text="The source's own.")
    name = serializers.CharField()
    market_cap = Money(allow_null=True)
    market_cap_change_24h = serializers.FloatField(allow_null=True)
    volume_24h = Money(allow_null=True)
    top_3_coins = serializers.ListField(child=serializers.CharField(allow_null=True), allow_null=True)
    currency = serializers.CharField()
    volume_scope = serializers.CharField()


class Categories(Answer):
    count = serializers.IntegerField()
    categories = MarketCategory(many=True)


class Global(Answer):
    market_cap = Money(help_text="Of all coins the source follows.")
    volume_24h = Money(allow_null=True)
    market_cap_change_24h = serializers.FloatField(allow_null=True, help_text="Percent.")
    bitcoin_share_percent = serializers.FloatField(allow_null=True, help_text="Of the market capitalisation.")
    ethereum_share_percent = serializers.FloatField(allow_null=True)
    coins = serializers.IntegerField(allow_null=True, help_text="How many the source follows.")
    source = serializers.CharField()  # type: ignore[assignment]  # the contract's name
    currency = serializers.CharField()
    volume_scope = serializers.CharField()
    unknown = serializers.DictField(child=serializers.CharField())


class Exchange(Listed):
    id = serializers.CharField(help_text="The source's own.")
    name = serializers.CharField()
    year_established = serializers.IntegerField(allow_null=True)
    country = serializers.CharField(allow_null=True)
    url = serializers.CharField(allow_null=True)
    trust_score = serializers.IntegerField(allow_null=True)
    trust_score_rank = serializers.IntegerField(allow_null=True)
    trade_volume_24h_btc = Money(allow_null=True)
    trade_volume_24h_btc_normalized = Money(allow_null=True)
    centralized = serializers.BooleanField(allow_null=True)
    image = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    volume_scope = serializers.CharField()


class ExchangeStatistics(Shape):
    total = serializers.IntegerField()
    verified = serializers.IntegerField()
    centralized = serializers.IntegerField()
    decentralized = serializers.IntegerField()
    unknown = serializers.IntegerField()
    total_volume_24h_btc = Money(allow_null=True)
    volume_unknown = serializers.IntegerField(help_text="Exchanges that are not in the sum.")


class Exchanges(Answer):
    count = serializers.IntegerField()
    exchanges = Exchange(many=True)
    reason = serializers.CharField(allow_null=True, help_text="Why none is verified.")
    statistics = ExchangeStatistics()
    top_by_volume = Exchange(many=True)


class ListedCoin(Listed):
    id = serializers.CharField(allow_null=True)
    source_id = serializers.CharField()
    symbol = serializers.CharField()
    name = serializers.CharField()
    platforms = serializers.ListField(child=serializers.CharField(), allow_null=True)
    contract_addresses = serializers.DictField(child=serializers.CharField(), allow_null=True)
    is_token = serializers.BooleanField(allow_null=True)
    native_platform = serializers.CharField(allow_null=True)


class ListFilters(Shape):
    search = serializers.CharField(allow_null=True)
    platform = serializers.CharField(allow_null=True)
    limit = serializers.IntegerField()


class ListStatistics(Shape):
    total = serializers.IntegerField()
    matched = serializers.IntegerField()
    tokens = serializers.IntegerField()
    coins_of_their_own_chain = serializers.IntegerField()
    unknown = serializers.IntegerField()


class ListedCoins(Answer):
    count = serializers.IntegerField()
    filters = ListFilters()
    coins = ListedCoin(many=True)
    reason = serializers.CharField(allow_null=True, help_text="Why a filter finds nothing.")
    statistics = ListStatistics()
