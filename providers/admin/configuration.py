"""Providers with their endpoints and API keys. A key can be set or cleared, never read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adminsortable2.admin import SortableAdminBase, SortableTabularInline
from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters

from providers.adapters import ADAPTERS
from providers.adapters.generic.definitions import GENERIC, PLACEHOLDERS
from providers.admin.definitions import TITLES
from providers.admin.shared import BAD, GOOD, QUIET, WARN, badge, switch_action
from providers.credentials.api_keys import MAX_LENGTH, KeyState, check_key, key_state, set_key
from providers.domain.adapter import KeyUse
from providers.domain.categories import Category
from providers.domain.local_models import LOCAL_ADAPTERS
from providers.models import Endpoint, Provider, RequestFormat
from providers.operations import overrides


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A provider's fields, and an API key that can be set or cleared but not read."""

    adapter = forms.ChoiceField(help_text="The code that builds this provider's requests and parses its answers.")
    new_api_key = forms.CharField(
        label="New API key",
        required=False,
        max_length=MAX_LENGTH,
        strip=True,
        validators=[check_key],
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"}),
        help_text="Stored encrypted and never shown again. Leave empty to keep the current key.",
    )
    clear_api_key = forms.BooleanField(label="Clear the API key", required=False)

    class Meta:
        model = Provider
        fields = ("name", "slug", "adapter", "quota_group", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "adapter" in self.fields:
            names = sorted({*ADAPTERS, *LOCAL_ADAPTERS, GENERIC, *filter(None, [self.instance.adapter])})
            self.fields["adapter"].choices = [(name, ADAPTER_LABELS.get(name, name)) for name in names]  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """Refuse a new key together with clearing it."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("new_api_key") and cleaned.get("clear_api_key"):
            self.add_error("clear_api_key", "Either set a new key or clear it.")
        return cleaned


class RequestFormatInline(admin.StackedInline):  # type: ignore[type-arg]  # generic in the stubs only
    """The request format of a provider without code."""

    model = RequestFormat
    can_delete = False
    verbose_name = verbose_name_plural = "request format: how the hub calls this provider, as there is no code for it"
    fieldsets = (
        (None, {"fields": ("symbol", "quotes", ("limit_calls", "limit_seconds"))}),
        ("API key", {"fields": ("key_use", ("key_place", "key_name", "key_value"))}),
        ("Errors inside answers", {"fields": ("unknown_statuses", "unknown_if", "limited_if", "failed_if")}),
    )


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """An endpoint. Its URL is fixed once saved: another URL is another endpoint, whose health starts unknown."""

    class Meta:
        model = Endpoint
        fields = ("base_url", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "base_url" in self.fields:
            self.fields["base_url"].disabled = self.instance.pk is not None
            self.fields["base_url"].widget.attrs["class"] = "hub-url"


class EndpointInline(SortableTabularInline):
    """A provider's endpoints in the order they are called, as rows to drag."""

    model = Endpoint
    form = EndpointForm
    ordering = ("position", "pk")
    fields = ("base_url", "enabled")
    extra = 0
    verbose_name_plural = (
        "endpoints: drag to reorder. A URL cannot be changed, as its health would be inherited: "
        "add the new one and delete the old"
    )


@admin.register(Provider)
class ProviderAdmin(SortableAdminBase, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Providers, their endpoints and API keys."""

    form = ProviderForm
    inlines = (EndpointInline,)
    list_display = ("name", "slug", "enabled", "api_key_state", "endpoint_total", "chain_total")
    list_editable = ("enabled",)
    list_filter = ("enabled",)
    search_fields = ("name", "slug", "endpoints__base_url")
    actions = (switch_action(True), switch_action(False))
    fieldsets = (
        (None, {"fields": ("name", "slug", "adapter", "quota_group", "enabled")}),
        ("API key", {"fields": ("api_key_state", "new_api_key", "clear_api_key")}),
    )
    definitions_fieldset = (None, {"fields": ("definitions",)})

    class Media:
        js = ("js/admin-provider.js",)

    def get_inlines(self, request: HttpRequest, obj: Provider | None) -> Any:
        """Add the request format for a generic provider, and while adding one, as its adapter is not chosen yet."""
        return (*self.inlines, RequestFormatInline) if obj is None or obj.adapter == GENERIC else self.inlines

    def get_fieldsets(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        """Add the list of definitions for a generic provider."""
        definitions = [self.definitions_fieldset] if obj is not None and obj.adapter == GENERIC else []
        first, *others = self.fieldsets
        return [first, *definitions, *others]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        """Annotate the numbers of endpoints, enabled endpoints and chains."""
        rows: QuerySet[Provider] = super().get_queryset(request)
        return rows.select_related("request_format").annotate(
            endpoint_count=Count("endpoints", distinct=True),
            endpoint_on=Count("endpoints", filter=Q(endpoints__enabled=True), distinct=True),
            chain_count=Count("links", distinct=True),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Provider | None = None) -> tuple[str, ...]:
        """Fix the slug of a saved provider: records, aliases and chains refer to it."""
        return ("api_key_state", "definitions", "slug") if obj else ("api_key_state", "definitions")

    @admin.display(description="Definitions")
    def definitions(self, provider: Provider) -> SafeString:
        """List the categories that can be defined, each with its state and a link to its page."""
        defined = {definition.category: definition.pk for definition in provider.definitions.all()}
        rows = [
            (_definition_url(provider, category, defined), *_definition_label(category, defined))
            for category in PLACEHOLDERS
        ]
        items = format_html_join("", '<li><a href="{}">{}</a> {}</li>', rows)
        return format_html('<ul class="hub-definitions">{}</ul><p class="help">{}</p>', items, NEXT_STEPS)

    @admin.display(description="API key")
    def api_key_state(self, provider: Provider) -> SafeString:
        """Show whether a key is set, needed or unreadable; never the key."""
        if key_state(provider) is KeyState.SET:
            return badge("set", GOOD)
        if key_state(provider) is KeyState.UNREADABLE:
            return badge("cannot be decrypted", BAD, "It was encrypted with another key. Set it again.")
        if _key_use(provider) is KeyUse.REQUIRED:
            return badge("not set: not called without one", WARN)
        return badge("not set", QUIET, "It is called without a key.")

    @admin.display(description="endpoints", ordering="endpoint_count")
    def endpoint_total(self, provider: Any) -> str:
        """Show the number of endpoints, and how many of them are off if any."""
        off = provider.endpoint_count - provider.endpoint_on
        return f"{provider.endpoint_count} ({off} off)" if off else str(provider.endpoint_count)

    @admin.display(description="chains", ordering="chain_count")
    def chain_total(self, provider: Any) -> int:
        """Show the number of chains that link to the provider."""
        return int(provider.chain_count)

    def save_model(self, request: HttpRequest, obj: Provider, form: ProviderForm, change: bool) -> None:
        """Write only the changed fields, so that two operators' edits do not undo each other."""
        if change:
            obj.save(update_fields=[name for name in form.changed_data if name in ProviderForm.Meta.fields])
        else:
            obj.save()
        key = form.cleaned_data.get("new_api_key")
        if key or form.cleaned_data.get("clear_api_key"):
            set_key(obj, key or "")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Create the request format of a generic provider even if unchanged; a changed one ends the key's cooldown."""
        super().save_related(request, form, formsets, change)
        if form.instance.adapter == GENERIC:
            RequestFormat.objects.get_or_create(provider=form.instance)
            if any(formset.model is RequestFormat and formset.has_changed() for formset in formsets):
                overrides.end_cooldown([f"provider:{form.instance.pk}"])

    @method_decorator(sensitive_post_parameters("new_api_key"))
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep a posted key out of error reports."""
        return super().changeform_view(request, *args, **kwargs)


NEXT_STEPS = (
    "Then give the provider names for its coins (Assets, Asset aliases: Names for a provider) and a link in each "
    "chain it is to serve. It is called from half a second after that."
)
ADAPTER_LABELS = {GENERIC: "generic: defined here, without code"}


def _key_use(provider: Provider) -> KeyUse:
    """Return whether a provider needs a key: from its adapter, or from the request format of a generic one."""
    if provider.adapter == GENERIC:
        request_format = getattr(provider, "request_format", None)
        return KeyUse(request_format.key_use) if request_format else KeyUse.NONE
    adapter = ADAPTERS.get(provider.adapter)
    return adapter.key_use if adapter else KeyUse.NONE


def _definition_url(provider: Provider, category: Category, defined: Mapping[str, int]) -> str:
    if category.value in defined:
        return reverse("admin:providers_definition_change", args=[defined[category.value]])
    return f"{reverse('admin:providers_definition_add')}?provider={provider.pk}&category={category.value}"


def _definition_label(category: Category, defined: Mapping[str, int]) -> tuple[str, SafeString]:
    name = TITLES[category]
    if category.value in defined:
        return f"Change {name}", badge("defined", GOOD)
    return f"Define {name}", badge("not defined", QUIET)
