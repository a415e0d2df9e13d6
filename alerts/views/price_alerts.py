"""The price alert pages: create, edit, switch, delete, and the state of each alert."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alerts.coin_input import label, parse_selection
from alerts.forms import AlertForm
from alerts.models import QUOTES, PriceAlert
from alerts.rules import price_alerts
from alerts.views.access import MemberRequest, member_only
from markets.assets import registry
from markets.feeds import queries
from providers.domain.market_data import ANY_DOLLAR, Instrument

SHOWN = "alerts.shown"
FORM_FIELDS = ("asset_id", "direction", "threshold", "quote", "note")


@require_http_methods(["GET", "POST"])
@member_only
def page(request: MemberRequest) -> HttpResponse:
    """Show all alerts and the form for a new one; ``?coin=`` fills in the coin."""
    if request.method == "POST":
        form = AlertForm(request.POST)
        if form.is_valid() and _create(request, form):
            return redirect("alerts:alerts")
    else:
        form = AlertForm(initial=_initial_coin(request.GET.get("coin", "")) | {"direction": "above"})
    return render(request, "alerts/alerts.html", {"form": form, "alerts": _own_alerts(request)})


@require_http_methods(["GET", "POST"])
@member_only
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    """Show and save the form for one alert."""
    alert = get_object_or_404(_own_alerts(request), pk=pk)
    form = AlertForm(request.POST or None, initial=_initial_fields(alert))
    shown = _shown_before(request, alert)
    if request.method == "POST" and form.is_valid() and _edit(alert, form, shown):
        messages.success(request, "Saved. The alert starts over and waits to be armed.")
        return redirect("alerts:alerts")
    context = {"form": form, "alert": alert, "shown": signing.dumps(shown, salt=SHOWN)}
    return render(request, "alerts/alert.html", context)


@require_POST
@member_only
def switch(request: MemberRequest, pk: int) -> HttpResponse:
    """Switch an alert on (``enabled=1``) or off."""
    alert = get_object_or_404(_own_alerts(request), pk=pk)
    price_alerts.edit(alert, {"enabled": request.POST.get("enabled") == "1"}, timezone.now())
    if request.htmx:
        return render(request, "alerts/_alert.html", {"alert": alert})
    return redirect("alerts:alerts")


@require_POST
@member_only
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Delete an alert; its events stay in the inbox."""
    get_object_or_404(_own_alerts(request), pk=pk).delete()
    if request.htmx:
        return render(request, "alerts/_alerts.html", {"alerts": _own_alerts(request)})
    return redirect("alerts:alerts")


@require_GET
@member_only
def states(request: MemberRequest) -> HttpResponse:
    """Return the state of each alert as out-of-band swaps."""
    return render(request, "alerts/_alert_states.html", {"alerts": _own_alerts(request)})


@require_GET
@member_only
def current_price(request: MemberRequest) -> HttpResponse:
    """Show the current price of the coin in the form, to help choose a threshold."""
    try:
        instrument = parse_selection(request.GET.get("slug", ""), request.GET.get("coin", ""))
    except ValidationError:
        return render(request, "alerts/_price_now.html", {})
    quote = request.GET.get("quote", ANY_DOLLAR)
    instrument = Instrument(instrument.asset, quote if quote in QUOTES and quote != ANY_DOLLAR else instrument.quote)
    prices = queries.prices([instrument])
    context = {
        "asset": registry.get(instrument.asset),
        "row": prices.rows.get(instrument),
        "missing": prices.missing.get(instrument),
    }
    return render(request, "alerts/_price_now.html", context)


def _own_alerts(request: MemberRequest) -> Any:
    return PriceAlert.objects.owned_by(request.user).select_related("asset")


def _shown(alert: PriceAlert) -> dict[str, str]:
    """Return the fields of an alert as a form carries them, to tell later what its author has changed."""
    return {name: str(getattr(alert, name)) for name in FORM_FIELDS}


def _shown_before(request: MemberRequest, alert: PriceAlert) -> dict[str, str]:
    """Return what the page showed when it was opened, however often the form has come back since."""
    try:
        return dict(signing.loads(request.POST.get("shown", ""), salt=SHOWN))
    except signing.BadSignature:
        return _shown(alert)


def _edit(alert: PriceAlert, form: AlertForm, shown: dict[str, str]) -> bool:
    """Save what the author changed; on a conflict name it, count the fields as shown now, and return False."""
    known: dict[str, object] = {**shown, "threshold": Decimal(shown["threshold"])}
    try:
        changes = price_alerts.changes_since(alert, known, form.rule_fields)
    except price_alerts.Conflict as conflict:
        for name in conflict.fields:
            now = alert.asset_id if name == "asset_id" else getattr(alert, name)
            text = f"Changed elsewhere to “{now}” while this page was open. Save again to overwrite it."
            form.add_error("coin" if name == "asset_id" else name, text)
            shown[name] = str(now)
        return False
    price_alerts.edit(alert, changes, timezone.now())
    return True


def _create(request: MemberRequest, form: AlertForm) -> bool:
    try:
        price_alerts.create(request.user, form.rule_fields)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    messages.success(request, "The alert is set.")
    return True


def _initial_coin(coin: str) -> dict[str, str]:
    """Return the form's coin fields for the coin in the query string, if it is known."""
    instrument = registry.find(coin) if coin else None
    asset = registry.get(instrument.asset) if instrument else None
    return {"coin": label(asset), "slug": asset.slug} if asset else {}


def _initial_fields(alert: PriceAlert) -> dict[str, Any]:
    return {
        "coin": label(alert.asset),
        "slug": alert.asset_id,
        "direction": alert.direction,
        "threshold": f"{alert.threshold:f}",
        "quote": alert.quote,
        "note": alert.note,
    }
