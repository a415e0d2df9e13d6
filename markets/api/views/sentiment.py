"""GET /api/ai/sentiment/{coin}: what is written about a coin, how it moves, and what both come to. No advice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from markets.analysis import lexicons, momentum, sentiment
from markets.analysis.article_merge import MergedArticle
from markets.analysis.momentum import Momentum
from markets.analysis.social_scores import mean_score
from markets.api.presenters import news as present_news
from markets.api.presenters import prices as present
from markets.api.problems import problem_for
from markets.api.schemas import news as shapes_news
from markets.api.schemas.sentiment import CoinSentiment
from markets.api.views.news import coin_named
from markets.assets.index import AssetRef
from markets.feeds import cache_dependencies, provenance, queries
from markets.feeds import news as newsstand
from markets.feeds import social as platforms
from markets.feeds.cache_dependencies import CacheDependencies
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.api.schemas import problems
from providers.domain.categories import Category
from providers.domain.market_data import Instrument
from providers.domain.wire_format import moment, money

CLOSES = 32
"""A month of closed days, and the one that is forming."""
DAY_HOURS = 24
MODEL = "local:lexicon"
METHOD = (
    f"News: the mean of headlines' scores by {lexicons.NAME}. Social: a day's posts scored likewise, members' votes as "
    "(up - 50) / 50. Momentum: tanh(z/2) of the week's log return over a week of the coin's own daily volatility. "
    "Overall: the mean of the parts that say anything, at least two. Confidence: the share of parts that do, less "
    "their disagreement. It describes what is, and recommends nothing."
)


class CoinSentimentView(PublicView):
    @extend_schema(
        operation_id="coin_sentiment",
        summary="How a coin is written about, and how it moves",
        description="Each part has its score from -1 to 1 with what it is made of, or null and the reason. "
        "`market_mood` is one maker's index of the whole market, named, and no part of the score.",
        parameters=[shapes_news.COIN],
        responses={200: CoinSentiment}
        | problems(
            s400="There are no parameters.",
            s404="No coin of this name is known.",
            s503="Neither news nor candles nor a price could be had, and none were known.",
            s504="No source answered within the deadline and nothing was known.",
        ),
        tags=["sentiment"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        parameters.reject_unknown(request.query_params, "explain")
        now = datetime.now(UTC)
        body, since, stands_on = whole_answer(coin_named(coin), now)
        return responses.build(body, since, cache_dependencies.combine([stands_on, platforms.until_next_minute(now)]))


def whole_answer(asset: AssetRef, now: datetime) -> tuple[dict[str, Any], datetime | None, CacheDependencies]:
    """The whole answer about a coin, when its oldest part was fetched, and what it stands on. Raises a problem when
    nothing at all could be had.
    """
    paper, series = queries.news(), queries.candles(asset.slug, interval="1d", limit=CLOSES)
    prices, mood = queries.prices([Instrument(asset.slug)]), queries.mood()
    social = platforms.coin_social(asset)
    if not paper.articles and series.missing and not prices.rows:
        missing = [*(outlet.missing for outlet in paper.outlets), series.missing, *prices.missing.values()]
        raise problem_for(missing, paper.meta)
    parts = (paper, series, prices, mood, social)
    metas = [found.meta for found in parts if found.meta.fetched_at is not None]
    whole = provenance.combine_meta(metas)
    row = next(iter(prices.rows.values()), None)
    body = {
        "success": True,
        "symbol": asset.symbol,
        "current_price": money(row.quote.price) if row else None,
        "currency": row.quote.currency if row else None,
        **_parts(asset, paper, series, _social(asset, social, now)),
        "market_mood": _mood(mood),
        "unknown": _unknown(prices, mood),
        "methodology": METHOD,
        "meta": present.meta(whole, [present_news.age_when_made(whole, now)], {asset.symbol: asset.slug})
        | {"source": MODEL, "endpoint": None, "chain": Category.SENTIMENT.value, "inputs": _inputs(metas)},
    }
    return body, whole.fetched_at, cache_dependencies.combine(found.dependencies for found in parts)


def _unknown(prices: queries.Prices, mood: queries.Mood) -> dict[str, str]:
    """Why there is no price, and why there is no index."""
    absent = {"current_price": next(iter(prices.missing.values()), None), "market_mood": mood.missing}
    return {name: missing.reason for name, missing in absent.items() if missing is not None}


def _parts(
    asset: AssetRef, paper: queries.NewsDigest, series: queries.CandleSeries, social: dict[str, Any]
) -> dict[str, Any]:
    """The breakdown, and what its parts come to."""
    news, moved = _news(asset, paper), _momentum(series)
    overall = momentum.combine_scores([news["score"], social["score"], moved["score"]])
    return {
        "overall_sentiment": sentiment.label(overall.score) if overall else None,
        "overall_score": overall.score if overall else None,
        "confidence": overall.confidence if overall else None,
        "reason": None if overall else "not enough to say: fewer than two parts say anything",
        "breakdown": {"news": news, "social_media": social, "market_momentum": moved},
    }


def _news(asset: AssetRef, paper: queries.NewsDigest) -> dict[str, Any]:
    told = newsstand.articles_about(paper.articles, asset)
    tones = [(one, sentiment.tone(_text(one), lexicons.lexicon())) for one in told]
    mood = sentiment.mood([tone for _, tone in tones])
    if not paper.articles:
        return _nothing("no outlet could be read")
    return {
        "score": mood.score,
        "label": mood.label,
        "count": mood.count,
        "scored": mood.scored,
        "positive": mood.positive,
        "neutral": mood.neutral,
        "negative": mood.negative,
        "reason": None if mood.label else f"not enough to say: {mood.scored} of {mood.count} articles say anything",
        "inputs": [
            {"id": one.id, "title": one.article.title, "source": one.sources[0], "score": tone.score if tone else None}
            for one, tone in tones
        ],
    }


def _social(asset: AssetRef, found: queries.Social, now: datetime) -> dict[str, Any]:
    """What platforms voice of the coin in a day; posts are counted, votes are not."""
    voices = platforms.platform_scores(found, asset, now.replace(second=0, microsecond=0), DAY_HOURS)
    score = mean_score(voices)
    if not voices:
        return _nothing("no platform could be read")
    return {
        "score": score,
        "label": None if score is None else sentiment.label(score),
        "count": sum(voice.count or 0 for voice in voices),
        "reason": None if score is not None else "not enough to say: no platform says anything",
        "inputs": [
            {"platform": each.platform, "kind": each.kind, "score": each.score, "count": each.count} for each in voices
        ],
    }


def _text(told: MergedArticle) -> str:
    return f"{told.article.title}. {told.article.summary or ''}"


def _momentum(series: queries.CandleSeries) -> dict[str, Any]:
    if series.missing is not None:
        return _nothing(series.missing.reason)
    closes = series.computable
    found = momentum.momentum([float(candle.close) for candle in closes])
    if found is None:
        return _nothing(f"not enough to say: {len(closes)} closed days, {momentum.MIN_CLOSES} are needed") | {
            "count": len(closes)
        }
    return {
        "score": found.score,
        "label": sentiment.label(found.score),
        "count": found.count,
        "reason": None,
        "inputs": [
            _returns(found)
            | {"source": series.meta.source, "currency": series.currency, "last": moment(closes[-1].opens)}
        ],
    }


def _returns(found: Momentum) -> dict[str, Any]:
    """In percent."""
    said = {
        "return_1d": found.return_1d,
        "return_7d": found.return_7d,
        "return_30d": found.return_30d,
        "volatility_daily": found.volatility,
    }
    return {name: None if value is None else round(100 * value, 4) for name, value in said.items()}


def _nothing(reason: str) -> dict[str, Any]:
    return {"score": None, "label": None, "count": 0, "reason": reason, "inputs": []}


def _mood(mood: queries.Mood) -> dict[str, Any] | None:
    if mood.value is None:
        return None
    said = mood.value
    return {
        "index": said.index,
        "value": said.value,
        "label": said.label,
        "as_of": moment(said.as_of),
        "source": mood.meta.source,
        "stale": mood.meta.stale,
        "stale_reason": mood.meta.stale_reason,
    }


def _inputs(metas: list[queries.Meta]) -> list[dict[str, Any]]:
    return [
        {
            "chain": meta.chain,
            "source": meta.source,
            "as_of": moment(meta.as_of),
            "fetched_at": moment(meta.fetched_at),
            "stale": meta.stale,
        }
        for meta in metas
    ]
