"""The body of /api/ai/sentiment/{coin}."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from msgspec.structs import asdict

from markets.analysis import lexicons, momentum, sentiment
from markets.analysis.momentum import Momentum
from markets.analysis.social_scores import mean_score
from markets.api.schemas.common import meta_now
from markets.assets.index import AssetRef
from markets.feeds import news, provenance, queries, social
from providers.api.structs import UNSET, Answer, Body, Doc, Meta, Moment, Money, UnsetType
from providers.domain.categories import Category
from providers.domain.wire_format import moment, money

DAY_HOURS = 24
MODEL = "local:lexicon"
METHOD = (
    f"News: the mean of headlines' scores by {lexicons.NAME}. Social: a day's posts scored likewise, members' votes as "
    "(up - 50) / 50. Momentum: tanh(z/2) of the week's log return over a week of the coin's own daily volatility. "
    "Overall: the mean of the parts that have a score, at least two. Confidence: the share of parts that do, less "
    "their disagreement. It describes what is, and recommends nothing."
)
TOO_FEW_PARTS = "not enough data: fewer than two parts have a score"


class Part(Body):
    """A part of the overall score."""

    score: Annotated[float | None, Doc(description="From -1 to 1; null where there is not enough data.")]
    label: Annotated[str | None, Doc(description="positive, neutral or negative.")]
    count: Annotated[int, Doc(description="Number of articles, posts or closed days.")]
    scored: Annotated[int | UnsetType, Doc(description="Articles with a word of the lexicon.")] = UNSET
    positive: int | UnsetType = UNSET
    neutral: int | UnsetType = UNSET
    negative: int | UnsetType = UNSET
    reason: Annotated[str | None, Doc(description="The reason why there is no score.")]
    inputs: Annotated[list[dict[str, Any]], Doc(description="The data behind the score.")]


class Breakdown(Body):
    """The parts of the overall score; `scored` and the counts by label are of news alone."""

    news: Part
    social_media: Part
    market_momentum: Part


class MarketMood(Body):
    """A maker's index of fear and greed."""

    index: Annotated[str, Doc(description="The index: those of several makers differ.")]
    value: Annotated[int, Doc(description="0 is fear, 100 greed.")]
    label: Annotated[str, Doc(description="The maker's own word.")]
    as_of: Moment | None
    source: str | None
    stale: bool
    stale_reason: str | None


class SentimentInput(Body):
    """The provenance of one input."""

    chain: str
    source: str | None
    as_of: Moment | None
    fetched_at: Moment | None
    stale: bool


class SentimentMeta(Meta):
    """The lexicon as the source, and the upstream inputs; ages are those of the oldest."""

    inputs: list[SentimentInput]


class CoinSentiment(Answer):
    """Sentiment of the news and posts about a coin, and its momentum; nothing here is a recommendation."""

    symbol: str
    current_price: Money | None
    currency: str | None
    overall_sentiment: Annotated[str | None, Doc(description="positive, neutral or negative.")]
    overall_score: float | None
    confidence: Annotated[float | None, Doc(description="From 0 to 1.")]
    reason: Annotated[str | None, Doc(description="The reason why there is no overall score.")]
    breakdown: Breakdown
    market_mood: MarketMood | None
    unknown: Annotated[dict[str, str], Doc(description="The reason why a member is null.")]
    methodology: str
    meta: SentimentMeta


@dataclass(frozen=True, slots=True)
class Inputs:
    """The data about one coin."""

    coin: AssetRef
    digest: queries.NewsDigest
    series: queries.CandleSeries
    prices: queries.Prices
    mood: queries.Mood
    social: queries.Social

    @property
    def results(self) -> Sequence[Any]:
        """All results, each with its ``meta`` and ``dependencies``."""
        return self.digest, self.series, self.prices, self.mood, self.social

    @property
    def metas(self) -> list[provenance.Meta]:
        """The provenance of the results that have any data."""
        return [result.meta for result in self.results if result.meta.fetched_at is not None]


