"""The failover overview: every chain in order, the status of each link and endpoint, and the actions on them."""

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

from providers.admin.overview_rows import Overview, build_overview
from providers.domain.categories import Category
from providers.domain.config import EndpointConf, ProviderConf
from providers.domain.scope_keys import breaker_keys, endpoint_key, group_key, provider_key
from providers.models import Chain, ChainLink, Provider
from providers.operations import overrides
from providers.state import runtime
from providers.status.collect import collect


def current_overview() -> Overview:
    """Build the overview from the rows as they are now, including what was just changed here."""
    runtime.runtime().refresh()
    now = timezone.now()
    configuration, facts = collect(now.timestamp())
    return build_overview(configuration, facts, now, dict(Chain.objects.values_list("category", "pk")))


class OverviewView(View):
    """Show the overview and run its actions. ``GET ?part=1`` returns only the part that the page refreshes."""

    admin_site: ClassVar[admin.AdminSite] = admin.site

    def get(self, request: HttpRequest) -> HttpResponse:
        """Render the overview; 403 without the permission to view chains."""
        if not request.user.has_perm("providers.view_chain"):
            raise PermissionDenied
        context = {
            "overview": current_overview(),
            "can_operate": request.user.has_perm("providers.change_health"),
            "can_end_cooldowns": request.user.has_perm("providers.delete_cooldown"),
            "can_switch": request.user.has_perm("providers.change_chainlink"),
        }
        if "part" in request.GET:
            return TemplateResponse(request, "admin/providers/_overview.html", context)
        site_context = self.admin_site.each_context(request) | {"title": "Failover", "subtitle": None}
        return TemplateResponse(request, "admin/providers/overview.html", site_context | context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Run the posted ``action``, log it, and redirect back; 400 for an unknown one, 403 without its permission."""
        permission, run = ACTIONS.get(request.POST.get("action", ""), (None, None))
        if permission is None or run is None:
            raise BadRequest("no such action")
        if not request.user.has_perm(permission):
            raise PermissionDenied
        row, message = run(request.POST)
        LogEntry.objects.log_actions(request.user.pk or 0, [row], CHANGE, message, single_object=True)
        messages.success(request, f"{row}: {message}")
        return HttpResponseRedirect(reverse("admin:providers_overview"))


Posted = Mapping[str, Any]
Change = tuple[Model, str]
"""The row that an action is logged under, and the log message."""


def _trip(posted: Posted) -> Change:
    provider, endpoint = _endpoint(posted)
    overrides.trip([endpoint_key(endpoint)], timezone.now())
    return _provider_row(provider), f"{endpoint.host} tripped by hand"


def _close(posted: Posted) -> Change:
    """Close every breaker that keeps this endpoint out of this category."""
    provider, endpoint = _endpoint(posted)
    overrides.close(breaker_keys(provider, endpoint, _category(posted)), timezone.now())
    return _provider_row(provider), f"{endpoint.host} closed by hand"


def _end_cooldown(posted: Posted) -> Change:
    """End every cooldown over this endpoint: its own, its provider's, its quota group's."""
    provider, endpoint = _endpoint(posted)
    overrides.end_cooldown([endpoint_key(endpoint), provider_key(provider), group_key(provider)])
    return _provider_row(provider), f"cooldown of {endpoint.host} ended by hand"


def _switch_link(on: bool) -> Callable[[Posted], Change]:
    def switch(posted: Posted) -> Change:
        link = get_object_or_404(ChainLink.objects.select_related("chain", "provider"), pk=_number(posted, "link"))
        ChainLink.objects.filter(pk=link.pk).update(enabled=on)
        return link.chain, f"{link.provider} switched {'on' if on else 'off'}"

    return switch


ACTIONS: Mapping[str, tuple[str, Callable[[Posted], Change]]] = {
    "trip": ("providers.change_health", _trip),
    "close": ("providers.change_health", _close),
    "end_cooldown": ("providers.delete_cooldown", _end_cooldown),
    "switch_on": ("providers.change_chainlink", _switch_link(True)),
    "switch_off": ("providers.change_chainlink", _switch_link(False)),
}
"""Each action with the permission it needs."""


def _endpoint(posted: Posted) -> tuple[ProviderConf, EndpointConf]:
    """Return the posted endpoint as it is configured now, or raise Http404."""
    endpoint_id = _number(posted, "endpoint")
    state = runtime.runtime()
    state.refresh()
    for provider in state.configuration.providers.values():
        for endpoint in provider.endpoints:
            if endpoint.id == endpoint_id:
                return provider, endpoint
    raise Http404


def _provider_row(provider: ProviderConf) -> Provider:
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
