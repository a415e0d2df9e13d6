"""Definitions: how a provider without code answers one category. A form to fill in, test and save."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from providers.adapters.generic.definitions import (
    BOOK,
    CANDLES,
    EXPRESSIONS,
    FIELDS,
    GENERIC,
    NEWS,
    PLACEHOLDERS,
    PRICE,
    RANGE_PLACEHOLDERS,
    SHAPES,
    RequestFormatConf,
)
from providers.domain.categories import Category
from providers.domain.market_data import ANY_DOLLAR
from providers.domain.scope_keys import in_category
from providers.models import Definition, Provider
from providers.operations import overrides
from providers.operations.dry_run import DryRun, dry_run

TEST_BUTTON = "_test"
"""The name of the button that makes one test call and saves nothing."""
TITLES = {PRICE: "prices", CANDLES: "candles", BOOK: "order books", NEWS: "news"}
REQUEST_FIELDS = ("path", "params", "intervals", "most")
LABELS: Mapping[Category, Mapping[str, str]] = {
    PRICE: {"rows": "Row or rows", "most": "Most in one call"},
    CANDLES: {
        "rows": "Candles",
        "time": "Opening time",
        "volume": "Volume (coin)",
        "quote_volume": "Volume (currency)",
    },
    BOOK: {"rows": "Book", "price": "Price of a level", "quantity": "Quantity of a level", "most": "Most levels"},
    NEWS: {"rows": "Articles", "time": "Published"},
}
HELP: Mapping[Category, Mapping[str, str]] = {
    PRICE: {
        "volume": "Over 24 hours. If given, the provider serves MARKET_VOLUME too.",
        "most": "Coins in one call, where the path or the parameters have {symbols}.",
        "price": "In a row, for example last or ticker.last_price.",
    },
    CANDLES: {
        "volume": "In a candle.",
        "time": "In a candle: its opening time.",
        "most": "Candles that one call returns at most.",
    },
    BOOK: {
        "most": "Levels of each side that one call returns at most.",
        "price": "In a level: [0] if it is a list, price if it is an object.",
        "quantity": "In a level, in coins: [1] if it is a list, size if it is an object.",
        "time": "In the book.",
    },
    NEWS: {"time": "In an article."},
}
EXPRESSION_ATTRS = {"class": "vTextField hub-expression", "spellcheck": "false", "autocomplete": "off"}


class DefinitionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The fields of one category, and the coin to test with. With ``testing`` it is never valid: nothing is saved."""

    provider: Provider
    category: Category
    testing = False

    try_name = forms.CharField(
        label="Coin", initial="BTC", required=False, max_length=100, help_text="The provider's own name for it."
    )
    try_quote = forms.CharField(
        label="Quote currency",
        required=False,
        max_length=10,
        help_text="Our name for it; empty: the provider's dollar.",
    )

    class Meta:
        model = Definition
        fields = tuple(sorted({name for names in FIELDS.values() for name in names}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.provider, self.instance.category = self.provider, self.category.value
        for name, field in self.fields.items():
            field.label = LABELS[self.category].get(name, field.label)
            field.help_text = HELP[self.category].get(name, field.help_text)
            if name in EXPRESSIONS[self.category] or (name in (*REQUEST_FIELDS, "name_is") and name != "most"):
                field.widget.attrs |= EXPRESSION_ATTRS
        if "shape" in self.fields:
            self.fields["shape"].widget.choices = list(SHAPES[self.category].items())
        self._explain_placeholders()

    def _explain_placeholders(self) -> None:
        if "path" not in self.fields:
            return
        known = [f"{{{name}}}" for name in PLACEHOLDERS[self.category] if name not in RANGE_PLACEHOLDERS]
        if known:
            self.fields["path"].help_text += f" Placeholders: {' '.join(known)}."
        if self.category is CANDLES:
            ranges = " ".join(f"{{{name}}}" for name in RANGE_PLACEHOLDERS)
            self.fields[
                "params"
            ].help_text += f" For past ranges also {ranges}; without one of them, no past ranges are requested."

    def is_valid(self) -> bool:
        """Return False for a test, so that nothing is saved."""
        return super().is_valid() and not self.testing

    def trial(self) -> DryRun:
        """Make one call with the form's current values."""
        values = self.cleaned_data
        request_format = getattr(self.provider, "request_format", None)
        name, quote = values["try_name"] or "BTC", values["try_quote"].upper() or ANY_DOLLAR
        return dry_run(
            self.provider.slug,
            request_format.conf() if request_format else RequestFormatConf(),
            self.instance.conf(),
            name,
            quote,
        )


@admin.register(Definition)
class DefinitionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Definitions, reached from their provider's page."""

    form = DefinitionForm
    change_form_template = "admin/providers/definition/change_form.html"
    save_on_top = False

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Keep definitions off the admin index: they are listed on their provider's page."""
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Redirect to the providers."""
        return HttpResponseRedirect(reverse("admin:providers_provider_changelist"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Add a definition for the provider and category in the query string, or redirect to the one there is."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        provider, category = _subject(request)
        if provider is None or category is None:
            messages.warning(request, "Open a provider with the generic adapter and choose a category to define.")
            return HttpResponseRedirect(reverse("admin:providers_provider_changelist"))
        existing = Definition.objects.filter(provider=provider, category=category.value).first()
        if existing is not None:
            return HttpResponseRedirect(reverse("admin:providers_definition_change", args=[existing.pk]))
        return super().add_view(request, form_url, extra_context)

    def get_fieldsets(self, request: HttpRequest, obj: Definition | None = None) -> Any:
        """Return the category's fields: those of the request, those of the answer, and those of the test."""
        _, category = _subject(request, obj)
        fields = FIELDS[category or PRICE]
        request_fields = [name for name in fields if name in REQUEST_FIELDS]
        answer_fields = [name for name in fields if name not in REQUEST_FIELDS]
        test_fields = [] if category is NEWS else ["try_name", "try_quote"]
        return [
            ("Request", {"fields": request_fields}),
            ("Answer", {"fields": _grouped_fields(answer_fields), "description": READING_HELP}),
            *([("Test", {"fields": [tuple(test_fields)], "classes": ["hub-try"]})] if test_fields else []),
        ]

    def get_form(self, request: HttpRequest, obj: Definition | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return a form class that knows its provider and category, and whether the test button was pressed."""
        form_class: Any = super().get_form(request, obj, change, **kwargs)
        form_class.provider, form_class.category = _subject(request, obj)
        form_class.testing = TEST_BUTTON in request.POST
        return form_class

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Add the title, the provider and the result of a test to the page."""
        form = context["adminform"].form
        context["title"] = f"{form.provider}: {TITLES[form.category]}"
        context["subtitle"] = None
        context["show_save_and_add_another"] = False
        context["provider"] = form.provider
        if form.testing and not form.errors:
            # Called while the page is rendered, which is after the transaction that admin views run in.
            context["trial"] = SimpleLazyObject(form.trial)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Definition, form: Any, change: bool) -> None:
        """Save, and close the breakers of the category that the previous definition may have opened."""
        super().save_model(request, obj, form, change)
        category = Category(obj.category)
        scopes = [f"provider:{obj.provider_id}", *(f"endpoint:{end.pk}" for end in obj.provider.endpoints.all())]
        overrides.close([in_category(scope, category) for scope in scopes], timezone.now())

    def response_post_save_add(self, request: HttpRequest, obj: Definition) -> HttpResponseRedirect:
        """Redirect to the provider's page."""
        return HttpResponseRedirect(reverse("admin:providers_provider_change", args=[obj.provider_id]))

    def response_post_save_change(self, request: HttpRequest, obj: Definition) -> HttpResponseRedirect:
        """Redirect to the provider's page."""
        return self.response_post_save_add(request, obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        """Redirect to the providers."""
        messages.success(request, f"{obj_display} was deleted.")
        return HttpResponseRedirect(reverse("admin:providers_provider_changelist"))


READING_HELP = (
    "JMESPath expressions. The first selects the rows in the whole answer, each of the others a value in a row. Leave "
    "empty what the provider does not give. Numbers may be JSON numbers or text."
)


def _grouped_fields(names: list[str]) -> list[Any]:
    """Put an expression and its unit on one line."""
    lines: list[Any] = []
    for name in names:
        if name.endswith(("_unit", "_scope", "_is")) and lines:
            last = lines.pop()
            lines.append((*(last if isinstance(last, tuple) else (last,)), name))
        else:
            lines.append(name)
    return lines


def _subject(request: HttpRequest, obj: Definition | None = None) -> tuple[Provider | None, Category | None]:
    """Return the provider and category of this page, from the row or from the query string."""
    if obj is not None:
        return obj.provider, Category(obj.category)
    pk, category = request.GET.get("provider", ""), request.GET.get("category", "")
    provider = Provider.objects.filter(pk=pk, adapter=GENERIC).first() if pk.isdecimal() and len(pk) < 18 else None
    return provider, Category(category) if category in {known.value for known in PLACEHOLDERS} else None
