"""One page for an outage: every chain in its order, how each link and endpoint stands, and the levers beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views import View

from providers.admin.failover_board import Board, board
from providers.domain.categories import Category
from providers.domain.config import EndpointConf, ProviderConf
from providers.domain.scope_keys import breaker_keys, endpoint_key, group_key, provider_key
from providers.models import Chain, ChainLink, Provider
from providers.operations import overrides
from providers.state import runtime
from providers.status.collect import collect


def current_board() -> Board:
    """The board from the rows as they are now, what was just done here included."""
    runtime.runtime().refresh()
    now = timezone.now()
    configuration, facts = collect(now.timestamp())
    return board(configuration, facts, now, dict(Chain.objects.values_list("category", "pk")))


class OverviewView(View):
    """GET shows (``?part=1``: without the frame, for the refresh); POST pulls a lever and comes back."""

    admin_site: ClassVar[admin.AdminSite] = admin.site

    def get(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("providers.view_chain"):
            raise PermissionDenied
        context = {
            "board": current_board(),
            "can_operate": request.user.has_perm("providers.change_health"),
            "can_lift": request.user.has_perm("providers.delete_cooldown"),
            "can_switch": request.user.has_perm("providers.change_chainlink"),
        }
        if "part" in request.GET:
            return TemplateResponse(request, "admin/providers/_board.html", context)
        frame = self.admin_site.each_context(request) | {"title": "Failover", "subtitle": None}
        return TemplateResponse(request, "admin/providers/overview.html", frame | context)

    def post(self, request: HttpRequest) -> HttpResponse:
        permission, pull = LEVERS.get(request.POST.get("action", ""), (None, None))
        if permission is None or pull is None:
            raise BadRequest("no such action")
        if not request.user.has_perm(permission):
            raise PermissionDenied
        row, told = pull(request.POST)
        _log(request, row, told)
        messages.success(request, f"{row}: {told}")
        return HttpResponseRedirect(reverse("admin:providers_overview"))


def _log(request: HttpRequest, row: Model, told: str) -> None:
    LogEntry.objects.log_actions(request.user.pk or 0, [row], CHANGE, told, single_object=True)


Posted = Mapping[str, Any]
Told = tuple[Model, str]


def _trip(posted: Posted) -> Told:
    provider, endpoint = _endpoint(posted)
    overrides.trip([endpoint_key(endpoint)], timezone.now())
    return _row(provider), f"{endpoint.host} tripped by hand"


def _close(posted: Posted) -> Told:
    """Everything that keeps this endpoint out of this category."""
    provider, endpoint = _endpoint(posted)
    overrides.close(breaker_keys(provider, endpoint, _category(posted)), timezone.now())
    return _row(provider), f"{endpoint.host} closed by hand"


def _lift(posted: Posted) -> Told:
    """Whatever parks this endpoint: its own cooldown, its provider's, its quota group's."""
    provider, endpoint = _endpoint(posted)
    overrides.end_cooldown([endpoint_key(endpoint), provider_key(provider), group_key(provider)])
    return _row(provider), f"cooldown of {endpoint.host} lifted by hand"


def _switch(on: bool) -> Callable[[Posted], Told]:
    def switch(posted: Posted) -> Told:
        link = get_object_or_404(ChainLink.objects.select_related("chain", "provider"), pk=_number(posted, "link"))
        ChainLink.objects.filter(pk=link.pk).update(enabled=on)
        return link.chain, f"{link.provider} switched {'on' if on else 'off'}"

    return switch


LEVERS: Mapping[str, tuple[str, Callable[[Posted], Told]]] = {
    "trip": ("providers.change_health", _trip),
    "close": ("providers.change_health", _close),
    "lift": ("providers.delete_cooldown", _lift),
    "switch_on": ("providers.change_chainlink", _switch(True)),
    "switch_off": ("providers.change_chainlink", _switch(False)),
}


def _endpoint(posted: Posted) -> tuple[ProviderConf, EndpointConf]:
    """The endpoint that was meant, as it is configured now."""
    number = _number(posted, "endpoint")
    here = runtime.runtime()
    here.refresh()
    for provider in here.configuration.providers.values():
        for endpoint in provider.endpoints:
            if endpoint.id == number:
                return provider, endpoint
    raise Http404


def _row(provider: ProviderConf) -> Provider:
    return get_object_or_404(Provider, pk=provider.id)


def _number(posted: Posted, name: str) -> int:
    text = str(posted.get(name, ""))
    if not text.isdecimal() or len(text) > 18:
        raise BadRequest(f"{name} is not a number")
    return int(text)


def _category(posted: Posted) -> Category:
    try:
        return Category(str(posted.get("category", "")))
    except ValueError:
        raise BadRequest("no such category") from None
