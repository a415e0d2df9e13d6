"""Pages for accounts: sign-up, and Django's own login, logout and password change."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model, login, views
from django.contrib.auth.forms import UserCreationForm
from django.forms import ModelForm
from django.http import HttpResponse
from django.urls import path, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import CreateView

User = get_user_model()


class SignUpForm(UserCreationForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Form for a new account: name, e-mail address for alerts, and password."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.fields["email"].help_text = "Price alerts are sent here."


@method_decorator(sensitive_post_parameters(), name="dispatch")
class SignUp(CreateView):  # type: ignore[type-arg]  # generic in the stubs only
    """Create an account and sign in with it."""

    form_class = SignUpForm
    template_name = "registration/signup.html"
    success_url = reverse_lazy("login")

    def form_valid(self, form: ModelForm[Any]) -> HttpResponse:
        """Save the account and sign in."""
        response = super().form_valid(form)
        login(self.request, self.object, backend="django.contrib.auth.backends.ModelBackend")
        return response

    def get_success_url(self) -> str:
        """Return the home page."""
        return "/"


urlpatterns = [
    path("login/", views.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("signup/", SignUp.as_view(), name="signup"),
    path(
        "password/",
        views.PasswordChangeView.as_view(success_url=reverse_lazy("password_change_done")),
        name="password_change",
    ),
    path("password/done/", views.PasswordChangeDoneView.as_view(), name="password_change_done"),
]
