"""Pages for a user's API keys: create one, see it once, revoke it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from alerts.views.access import MemberRequest, member_only
from cryptohub.api import keys
from cryptohub.api.key_scopes import KeyScope
from cryptohub.models import MAX_NAME, ApiKey

LIFETIMES = [("7", "A week"), ("30", "30 days"), ("90", "90 days"), ("365", "A year")]


class KeyForm(forms.Form):
    """Form for a new key. Only staff are offered the operators' scope."""

    name = forms.CharField(
        max_length=MAX_NAME, label="Name", widget=forms.TextInput(attrs={"placeholder": "The program that will use it"})
    )
    scope = forms.ChoiceField(label="May", initial=KeyScope.MARKET.value, widget=forms.RadioSelect)
    days = forms.TypedChoiceField(label="Expires after", choices=LIFETIMES, coerce=int, initial=str(keys.DEFAULT_DAYS))

    def __init__(self, *args: Any, staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["scope"]
        field.choices = [(value, label) for value, label in KeyScope.choices() if staff or value != KeyScope.OPERATE]


@never_cache
@sensitive_variables("created")
@require_http_methods(["GET", "POST"])
@member_only
def page(request: MemberRequest) -> HttpResponse:
    """List the user's keys and create one by form. Only the response to the form shows the new key."""
    form = KeyForm(request.POST or None, staff=request.user.is_staff)
    created = _create(request, form) if request.method == "POST" and form.is_valid() else None
    if created is not None:
        form = KeyForm(staff=request.user.is_staff)
    context = _context(request) | {"form": form, "created": created}
    return render(request, "keys/_keys.html" if request.htmx else "keys/keys.html", context)


@require_POST
@member_only
def revoke(request: MemberRequest, prefix: str) -> HttpResponse:
    """Revoke a key. Revoking one that no longer exists is not an error."""
    ApiKey.objects.owned_by(request.user).filter(token_key=prefix).delete()
    if not request.htmx:
        return redirect("keys")
    return render(request, "keys/_list.html", _context(request))


def _create(request: MemberRequest, form: KeyForm) -> dict[str, Any] | None:
    fields = form.cleaned_data
    try:
        row, key = keys.create(request.user, fields["name"], KeyScope(fields["scope"]), fields["days"])
    except ValidationError as error:
        form.add_error(None, error)
        return None
    return {"row": row, "key": key}


def _context(request: MemberRequest) -> dict[str, Any]:
    now = timezone.now()
    owned = ApiKey.objects.owned_by(request.user)
    return {"keys": [(key, KeyScope(key.scope).label, key.has_expired(now)) for key in owned], "most": keys.MAX_KEYS}
