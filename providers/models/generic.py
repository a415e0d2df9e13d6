"""Request formats and definitions for the generic adapter, which operators fill in (see ``adapters.generic``)."""

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
    (KeyUse.NONE.value, "not used"),
    (KeyUse.OPTIONAL.value, "optional"),
    (KeyUse.REQUIRED.value, "required"),
]
SHAPES = {name: label for shapes in definitions.SHAPES.values() for name, label in shapes.items()}
READ_FROM_ROW = "Within a row."


def expression(help_text: str = READ_FROM_ROW, name: str | None = None) -> models.CharField[str, str]:
    """Return a column for a JMESPath expression."""
    return models.CharField(name, max_length=MAX_LENGTH, blank=True, default="", help_text=help_text)


class RequestFormat(models.Model):
    """A provider's request format: market names, API key, call limit and error answers."""

    provider = models.OneToOneField("providers.Provider", on_delete=models.CASCADE, related_name="request_format")
    symbol = models.CharField(
        "market's name",
        max_length=100,
        default="{base}{quote}",
        help_text="Template with {base} or {base_lower} (the provider's name of the coin, see Assets) and {quote} or "
        "{quote_lower}: {base}-{quote} gives BTC-USDT.",
    )
    quotes = models.CharField(
        "quote currencies",
        max_length=200,
        default="USDT",
        help_text="Separated by commas, the preferred dollar first; EUR=XEUR where the provider uses another name.",
    )
    key_use = models.CharField("API key", max_length=10, choices=KEY_USES, default=KeyUse.NONE.value)
    key_place = models.CharField(
        "API key is sent", max_length=10, choices=list(definitions.KEY_LOCATIONS.items()), default="header"
    )
    key_name = models.CharField(
        "name of header or parameter",
        max_length=60,
        blank=True,
        default="",
        help_text="For example Authorization, X-API-Key or apikey.",
    )
    key_value = models.CharField(
        "value", max_length=100, blank=True, default="{key}", help_text="For example {key} or Bearer {key}."
    )
    limit_calls = models.PositiveIntegerField("limit: calls", default=60, help_text="Published limit: number of calls")
    limit_seconds = models.PositiveIntegerField("in seconds", default=60, help_text="Length of the limit's window.")
    unknown_statuses = models.CharField(
        "statuses: no such market",
        max_length=60,
        blank=True,
        default="",
        help_text="HTTP statuses that mean an unknown market, for example 404. Empty: they count as a failure.",
    )
    unknown_if = expression(
        "True for a body that means an unknown market: error.code == 'no_market'.", "no such market if"
    )
    limited_if = expression("True for a body that means too many calls.", "limited if")
    failed_if = expression("True for a body of status 200 that is an error: success == `false`.", "failed if")

    class Meta:
        verbose_name = "request format"

    def __str__(self) -> str:
        return f"Request format of {self.provider}"

    def conf(self) -> RequestFormatConf:
        """Return the row as an immutable value."""
        return _conf(RequestFormatConf, self, REQUEST_FORMAT_FIELDS)

    def clean(self) -> None:
        """Raise ValidationError unless the format is valid and the provider's definitions stay valid with it."""
        _raise(problems_of_request_format(self.conf()))
        for definition in Definition.objects.filter(provider=self.provider_id):
            problems = problems_of(definition.conf(), self.conf())
            if problems:
                text = "; ".join(f"{field}: {problem}" for field, problem in problems.items())
                raise ValidationError(
                    {"quotes": f"The definition of {definition.category} would become invalid: {text}"}
                )


class Definition(models.Model):
    """A provider's route for one category, and the expressions that read its answer."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE, related_name="definitions")
    category = models.CharField(max_length=32, choices=[(one.value, one.value) for one in definitions.PLACEHOLDERS])
    path = models.CharField(max_length=300, help_text="Path below the endpoint's URL: /v1/ticker/{symbol}.")
    params = models.TextField(
        "parameters",
        blank=True,
        default="",
        help_text="One name=value per line. A line with a placeholder that has no value is left out.",
    )
    most = models.PositiveIntegerField("items per call", default=100)
    intervals = models.CharField(
        max_length=200,
        blank=True,
        default="",
        help_text="The provider's intervals, as hub=provider: 1m=1, 1h=60, 1d=1440. The hub has 1m, 5m, 15m, 30m, 1h, "
        "4h, 1d (from 00:00 UTC) and 1w (from Monday).",
    )
    shape = models.CharField("shape of the answer", max_length=10, choices=list(SHAPES.items()), blank=True, default="")
    rows = expression("Path of the rows in the answer, for example data.list; empty: the answer itself.")
    name = expression("The market's name within a row.", "market")
    name_is = models.CharField(
        "market name in answers",
        max_length=100,
        blank=True,
        default="",
        help_text="If answers name a market differently from requests: {base}/{quote}.",
    )
    price = expression()
    quantity = expression()
    change = expression("Over 24 hours.")
    change_unit = models.CharField(
        "unit of the change", max_length=10, choices=list(definitions.CHANGES.items()), default="percent"
    )
    volume = expression("Over 24 hours.")
    volume_unit = models.CharField(
        "unit of the volume", max_length=10, choices=list(definitions.VOLUMES.items()), default="quote"
    )
    volume_scope = models.CharField(
        "scope of the volume", max_length=10, choices=list(definitions.VOLUME_SCOPES.items()), default="venue"
    )
    average = expression("Average price, to convert a volume in coins into the quote currency.")
    quote_volume = expression("In the quote currency.")
    time = expression()
    time_unit = models.CharField(
        "unit of the time", max_length=10, choices=list(definitions.TIMES.items()), default="ms"
    )
    open = expression()
    high = expression()
    low = expression()
    close = expression()
    bids = expression("The list of bids, in any order.")
    asks = expression("The list of asks, in any order.")
    title = expression()
    url = expression("Address of the article.", "URL")
    summary = expression()
    tags = expression("One word or a list of words.")

    class Meta:
        ordering = ["provider", "category"]
        constraints = [models.UniqueConstraint(fields=["provider", "category"], name="definition_once_per_category")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.category}"

    def conf(self) -> DefinitionConf:
        """Return the row as an immutable value."""
        return _conf(DefinitionConf, self, DEFINITION_FIELDS)

    def clean(self) -> None:
        """Raise ValidationError unless the definition is valid with the provider's request format."""
        _raise(problems_of(self.conf(), self._request_format()))

    def _request_format(self) -> RequestFormatConf:
        request_format = RequestFormat.objects.filter(provider=self.provider_id).first()
        return request_format.conf() if request_format else RequestFormatConf()


C = TypeVar("C", RequestFormatConf, DefinitionConf)


def _conf(conf_class: type[C], row: models.Model, names: tuple[str, ...]) -> C:
    return conf_class(**{name: getattr(row, name) for name in names})


def _raise(problems: dict[str, str]) -> None:
    if problems:
        raise ValidationError(dict[str, Any](problems))
