"""How a provider without code of its own is asked and read, as rows an operator fills in: see ``adapters.generic``."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models

from providers.adapters.generic import definitions
from providers.adapters.generic.definitions import (
    DefinitionConf,
    RequestFormatConf,
    problems_of,
    problems_of_request_format,
)
from providers.adapters.generic.expressions import MAX_LENGTH
from providers.domain.adapter import KeyUse

REQUEST_FORMAT_FIELDS = tuple(field.name for field in fields(RequestFormatConf))
DEFINITION_FIELDS = tuple(field.name for field in fields(DefinitionConf))

KEY_USES = [
    (KeyUse.NONE.value, "takes none"),
    (KeyUse.OPTIONAL.value, "takes one, answers without"),
    (KeyUse.REQUIRED.value, "answers only with one"),
]
SHAPES = {name: said for shapes in definitions.SHAPES.values() for name, said in shapes.items()}
READ_FROM_ROW = "In a row."


def expression(help_text: str = READ_FROM_ROW, name: str | None = None) -> models.CharField[str, str]:
    """A column for a JMESPath expression."""
    return models.CharField(name, max_length=MAX_LENGTH, blank=True, default="", help_text=help_text)


class RequestFormat(models.Model):
    """How a provider is asked at all: what its markets are called, how it takes a key, how it says no."""

    provider = models.OneToOneField("providers.Provider", on_delete=models.CASCADE, related_name="request_format")
    symbol = models.CharField(
        "market's name",
        max_length=100,
        default="{base}{quote}",
        help_text="Made of {base} or {base_lower} (the coin's name there, see Assets) and {quote} or {quote_lower}: "
        "{base}-{quote} asks for BTC-USDT.",
    )
    quotes = models.CharField(
        "quote currencies",
        max_length=200,
        default="USDT",
        help_text="Parted by commas, the dollar to prefer first; EUR=XEUR where it spells one its own way.",
    )
    key_use = models.CharField("API key", max_length=10, choices=KEY_USES, default=KeyUse.NONE.value)
    key_place = models.CharField(
        "key is sent", max_length=10, choices=list(definitions.KEY_LOCATIONS.items()), default="header"
    )
    key_name = models.CharField(
        "of this name", max_length=60, blank=True, default="", help_text="As in Authorization, X-API-Key or apikey."
    )
    key_value = models.CharField(
        "as", max_length=100, blank=True, default="{key}", help_text="As in {key} or Bearer {key}."
    )
    limit_calls = models.PositiveIntegerField(
        "limit: calls", default=60, help_text="Its published limit: so many calls"
    )
    limit_seconds = models.PositiveIntegerField("in seconds", default=60, help_text="in so many seconds.")
    unknown_statuses = models.CharField(
        "statuses: no such market",
        max_length=60,
        blank=True,
        default="",
        help_text="HTTP statuses by which it says that it does not know a market, as in 404. Empty: such an answer "
        "is an outage.",
    )
    unknown_if = expression(
        "True in a body that says it does not know the market: error.code == 'no_market'.", "no such market if"
    )
    limited_if = expression("True in a body that says there were too many calls.", "limited if")
    failed_if = expression(
        "True in a body of status 200 that is an error all the same: success == `false`.", "failed if"
    )

    class Meta:
        verbose_name = "request format"

    def __str__(self) -> str:
        return f"How {self.provider} is asked"

    def conf(self) -> RequestFormatConf:
        return _conf(RequestFormatConf, self, REQUEST_FORMAT_FIELDS)

    def clean(self) -> None:
        """Sound by itself, and so that every definition of the provider stays sound."""
        _raise(problems_of_request_format(self.conf()))
        for definition in Definition.objects.filter(provider=self.provider_id):
            wrong = problems_of(definition.conf(), self.conf())
            if wrong:
                said = "; ".join(f"{field}: {problem}" for field, problem in wrong.items())
                raise ValidationError({"quotes": f"Its definition of {definition.category} would not hold: {said}"})


class Definition(models.Model):
    """How a provider answers one category: where to ask, and what is where in the answer."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE, related_name="definitions")
    category = models.CharField(max_length=32, choices=[(one.value, one.value) for one in definitions.PLACEHOLDERS])
    path = models.CharField(max_length=300, help_text="Below the endpoint's URL: /v1/ticker/{symbol}.")
    params = models.TextField(
        "parameters",
        blank=True,
        default="",
        help_text="One name=value a line. A line with a place that a question has no value for is left out.",
    )
    most = models.PositiveIntegerField("most in one call", default=100)
    intervals = models.CharField(
        max_length=200,
        blank=True,
        default="",
        help_text="The intervals it has, ours=theirs: 1m=1, 1h=60, 1d=1440. Of ours there are 1m, 5m, 15m, 30m, 1h, "
        "4h, 1d (from 00:00 UTC) and 1w (from Monday).",
    )
    shape = models.CharField("an answer is", max_length=10, choices=list(SHAPES.items()), blank=True, default="")
    rows = expression("Where they are in the answer, as in data.list; empty: the answer itself.")
    name = expression("The market's name in a row.", "market")
    name_is = models.CharField(
        "market is spelled",
        max_length=100,
        blank=True,
        default="",
        help_text="Where answers spell a market other than it is asked for: {base}/{quote}.",
    )
    price = expression()
    quantity = expression()
    change = expression("Of 24 hours.")
    change_unit = models.CharField(
        "change is in", max_length=10, choices=list(definitions.CHANGES.items()), default="percent"
    )
    volume = expression("Of 24 hours.")
    volume_unit = models.CharField(
        "volume is", max_length=10, choices=list(definitions.VOLUMES.items()), default="quote"
    )
    volume_scope = models.CharField(
        "volume of", max_length=10, choices=list(definitions.VOLUME_SCOPES.items()), default="venue"
    )
    average = expression("The average price, where the volume is in the coin: times it, it is one in the currency.")
    quote_volume = expression("In the quote currency.")
    time = expression()
    time_unit = models.CharField("time is in", max_length=10, choices=list(definitions.TIMES.items()), default="ms")
    open = expression()
    high = expression()
    low = expression()
    close = expression()
    bids = expression("The list of bids, in any order.")
    asks = expression("The list of asks, in any order.")
    title = expression()
    url = expression("The article's own address.", "URL")
    summary = expression()
    tags = expression("One word, or a list of them.")

    class Meta:
        ordering = ["provider", "category"]
        constraints = [models.UniqueConstraint(fields=["provider", "category"], name="definition_once_per_category")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.category}"

    def conf(self) -> DefinitionConf:
        return _conf(DefinitionConf, self, DEFINITION_FIELDS)

    def clean(self) -> None:
        _raise(problems_of(self.conf(), self._request_format()))

    def _request_format(self) -> RequestFormatConf:
        request_format = RequestFormat.objects.filter(provider=self.provider_id).first()
        return request_format.conf() if request_format else RequestFormatConf()


C = TypeVar("C", RequestFormatConf, DefinitionConf)


def _conf(made: type[C], row: models.Model, names: tuple[str, ...]) -> C:
    return made(**{name: getattr(row, name) for name in names})


def _raise(problems: dict[str, str]) -> None:
    if problems:
        raise ValidationError(dict[str, Any](problems))
