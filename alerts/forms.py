"""The form for a price alert."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms

from alerts.coin_input import parse_selection
from alerts.fields import positive
from alerts.models import DIRECTIONS, QUOTES
from providers.domain.market_data import ANY_DOLLAR

_THOUSANDS = re.compile(r"\d{1,3}([, \u00a0\u202f]\d{3})+(\.\d*)?")


class AmountField(forms.DecimalField):
    """A positive number; accepts thousands separators, as in ``70,000.50``."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=40, decimal_places=18, validators=[positive], **kwargs)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs say int for all numbers
        """Remove thousands separators, then parse."""
        text = str(value or "").strip()
        if _THOUSANDS.fullmatch(text):
            text = re.sub(r"[^\d.]", "", text)
        return super().to_python(text)


class AlertForm(forms.Form):
    """A price alert, new or changed. ``coin`` is the typed text, ``slug`` the coin selected from the suggestions."""

    coin = forms.CharField(max_length=120, label="Coin", required=False)
    slug = forms.CharField(max_length=100, required=False, widget=forms.HiddenInput)
    direction = forms.ChoiceField(choices=DIRECTIONS, label="When its price", widget=forms.RadioSelect)
    threshold = AmountField(label="Threshold")
    quote = forms.ChoiceField(choices=list(QUOTES.items()), label="Quoted in", initial=ANY_DOLLAR)
    note = forms.CharField(
        max_length=200,
        required=False,
        label="Note",
        help_text="Shown with the alert when it fires, for example what you want to do then.",
    )

    def clean(self) -> dict[str, Any]:
        """Resolve the coin to its id; a pair (BTCUSDT) also sets the quote currency if that is left open."""
        cleaned = super().clean() or {}
        try:
            instrument = parse_selection(cleaned.get("slug", ""), cleaned.get("coin", ""))
        except forms.ValidationError as error:
            self.add_error("coin", error)
            return cleaned
        cleaned["asset_id"] = instrument.asset
        if instrument.quote in QUOTES and cleaned.get("quote") == ANY_DOLLAR:
            cleaned["quote"] = instrument.quote
        return cleaned

    @property
    def rule_fields(self) -> dict[str, Any]:
        """The fields for ``price_alerts.create`` and ``price_alerts.edit``."""
        return {name: self.cleaned_data[name] for name in ("asset_id", "direction", "threshold", "quote", "note")}
