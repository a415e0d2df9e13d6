"""Chains: links dragged into order, strategy and times. Each save is one revision."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from adminsortable2.admin import CustomInlineFormSet, SortableAdminBase, SortableTabularInline
from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from providers.admin.overview import OverviewView
from providers.domain.categories import Category
from providers.models import Chain, ChainLink


class LinkForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A link's fields; dragging the row sets its position."""

    class Meta:
        model = ChainLink
        fields = ("provider", "tier", "weight", "lineage", "enabled", "position")

    def clean_position(self) -> int:
        """Keep the current position if none is posted."""
        position = self.cleaned_data.get("position")
        return int(self.instance.position if position is None else position)


class LinkFormSet(CustomInlineFormSet):
    """The links of one chain, validated in the order they will have after the save."""

    def clean(self) -> None:
        """Refuse an order in which tiers decrease."""
        super().clean()
        if not any(self.errors):
            problems = tier_problems(
                [(str(form.instance.provider), form.instance.tier) for form in self._ordered_forms()]
            )
            if problems:
                raise ValidationError(problems)

    def _ordered_forms(self) -> list[Any]:
        """Return the forms that remain: saved links by position, then new ones, which are saved last."""
        remaining = [form for form in self.forms if not form.cleaned_data.get("DELETE")]
        saved = [form for form in remaining if form in self.initial_forms]
        new = [form for form in remaining if form in self.extra_forms and form.has_changed()]
        return [*sorted(saved, key=lambda form: (form.instance.position, form.instance.pk)), *new]


def tier_problems(links: list[tuple[str, int]]) -> list[str]:
    """Return an error for each link of a chain, given as (provider, tier), whose tier is lower than the one above."""
    return [
        f"Tiers must not decrease along the chain: {name} (tier {tier}) comes after {above} (tier {tier_above}). "
        f"Move it up, or give it tier {tier_above} or more."
        for (above, tier_above), (name, tier) in pairwise(links)
        if tier < tier_above
    ]


class LinkInline(SortableTabularInline):
    """The links of a chain as rows to drag into order."""

    model = ChainLink
    form = LinkForm
    formset = LinkFormSet
    fields = ("provider", "tier", "weight", "lineage", "enabled")
    extra = 0
    verbose_name_plural = "links, in the order they are called: drag a row by its name to move it"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Remove the add and change buttons from the choice of providers: that has its own page."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


@admin.register(Chain)
class ChainAdmin(SortableAdminBase, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Chains, one per category; none can be deleted, and none added once every category has one."""

    inlines = (LinkInline,)
    list_display = ("category", "order", "strategy", "deadline_ms", "cache_s", "stale_s")
    list_editable = ("strategy", "deadline_ms", "cache_s", "stale_s")
    fields = ("category", "strategy", "deadline_ms", "cache_s", "stale_s")
    change_list_template = "admin/providers/chain/change_list.html"

    class Media:
        js = ("js/admin-chain.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Chain]:
        """Fetch the links and their providers along with the chains."""
        links = Prefetch("links", queryset=ChainLink.objects.select_related("provider"))
        return super().get_queryset(request).prefetch_related(links)

    def get_readonly_fields(self, request: HttpRequest, obj: Chain | None = None) -> tuple[str, ...]:
        """Fix the category of a saved chain."""
        return ("category",) if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow adding only while a category has no chain."""
        missing = Chain.objects.count() < len(Category)
        return missing and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Chain | None = None) -> bool:
        """Return False."""
        return False

    @admin.display(description="order of calls")
    def order(self, chain: Chain) -> SafeString:
        """List the providers in chain order; switched-off ones are struck out."""
        links = [(self._css_class(link), link.provider.name) for link in chain.links.all()]
        if not links:
            return format_html('<span class="hub-quiet-text">{}</span>', "no links yet")
        return format_html_join(" → ", '<span class="{}">{}</span>', links)

    @staticmethod
    def _css_class(link: ChainLink) -> str:
        return "" if link.enabled and link.provider.enabled else "hub-off-text"

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Renumber the positions from 0 in the same transaction, so that a drag is one revision."""
        super().save_related(request, form, formsets, change)
        for position, link in enumerate(form.instance.links.order_by("position", "pk")):
            if link.position != position:
                ChainLink.objects.filter(pk=link.pk).update(position=position)

    def get_urls(self) -> list[URLPattern]:
        """Add the failover overview."""
        overview = self.admin_site.admin_view(OverviewView.as_view(admin_site=self.admin_site))
        return [path("overview/", overview, name="providers_overview"), *super().get_urls()]
