"""The form for a price alert."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from alerts.amounts import AmbiguousNumber, read_amount
from alerts.coin_input import parse_selection, quote_of_pair
from alerts.fields import positive
from alerts.models import DIRECTIONS, QUOTES
from markets.feeds import queries
from providers.domain.market_data import ANY_DOLLAR, Instrument


class AmountField(forms.DecimalField):
    """A positive number; accepts thousands separators, as in ``70,000.50``, and asks back what can mean two numbers.

    ``shown`` is the text that the form showed: sent back unchanged, it means what it was.
    """

    shown: str | None = None

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=40, decimal_places=18, validators=[positive], **kwargs)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs say int for all numbers
        """Parse the number. Raises ValidationError."""
        text = str(value or "").strip()
        if not text or text == self.shown:
            return super().to_python(text)
        try:
            return super().to_python(f"{read_amount(text):f}")
        except AmbiguousNumber as error:
            larger, smaller = error.readings
            raise forms.ValidationError(
                "“%(text)s” can mean two numbers. Write %(larger)s or %(smaller)s.",
                code="ambiguous",
                params={"text": text[:40], "larger": larger, "smaller": smaller},
            ) from None
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


COMPARED = frozenset({"threshold", "coin", "slug", "quote"})
"""Fields of which a change makes the threshold worth comparing with the price."""
FAR = 2
"""Factor between threshold and price from which a person is asked whether it is meant."""


class AlertForm(forms.Form):
    """A price alert, new or changed. ``coin`` is the typed text, ``slug`` the coin selected from the suggestions.

    ``asks_if_sure`` is True if the threshold is far from the price and was not confirmed.
    """

    asks_if_sure = False

    coin = forms.CharField(max_length=120, label="Coin", required=False)
    slug = forms.CharField(max_length=100, required=False, widget=forms.HiddenInput)
    direction = forms.ChoiceField(choices=DIRECTIONS, label="When its price", widget=forms.RadioSelect)
    threshold = AmountField(label="Threshold")
    quote = forms.ChoiceField(choices=list(QUOTES.items()), label="Quoted in", initial=ANY_DOLLAR)
    sure = forms.BooleanField(required=False, label="I am sure")
    note = forms.CharField(
        max_length=200,
        required=False,
        label="Note",
        help_text="Shown with the alert when it fires, for example what you want to do then.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["threshold"]
        field.shown = self.initial.get("threshold")

    def clean(self) -> dict[str, Any]:
        """Resolve the coin to its id; a pair (BTCUSDT) also sets the quote currency if that is left open.

        A pair in a currency without alerts is refused, and a threshold far from the price is asked back.
        """
        cleaned = super().clean() or {}
        try:
            instrument = parse_selection(cleaned.get("slug", ""), cleaned.get("coin", ""))
        except forms.ValidationError as error:
            self.add_error("coin", error)
            return cleaned
        cleaned["asset_id"] = instrument.asset
        try:
            quote = quote_of_pair(instrument, cleaned.get("quote"), QUOTES)
        except forms.ValidationError as error:
            self.add_error("coin", error)
            return cleaned
        if quote is not None:
            cleaned["quote"] = quote
        self._compare_with_price(cleaned)
        return cleaned

    def _compare_with_price(self, cleaned: dict[str, Any]) -> None:
        """Ask back a threshold that is far from the price, unless the box is ticked or nothing of it has changed."""
        threshold, quote = cleaned.get("threshold"), cleaned.get("quote", ANY_DOLLAR)
        if threshold is None or cleaned.get("sure") or COMPARED.isdisjoint(self.changed_data):
            return
        instrument = Instrument(cleaned["asset_id"], quote)
        row = queries.prices([instrument]).rows.get(instrument)
        if row is None or row.stale or 1 / FAR <= threshold / row.quote.price <= FAR:
            return
        self.asks_if_sure = True
        self.add_error(
            "threshold",
            f"The price is {row.quote.price:f} {row.quote.currency} now, which is far away. "
            "Tick “I am sure” below if this threshold is meant.",
        )

    @property
    def rule_fields(self) -> dict[str, Any]:
        """The fields for ``price_alerts.create`` and ``price_alerts.edit``."""
        return {name: self.cleaned_data[name] for name in ("asset_id", "direction", "threshold", "quote", "note")}
