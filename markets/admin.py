"""Admin of coins, their aliases at providers, and stored candles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from markets.assets import alias_check, alias_suggestions
from markets.models import Asset, AssetAlias, StoredCandle
from providers.models import Provider

MAX_SHOWN = 20
Action = Callable[[Any, HttpRequest, QuerySet[Any]], None]


def _switch_action(field: str, value: bool, label: str, done: str) -> Action:
    """Return an action that sets a switch on the selected rows and logs each change."""

    @admin.action(description=label, permissions=["change"])
    def act(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        changed = list(queryset.exclude(**{field: value}))
        queryset.update(**{field: value})
        for row in changed:
            modeladmin.log_change(request, row, f"{done.capitalize()}.")
        modeladmin.message_user(request, f"{len(changed)} {done}.", messages.SUCCESS)

    act.__name__ = done.replace(" ", "_")
    return act


class AliasForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """An alias, with a choice of the existing providers."""

    provider = forms.ChoiceField()

    class Meta:
        model = AssetAlias
        fields = ("asset", "provider", "name", "verified")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "provider" in self.fields:
            slugs = {*Provider.objects.values_list("slug", flat=True), *filter(None, [self.instance.provider])}
            self.fields["provider"].choices = [(slug, slug) for slug in sorted(slugs)]  # type: ignore[attr-defined]  # a ChoiceField


class SuggestionForm(forms.Form):
    """The provider to add suggested aliases for, and how it spells symbols."""

    provider = forms.ChoiceField()
    spelling = forms.ChoiceField(choices=[(name, f"as in {name}") for name in alias_suggestions.SPELLINGS])
    many = forms.IntegerField(
        label="Coins", initial=50, min_value=1, max_value=5000, help_text="How many of our coins, in order of rank."
    )
    verified = forms.BooleanField(
        label="I have checked that these tickers mean these coins there",
        required=False,
        help_text="Verified names are used at once. Others are listed below until you verify them.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        providers = Provider.objects.order_by("name").values_list("slug", "name")
        self.fields["provider"].choices = list(providers)  # type: ignore[attr-defined]  # a ChoiceField


class AliasInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    """The aliases on a coin's page."""

    model = AssetAlias
    form = AliasForm
    fields = ("provider", "name", "verified")
    extra = 0


class AliasFilter(admin.SimpleListFilter):
    """Filters coins by the state of their aliases."""

    title = "names"
    parameter_name = "names"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("unverified", "some not verified"), ("none", "none verified")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Filter the annotated rows of ``AssetAdmin``."""
        if self.value() == "unverified":
            return queryset.filter(unverified__gt=0)
        return queryset.filter(verified=0) if self.value() == "none" else queryset


@admin.register(Asset)
class AssetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Coins. A symbol that several coins share means the one with the best rank."""

    inlines = (AliasInline,)
    list_display = ("symbol", "name", "slug", "rank", "enabled", "asked_at")
    list_editable = ("rank", "enabled")
    list_filter = ("enabled", AliasFilter)
    search_fields = ("symbol", "name", "slug", "aliases__name")
    actions = (
        _switch_action("enabled", True, "Switch on", "switched on"),
        _switch_action("enabled", False, "Switch off", "switched off"),
    )
    fields = ("symbol", "name", "slug", "rank", "enabled")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Add the numbers of verified and unverified aliases."""
        rows: QuerySet[Asset] = super().get_queryset(request)
        return rows.annotate(
            verified=Count("aliases", filter=Q(aliases__verified=True), distinct=True),
            unverified=Count("aliases", filter=Q(aliases__verified=False), distinct=True),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Asset | None = None) -> tuple[str, ...]:
        """Make the slug read-only: watchlists, alerts and stored values refer to the coin by it."""
        return ("slug",) if obj else ()

    @admin.display(description="asked at", ordering="verified")
    def asked_at(self, asset: Any) -> str:
        """Return the number of providers with a verified alias, and of aliases to verify."""
        waiting = f", {asset.unverified} not verified" if asset.unverified else ""
        return f"{asset.verified} providers{waiting}"


def report_lines(report: alias_check.AliasReport) -> list[tuple[str, int]]:
    """Return a provider's report as sentences, each with its message level."""
    if report.problem:
        return [(f"{report.problem}.", messages.WARNING)]
    traded = [f"{name} ({', '.join(quotes)})" for name, quotes in report.traded.items()]
    sentences = (
        ("trades", traded, messages.SUCCESS),
        ("lists, but does not trade now:", report.not_trading, messages.WARNING),
        ("does not list", report.unlisted, messages.ERROR),
    )
    return [(f"{verb} {shortened(names)}.", level) for verb, names, level in sentences if names]


