"""Template tags for all pages: icons, the current navigation link, and form fields."""

from __future__ import annotations

from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cryptohub.ops.vendor_static import ICONS

register = template.Library()


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """Return an icon of the sprite, hidden from screen readers; put text or a label beside it."""
    if name not in ICONS:
        raise template.TemplateSyntaxError(f"{name} is not in cryptohub.ops.vendor_static.ICONS")
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        static("vendor/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def current(context: dict[str, Any], url: str) -> SafeString | str:
    """Return `aria-current` for the navigation link of the current page."""
    path = getattr(context.get("request"), "path", "")
    is_current = path == url or (url != "/" and path.startswith(url))
    return format_html("{}", SafeString('aria-current="page"')) if is_current else ""


@register.filter
def kit(field: BoundField) -> SafeString:
    """Return a form field's input with the kit's CSS classes, tied to its errors for screen readers."""
    is_checkbox = isinstance(field.field.widget, CheckboxInput)
    classes = "form-check-input" if is_checkbox else "form-control"
    classes += " is-invalid" if field.errors else ""
    attributes: dict[str, str | bool] = {"class": classes}
    if field.errors:
        attributes |= {"aria-invalid": "true", "aria-describedby": f"{field.id_for_label}_errors"}
    return field.as_widget(attrs=attributes)
