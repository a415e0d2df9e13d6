"""Chains: their links dragged into order, their strategy and times. A save is one revision."""

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
    """A link's own fields; its place comes from where it was dragged to."""

    class Meta:
        model = ChainLink
        fields = ("provider", "tier", "weight", "lineage", "enabled", "position")

    def clean_position(self) -> int:
        """Without a place of its own a link keeps the one it had; a new one goes to the end."""
        position = self.cleaned_data.get("position")
        return int(self.instance.position if position is None else position)


class LinkFormSet(CustomInlineFormSet):
    """The links of one chain, checked in the order they will stand in."""

    def clean(self) -> None:
        super().clean()
        if not any(self.errors):
            problems = tier_problems([(str(form.instance.provider), form.instance.tier) for form in self._in_order()])
            if problems:
                raise ValidationError(problems)

    def _in_order(self) -> list[Any]:
        """What stays, by position; what is new comes last, as it is saved last."""
        kept = [form for form in self.forms if not form.cleaned_data.get("DELETE")]
        staying = [form for form in kept if form in self.initial_forms]
        new = [form for form in kept if form in self.extra_forms and form.has_changed()]
        return [*sorted(staying, key=lambda form: (form.instance.position, form.instance.pk)), *new]


def tier_problems(links: list[tuple[str, int]]) -> list[str]:
    """Where tiers decrease along a chain of (provider, tier)."""
    return [
        f"Tiers must not decrease along the chain: {name} (tier {tier}) stands after {above} (tier {highest}). "
        f"Move it up, or give it tier {highest} or more."
        for (above, highest), (name, tier) in pairwise(links)
        if tier < highest
    ]


class LinkInline(SortableTabularInline):
    """Drag a link to where it should be asked."""

    model = ChainLink
    form = LinkForm
    formset = LinkFormSet
    fields = ("provider", "tier", "weight", "lineage", "enabled")
    extra = 0
    verbose_name_plural = "links, in the order they are asked: drag a row by its name to move it"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A plain choice of providers: adding or changing one is another page's business."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


@admin.register(Chain)
class ChainAdmin(SortableAdminBase, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """One chain for each category: there are as many as there are, so none is added or deleted once all are there."""

    inlines = (LinkInline,)
    list_display = ("category", "order", "strategy", "deadline_ms", "cache_s", "stale_s")
    list_editable = ("strategy", "deadline_ms", "cache_s", "stale_s")
    fields = ("category", "strategy", "deadline_ms", "cache_s", "stale_s")
    change_list_template = "admin/providers/chain/change_list.html"

    class Media:
        js = ("js/admin-chain.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Chain]:
        links = Prefetch("links", queryset=ChainLink.objects.select_related("provider"))
        return super().get_queryset(request).prefetch_related(links)

    def get_readonly_fields(self, request: HttpRequest, obj: Chain | None = None) -> tuple[str, ...]:
        return ("category",) if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        missing = Chain.objects.count() < len(Category)
        return missing and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Chain | None = None) -> bool:
        return False

    @admin.display(description="asked in this order")
    def order(self, chain: Chain) -> SafeString:
        links = [(self._tone(link), link.provider.name) for link in chain.links.all()]
        if not links:
            return format_html('<span class="hub-quiet-text">{}</span>', "nobody yet")
        return format_html_join(" → ", '<span class="{}">{}</span>', links)

    @staticmethod
    def _tone(link: ChainLink) -> str:
        return "" if link.enabled and link.provider.enabled else "hub-off-text"

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """After a drag the places are counted anew from 0, in the same transaction: one revision."""
        super().save_related(request, form, formsets, change)
        for place, link in enumerate(form.instance.links.order_by("position", "pk")):
            if link.position != place:
                ChainLink.objects.filter(pk=link.pk).update(position=place)

    def get_urls(self) -> list[URLPattern]:
        overview = self.admin_site.admin_view(OverviewView.as_view(admin_site=self.admin_site))
        return [path("overview/", overview, name="providers_overview"), *super().get_urls()]