def shortened(names: list[str]) -> str:
    """List at most ``MAX_SHOWN`` names, and the number of the others."""
    more = f" and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else ""
    return ", ".join(names[:MAX_SHOWN]) + more


@admin.register(AssetAlias)
class AssetAliasAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Aliases by provider. Compare a price with another provider before verifying one."""

    change_list_template = "admin/markets/assetalias/change_list.html"

    form = AliasForm
    list_display = ("asset", "provider", "name", "verified")
    list_editable = ("verified",)
    list_filter = ("verified", "provider")
    list_select_related = ("asset",)
    search_fields = ("asset__symbol", "asset__name", "asset__slug", "name")
    autocomplete_fields = ("asset",)
    actions = (
        _switch_action("verified", True, "Verify: use this name at the provider", "verified"),
        _switch_action("verified", False, "Mark as not verified: do not use this name", "marked as not verified"),
        "check_at_the_provider",
    )

    @admin.action(description="Check: does the provider list these names?", permissions=["change"])
    def check_at_the_provider(self, request: HttpRequest, queryset: QuerySet[AssetAlias]) -> None:
        """Compare the aliases with the providers' own lists of pairs, and show the result."""
        for report in alias_check.check_aliases(queryset):
            for text, level in report_lines(report):
                self.message_user(request, f"{report.provider} {text}", level)

    def get_urls(self) -> list[URLPattern]:
        """Add the page of suggested aliases."""
        names = self.admin_site.admin_view(self.names_view)
        return [path("names/", names, name="markets_assetalias_names"), *super().get_urls()]

    def names_view(self, request: HttpRequest) -> HttpResponse:
        """Add our symbols as aliases of a provider."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = SuggestionForm(request.POST or None, initial={"provider": request.GET.get("provider", "")})
        if request.method == "POST" and form.is_valid():
            return self._add_aliases(request, form.cleaned_data)
        context = self.admin_site.each_context(request) | {"form": form, "title": "Names for a provider"}
        return TemplateResponse(request, "admin/markets/assetalias/names.html", context | {"opts": self.opts})

    def _add_aliases(self, request: HttpRequest, data: Mapping[str, Any]) -> HttpResponse:
        provider = Provider.objects.get(slug=data["provider"])
        verified = data["verified"]
        added, left = alias_suggestions.suggest(provider.slug, data["spelling"], data["many"], verified=verified)
        state = "verified" if verified else "not verified yet"
        self.message_user(request, f"{added} names for {provider}, {state}.", messages.SUCCESS)
        if left:
            shared = f"Left out, because another coin has the same symbol: {', '.join(left[:20])}."
            self.message_user(request, shared, messages.WARNING)
        if added:
            LogEntry.objects.log_actions(
                request.user.pk or 0, [provider], CHANGE, f"Given {added} names, {state}.", single_object=True
            )
        url = reverse("admin:markets_assetalias_changelist")
        return HttpResponseRedirect(f"{url}?provider={provider.slug}")


@admin.register(StoredCandle)
class StoredCandleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Closed candles as sources gave them. Delete wrong ones: missing candles are fetched again."""

    list_display = ("asset", "interval", "opens", "open", "high", "low", "close", "volume", "currency", "source")
    list_filter = ("source", "interval", "currency")
    search_fields = ("asset",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Forbid adding: candles come from sources only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: StoredCandle | None = None) -> bool:
        """Forbid changes: a candle is as its source gave it."""
        return False
