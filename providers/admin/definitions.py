"""How a provider without code answers a category: filled in, tried out on the spot, and saved."""

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
from providers.operations.dry_run import Trial, try_out

TEST = "_test"
"""The name of the button that asks and saves nothing."""
TITLES = {PRICE: "prices", CANDLES: "candles", BOOK: "order books", NEWS: "news"}
ASKING = ("path", "params", "intervals", "most")
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
        "volume": "Of 24 hours. With it the provider serves MARKET_VOLUME too.",
        "most": "Where {symbols} asks for several at once.",
        "price": "In a row, as in last or ticker.last_price.",
    },
    CANDLES: {"volume": "In a candle.", "time": "In a candle: when it opens.", "most": "Candles that one call gives."},
    BOOK: {
        "most": "How many levels of each side one call gives.",
        "price": "In a level: [0] of a list, price of an object.",
        "quantity": "In a level, of the coin: [1] of a list, size of an object.",
        "time": "In the book.",
    },
    NEWS: {"time": "In an article."},
}
MONO = {"class": "vTextField hub-expression", "spellcheck": "false", "autocomplete": "off"}


class DefinitionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The fields of one category, and what the test asks for. With ``testing`` it is never valid: nothing is saved."""

    provider: Provider
    category: Category
    testing = False

    try_name = forms.CharField(
        label="Coin", initial="BTC", required=False, max_length=100, help_text="As this provider calls it."
    )
    try_quote = forms.CharField(
        label="Quote currency", required=False, max_length=10, help_text="As we call it; empty: its dollar."
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
            if name in EXPRESSIONS[self.category] or (name in (*ASKING, "name_is") and name != "most"):
                field.widget.attrs |= MONO
        if "shape" in self.fields:
            self.fields["shape"].widget.choices = list(SHAPES[self.category].items())
        self._explain_places()

    def _explain_places(self) -> None:
        if "path" not in self.fields:
            return
        known = [f"{{{name}}}" for name in PLACEHOLDERS[self.category] if name not in RANGE_PLACEHOLDERS]
        if known:
            self.fields["path"].help_text += f" Places: {' '.join(known)}."
        if self.category is CANDLES:
            ranges = " ".join(f"{{{name}}}" for name in RANGE_PLACEHOLDERS)
            self.fields[
                "params"
            ].help_text += f" For a past range also {ranges}; without one of them none is asked for."

    def is_valid(self) -> bool:
        return super().is_valid() and not self.testing

    def trial(self) -> Trial:
        """Ask as the form says now."""
        asked = self.cleaned_data
        request_format = getattr(self.provider, "request_format", None)
        name, quote = asked["try_name"] or "BTC", asked["try_quote"].upper() or ANY_DOLLAR
        return try_out(
            self.provider.slug,
            request_format.conf() if request_format else RequestFormatConf(),
            self.instance.conf(),
            name,
            quote,
        )


@admin.register(Definition)
class DefinitionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Reached from its provider's page, which says what can be added."""

    form = DefinitionForm
    change_form_template = "admin/providers/definition/change_form.html"
    save_on_top = False

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Not listed by itself: a definition without its provider tells nobody anything."""
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:providers_provider_changelist"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """For a provider and a category that the address names, once."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        provider, category = _subject(request)
        if provider is None or category is None:
            messages.warning(request, "Open a provider whose adapter is generic, and choose there what it answers.")
            return HttpResponseRedirect(reverse("admin:providers_provider_changelist"))
        standing = Definition.objects.filter(provider=provider, category=category.value).first()
        if standing is not None:
            return HttpResponseRedirect(reverse("admin:providers_definition_change", args=[standing.pk]))
        return super().add_view(request, form_url, extra_context)

    def get_fieldsets(self, request: HttpRequest, obj: Definition | None = None) -> Any:
        _, category = _subject(request, obj)
        fields = FIELDS[category or PRICE]
        asking = [name for name in fields if name in ASKING]
        reading = [name for name in fields if name not in ASKING]
        trying = [] if category is NEWS else ["try_name", "try_quote"]
        return [
            ("How it is asked", {"fields": asking}),
            ("What is where in an answer", {"fields": _paired(reading), "description": READING}),
            *([("Try it", {"fields": [tuple(trying)], "classes": ["hub-try"]})] if trying else []),
        ]

    def get_form(self, request: HttpRequest, obj: Definition | None = None, change: bool = False, **kwargs: Any) -> Any:
        made: Any = super().get_form(request, obj, change, **kwargs)
        made.provider, made.category = _subject(request, obj)
        made.testing = TEST in request.POST
        return made

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        form = context["adminform"].form
        context["title"] = f"{form.provider}: {TITLES[form.category]}"
        context["subtitle"] = None
        context["show_save_and_add_another"] = False
        context["provider"] = form.provider
        if form.testing and not form.errors:
            # Asked when the page is drawn, which is after the transaction that admin views run in.
            context["trial"] = SimpleLazyObject(form.trial)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Definition, form: Any, change: bool) -> None:
        """What is asked otherwise is tried anew: a breaker that the old definition opened is closed."""
        super().save_model(request, obj, form, change)
        category = Category(obj.category)
        scopes = [f"provider:{obj.provider_id}", *(f"endpoint:{end.pk}" for end in obj.provider.endpoints.all())]
        overrides.close([in_category(scope, category) for scope in scopes], timezone.now())

    def response_post_save_add(self, request: HttpRequest, obj: Definition) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:providers_provider_change", args=[obj.provider_id]))

    def response_post_save_change(self, request: HttpRequest, obj: Definition) -> HttpResponseRedirect:
        return self.response_post_save_add(request, obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        messages.success(request, f"{obj_display} was deleted.")
        return HttpResponseRedirect(reverse("admin:providers_provider_changelist"))


READING = (
    "JMESPath expressions. The first finds the rows in the whole answer, the others find a value in a row; what is "
    "left empty is not said. Numbers may be JSON numbers or text."
)


def _paired(names: list[str]) -> list[Any]:
    """An expression and its unit stand on one line."""
    found: list[Any] = []
    for name in names:
        if name.endswith(("_unit", "_scope", "_is")) and found:
            last = found.pop()
            found.append((*(last if isinstance(last, tuple) else (last,)), name))
        else:
            found.append(name)
    return found


def _subject(request: HttpRequest, obj: Definition | None = None) -> tuple[Provider | None, Category | None]:
    """Whose answers, and of which category, this page is about."""
    if obj is not None:
        return obj.provider, Category(obj.category)
    pk, category = request.GET.get("provider", ""), request.GET.get("category", "")
    provider = Provider.objects.filter(pk=pk, adapter=GENERIC).first() if pk.isdecimal() and len(pk) < 18 else None
    return provider, Category(category) if category in {one.value for one in PLACEHOLDERS} else None