def coin_sentiment(inputs: Inputs, now: datetime) -> CoinSentiment:
    """The body made from these inputs."""
    parts = Breakdown(news=_news(inputs), social_media=_social(inputs, now), market_momentum=_momentum(inputs.series))
    overall = momentum.combine_scores([parts.news.score, parts.social_media.score, parts.market_momentum.score])
    row = next(iter(inputs.prices.rows.values()), None)
    absent = {"current_price": next(iter(inputs.prices.missing.values()), None), "market_mood": inputs.mood.missing}
    return CoinSentiment(
        symbol=inputs.coin.symbol,
        current_price=money(row.quote.price) if row else None,
        currency=row.quote.currency if row else None,
        overall_sentiment=sentiment.label(overall.score) if overall else None,
        overall_score=overall.score if overall else None,
        confidence=overall.confidence if overall else None,
        reason=None if overall else TOO_FEW_PARTS,
        breakdown=parts,
        market_mood=_mood(inputs.mood),
        unknown={name: missing.reason for name, missing in absent.items() if missing is not None},
        methodology=METHOD,
        meta=_meta(inputs, now),
    )


def _meta(inputs: Inputs, now: datetime) -> SentimentMeta:
    whole = meta_now(provenance.combine_meta(inputs.metas), now, {inputs.coin.symbol: inputs.coin.slug})
    own = {"source": MODEL, "endpoint": None, "chain": Category.SENTIMENT.value}
    rows = [
        SentimentInput(
            chain=meta.chain,
            source=meta.source,
            as_of=moment(meta.as_of),
            fetched_at=moment(meta.fetched_at),
            stale=meta.stale,
        )
        for meta in inputs.metas
    ]
    return SentimentMeta(**(asdict(whole) | own), inputs=rows)


def _no_score(reason: str, count: int = 0) -> Part:
    return Part(score=None, label=None, count=count, reason=reason, inputs=[])


def _news(inputs: Inputs) -> Part:
    if not inputs.digest.articles:
        return _no_score("no outlet could be read")
    articles = news.articles_about(inputs.digest.articles, inputs.coin)
    texts = [f"{merged.article.title}. {merged.article.summary or ''}" for merged in articles]
    tones = [sentiment.tone(text, lexicons.lexicon()) for text in texts]
    mood = sentiment.mood(tones)
    return Part(
        score=mood.score,
        label=mood.label,
        count=mood.count,
        scored=mood.scored,
        positive=mood.positive,
        neutral=mood.neutral,
        negative=mood.negative,
        reason=None if mood.label else f"not enough data: {mood.scored} of {mood.count} articles have a score",
        inputs=[
            {
                "id": merged.id,
                "title": merged.article.title,
                "source": merged.sources[0],
                "score": tone.score if tone else None,
            }
            for merged, tone in zip(articles, tones, strict=True)
        ],
    )


def _social(inputs: Inputs, now: datetime) -> Part:
    """The scores of a day on platforms; posts are counted, votes are not."""
    until = now.replace(second=0, microsecond=0)
    platforms = social.platform_scores(inputs.social, inputs.coin, until, DAY_HOURS)
    if not platforms:
        return _no_score("no platform could be read")
    score = mean_score(platforms)
    return Part(
        score=score,
        label=None if score is None else sentiment.label(score),
        count=sum(platform.count or 0 for platform in platforms),
        reason=None if score is not None else "not enough data: no platform has a score",
        inputs=[
            {"platform": each.platform, "kind": each.kind, "score": each.score, "count": each.count}
            for each in platforms
        ],
    )


def _momentum(series: queries.CandleSeries) -> Part:
    if series.missing is not None:
        return _no_score(series.missing.reason)
    closed = series.computable
    moved = momentum.momentum([float(candle.close) for candle in closed])
    if moved is None:
        reason = f"not enough data: {len(closed)} closed days, {momentum.MIN_CLOSES} are needed"
        return _no_score(reason, len(closed))
    source = {"source": series.meta.source, "currency": series.currency, "last": moment(closed[-1].opens)}
    return Part(
        score=moved.score,
        label=sentiment.label(moved.score),
        count=moved.count,
        reason=None,
        inputs=[_returns(moved) | source],
    )


def _returns(moved: Momentum) -> dict[str, Any]:
    """Returns and volatility in percent."""
    values = {
        "return_1d": moved.return_1d,
        "return_7d": moved.return_7d,
        "return_30d": moved.return_30d,
        "volatility_daily": moved.volatility,
    }
    return {name: None if value is None else round(100 * value, 4) for name, value in values.items()}


def _mood(mood: queries.Mood) -> MarketMood | None:
    if mood.value is None:
        return None
    return MarketMood(
        index=mood.value.index,
        value=mood.value.value,
        label=mood.value.label,
        as_of=moment(mood.value.as_of),
        source=mood.meta.source,
        stale=mood.meta.stale,
        stale_reason=mood.meta.stale_reason,
    )
