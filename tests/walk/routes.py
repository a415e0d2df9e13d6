"""Every route of the contract: how it is asked, what it must answer with, which chains are behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from providers.domain.categories import Category
from tests.walk import holds
from tests.walk.holds import Holds

PRICE, OHLCV, VOLUME = Category.MARKET_PRICE, Category.MARKET_OHLCV, Category.MARKET_VOLUME
BOOK, METADATA = Category.MARKET_ORDERBOOK, Category.MARKET_METADATA
NEWS, SENTIMENT, SOCIAL = Category.NEWS, Category.SENTIMENT, Category.SOCIAL

START = f"{datetime.now(UTC) - timedelta(days=60):%Y-%m-%d}"
MOVERS = "id,symbol,name,image,current_price,price_change_24h,market_cap,volume_24h"
FOUND = (
    "query,count,results[]{id,symbol,name,image,current_price,market_cap,market_cap_rank,price_change_24h,total_volume}"
)
ARTICLES = (
    "coin,count,articles[]{id,title,summary,url,image,published_at,source,categories,tags,sentiment},sources[]{source}"
)
WATCHED = "added_symbols,removed_symbols,total_symbols,symbols,watchlist_data[]{symbol,price,change_24h,added_at}"
ANALYSIS = "analysis_type,symbol,result{}"
BACKTEST = (
    "strategy,symbol,period{},initial_capital,final_capital,total_return,return_percent,"
    "trades{total,winning,losing,win_rate},metrics{max_drawdown,sharpe,sortino,exposure,cagr,buy_and_hold_percent},"
    "trade_history[],equity[]"
)


@dataclass(frozen=True)
class Route:
    """One question. ``path`` is the document's, ``ask`` what is really sent; ``behind`` the chains it needs.

    ``alone``: it answers even where nothing was ever known, since what it tells is the hub's own.
    """

    method: str
    path: str
    ask: str
    contract: str
    holds: Holds
    behind: tuple[Category, ...] = ()
    body: Any = None
    signed_in: bool = False
    alone: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.ask}" + (f" {self.body.get('analysis_type', '')}" if self.body else "")


def get(ask: str, path: str, contract: str, check: Holds, *behind: Category, **more: Any) -> Route:
    return Route("GET", path or ask.partition("?")[0], ask, contract, check, behind, **more)


def post(path: str, body: Any, contract: str, check: Holds, *behind: Category, **more: Any) -> Route:
    return Route("POST", path, path, contract, check, behind, body, **more)


ROUTES = (
    get(
        "/api/prices?symbols=BTC,ETH,solana,NOPE",
        "",
        "prices[]{id,symbol,price,currency,change_24h,volume_24h,as_of,source,stale,age_s},missing[]{symbol,reason}",
        holds.prices,
        PRICE,
    ),
    get(
        "/api/ohlcv/BTC?interval=1h&limit=24",
        "/api/ohlcv/{coin}",
        "candles[]{t,time,open,high,low,close,volume,closed},symbol,interval",
        holds.ohlcv,
        OHLCV,
    ),
    get(
        "/api/trading/volume?symbol=BTC",
        "",
        "symbol,total_volume,count,data[]{symbol,exchange,volume_24h,volume_change,trades_count,price_change_percent}",
        holds.volume,
        VOLUME,
    ),
    get("/api/trading/volume", "", "symbol,total_volume,count,data[]", holds.all_volumes, VOLUME),
    get(
        "/api/trading/orderbook?symbol=BTC",
        "",
        "symbol,bids[],asks[],update_time,"
        "metrics{bid_volume,ask_volume,bid_ask_ratio,spread,spread_percent,best_bid,best_ask}",
        holds.orderbook,
        BOOK,
    ),
    get(
        "/api/indicators/BTC?indicators=rsi,macd,bb,sma,ema",
        "/api/indicators/{coin}",
        "symbol,interval,current_price,indicators{rsi{value,period,interpretation},"
        "macd{macd,signal,histogram,interpretation},bollinger_bands{upper,middle,lower,position},"
        "sma{sma_20,sma_50,trend},ema{ema_12,ema_26,crossover}}",
        holds.indicators,
        OHLCV,
    ),
    post(
        "/api/backtest",
        {"symbol": "BTC", "strategy": "buy_and_hold", "start_date": START, "fee_bps": 0, "slippage_bps": 0},
        BACKTEST,
        holds.held,
        OHLCV,
    ),
    get(
        "/api/correlations?symbols=BTC,ETH,SOL&days=7",
        "",
        "symbols,days,correlations{BTC{ETH}},interpretation,observations{BTC{ETH}}",
        holds.correlations,
        OHLCV,
    ),
    get(
        "/api/ai/predictions/BTC",
        "/api/ai/predictions/{coin}",
        "symbol,prediction_period,current_price,predictions[]{day,date,predicted_price,lower,upper,confidence},"
        "trend,trend_strength,methodology,skill{against,horizon,mae_ratio,coverage,windows},disclaimer",
        holds.predictions,
        OHLCV,
    ),
    get(
        "/api/ai/sentiment/BTC",
        "/api/ai/sentiment/{coin}",
        "symbol,current_price,overall_sentiment,overall_score,confidence,breakdown{news{inputs,count},"
        "social_media{inputs,count},market_momentum{inputs,count}}",
        holds.coin_sentiment,
        NEWS,
        SOCIAL,
        SENTIMENT,
    ),
    post(
        "/api/ai/analyze",
        {"symbol": "BTC", "analysis_type": "sentiment"},
        ANALYSIS,
        holds.analysed("sentiment"),
        NEWS,
        SOCIAL,
        SENTIMENT,
    ),
    post(
        "/api/ai/analyze",
        {"symbol": "BTC", "analysis_type": "price_prediction", "custom_params": {"days": 3}},
        ANALYSIS,
        holds.analysed("price_prediction"),
        OHLCV,
    ),
    post(
        "/api/ai/analyze",
        {"symbol": "BTC", "analysis_type": "risk_assessment", "timeframe": "30d"},
        ANALYSIS,
        holds.analysed("risk_assessment"),
        OHLCV,
    ),
    post(
        "/api/ai/analyze",
        {"symbol": "BTC", "analysis_type": "trend", "timeframe": "7d"},
        ANALYSIS,
        holds.analysed("trend"),
        OHLCV,
    ),
    get(
        "/api/ai/models",
        "",
        "total_models,active_models,models[]{id,kind,methodology,last_fit,skill},capabilities{}",
        holds.models,
        OHLCV,
        alone=True,
    ),
    post(
        "/api/portfolio/simulate",
        {"holdings": [{"symbol": "BTC", "amount": "0.5"}, {"symbol": "ETH", "amount": 3}], "seed": 7, "paths": 100},
        "strategy,period_days,initial_portfolio,"
        "simulation_results{final_value,return,annualized_return,volatility,max_drawdown,sharpe_ratio},"
        "portfolio_history[],disclaimer",
        holds.simulated,
        OHLCV,
    ),
    get(
        "/api/alerts/prices?symbols=BTC,ETH,SOL",
        "",
        "count,alerts[]{symbol,type,priority,current_price,target_price,distance_percent,message,created_at,evidence},"
        "summary",
        holds.price_alerts,
        OHLCV,
    ),
    post(
        "/api/watchlist",
        {"action": "add", "symbols": ["BTC", "ETH"]},
        WATCHED,
        holds.watchlist,
        PRICE,
        signed_in=True,
        alone=True,
    ),
    get("/api/watchlist", "", WATCHED, holds.watchlist, PRICE, signed_in=True, alone=True),
    get("/api/coins/search?q=bit&limit=5", "", FOUND, holds.search, METADATA),
    post("/api/coins/search", {"q": "bit", "limit": 5}, FOUND, holds.search, METADATA),
    get(
        "/api/coins/btc/details",
        "/api/coins/{coin}/details",
        "id,symbol,name,description,image,categories,market_data{},links{homepage,blockchain_site,twitter,telegram}",
        holds.details,
        METADATA,
    ),
    get(
        "/api/coins/bitcoin/history?days=10",
        "/api/coins/{coin}/history",
        "coin_id,days,interval,count,data[]{timestamp,date,price,open,high,low,close,volume,market_cap}",
        holds.history,
        OHLCV,
    ),
    get(
        "/api/coins/bitcoin/chart",
        "/api/coins/{coin}/chart",
        "chart{labels,prices},stats{high,low,avg,change}",
        holds.chart,
        OHLCV,
    ),
    get(
        "/api/market/global",
        "",
        "market_cap,volume_24h,market_cap_change_24h,bitcoin_share_percent,ethereum_share_percent,coins,source,"
        "currency,volume_scope",
        holds.whole_market,
        METADATA,
    ),
    get(
        "/api/market/categories",
        "",
        "count,categories[]{id,name,market_cap,market_cap_change_24h,volume_24h,top_3_coins}",
        holds.categories,
        METADATA,
    ),
    get("/api/market/gainers", "", f"count,gainers[]{{{MOVERS}}}", holds.movers("gainers"), METADATA),
    get("/api/market/losers", "", f"count,losers[]{{{MOVERS}}}", holds.movers("losers"), METADATA),
    get("/api/news/BTC", "/api/news/{coin}", ARTICLES, holds.coin_news, NEWS),
    get("/api/news/latest", "", ARTICLES, holds.are_articles, NEWS),
    get(
        "/api/social/trending",
        "",
        "trending_topics[]{rank,topic,mention_count,sentiment,sentiment_score,related_coins},sources[]",
        holds.trending,
        SOCIAL,
    ),
    get(
        "/api/social/sentiment?coin=BTC",
        "",
        "overall_sentiment,overall_score,by_platform{},historical[],key_topics[],methodology",
        holds.social_sentiment,
        SOCIAL,
    ),
    get("/api/events", "", "count,filters,events[]", holds.events, alone=True),
    get(
        "/api/exchanges",
        "",
        "count,exchanges[]{id,name,year_established,country,url,trust_score,trust_score_rank,trade_volume_24h_btc,"
        "trade_volume_24h_btc_normalized,centralized,image},statistics,top_by_volume[]",
        holds.exchanges,
        METADATA,
    ),
    get(
        "/api/metadata/coins?limit=30",
        "",
        "count,filters,coins[]{id,symbol,name,platforms,contract_addresses,is_token,native_platform},statistics",
        holds.coin_list,
        METADATA,
    ),
    get("/api/cache/stats", "", "overall_statistics,cache_breakdown,cache_config", holds.cache_stats, alone=True),
    get(
        "/api/system/providers/health",
        "",
        "providers{MARKET_PRICE[]{name,priority,status,available,success_rate,consecutive_failures,response_time_ms,"
        "last_check},binance_dns},summary",
        holds.by_category("providers"),
        alone=True,
    ),
    get(
        "/api/system/binance/health",
        "",
        "binance_health{connector_type,total_endpoints,endpoints[]{url,available,consecutive_failures,success_rate,"
        "total_requests,avg_response_time_ms,last_success,last_failure,backoff_until}},summary",
        holds.mirrors,
        alone=True,
    ),
    get(
        "/api/system/circuit-breakers",
        "",
        "circuit_breakers{MARKET_PRICE[]{provider,endpoint,circuit_open,state,consecutive_failures,status,available,"
        "priority,retry_at}},summary",
        holds.by_category("circuit_breakers"),
        alone=True,
    ),
    get(
        "/api/system/providers/stats",
        "",
        "statistics{MARKET_PRICE{providers[]{share},total_providers,requests,avg_success_rate,p50_ms,p95_ms}}",
        holds.by_category("statistics"),
        alone=True,
    ),
)

RESOURCES = {
    "/api/alerts/": "GET POST",
    "/api/alerts/{id}/": "GET PUT PATCH DELETE",
    "/api/alerts/events/": "GET",
    "/api/alerts/events/{id}/": "GET",
    "/api/alerts/events/{id}/read/": "POST",
    "/api/alerts/events/read-all/": "POST",
    "/api/watchlists/": "GET POST",
    "/api/watchlists/{id}/": "GET PUT PATCH DELETE",
    "/api/watchlists/{id}/items/": "POST",
    "/api/watchlists/{id}/items/{asset}/": "DELETE",
    "/api/watchlists/{id}/reorder/": "POST",
    "/api/keys/": "GET POST",
    "/api/keys/{prefix}/": "GET DELETE",
    "/api/system/decisions/{decision_id}": "GET",
    "/api/system/quarantine": "GET",
}
"""What has an owner and no predecessor: asked in tests/alerts, tests/cryptohub and ``test_schemathesis``."""

UNDESCRIBED = {"/api/schema/": "GET", "/api/docs/": "GET"}
"""The document itself, and its page."""
