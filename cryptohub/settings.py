"""All settings. Works with nothing set; environment variables adapt it; a bad value stops the start.

The variables are listed in README.md, under "Settings".
"""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from cryptohub.conf import env, secret_files
from cryptohub.conf.limits import MAX_BODY

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"

# --- from the environment --------------------------------------------------------------------------------------------
DEBUG = env.debug("DEBUG", host=env.text("HOST"))
DEFAULT_EXCEPTION_REPORTER = "cryptohub.ops.debug_filter.DebugReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "cryptohub.ops.debug_filter.DebugFilter"
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
CORS_ALLOWED_ORIGINS = env.exact_origins("CORS_ALLOWED_ORIGINS")
API_LIMIT_ANONYMOUS = env.rate("API_LIMIT_ANONYMOUS", "300/minute")
API_LIMIT_KEY = env.rate("API_LIMIT_KEY", "3000/minute")
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
ALLOW_PRIVATE_UPSTREAMS = env.boolean("ALLOW_PRIVATE_UPSTREAMS", False)
UPSTREAM_USER_AGENT = env.header("UPSTREAM_USER_AGENT", "CryptoHub/1 (self-hosted)")
DATABASES = {"default": env.database("DATABASE_URL", VAR / "cryptohub.sqlite3")}
CACHES = {"default": env.cache("REDIS_URL")}
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL") or "CryptoHub <cryptohub@localhost>"
globals().update(env.email("EMAIL_URL"))
SENDS_MAIL = env.text("EMAIL_URL").partition(":")[0] not in ("", "consolemail")
SIGN_UP = env.sign_up("SIGN_UP")

SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
KEY_FOLDER = Path(DATABASES["default"]["NAME"]).parent if SQLITE else VAR
if SQLITE:
    KEY_FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
SECRET_KEY = env.secret("SECRET_KEY") or secret_files.secret_key(KEY_FOLDER)
FIELD_ENCRYPTION_KEYS = env.fernet_keys("FIELD_ENCRYPTION_KEYS") or [secret_files.field_key(KEY_FOLDER)]
REDIS_URL = env.text("REDIS_URL")
SHARED_FETCH = (
    {"BACKEND": "providers.state.shared_fetch.RedisSharedFetch", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {
        "BACKEND": "providers.state.shared_fetch.HostSharedFetch",
        "LOCATION": str(KEY_FOLDER / f"fleet-{Path(DATABASES['default']['NAME']).stem}"),
    }
)
"""Lets processes that share a database fetch a thing once: through Redis, or through a folder on this host."""
RATE_COUNTERS = (
    {"BACKEND": "cryptohub.api.rate_counters.RedisRateCounters", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "cryptohub.api.rate_counters.DatabaseRateCounters", "LOCATION": ""}
)
"""Counts the requests of each client over all processes."""

# --- apps and middleware ---------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "cryptohub",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "adminsortable2",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "corsheaders",
    "csp",
    "django_filters",
    "django_htmx",
    "django_q",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "providers",
    "markets",
    "alerts",
]
# Each entry costs time on every request, so the lists are short. The order matters.
COMMON_MIDDLEWARE = [
    "cryptohub.middleware.request.forwarded",  # first: sets the client address and scheme
    "cryptohub.middleware.request.request_id",  # before anything can respond, so that every response has one
    "corsheaders.middleware.CorsMiddleware",  # before refusals, so that scripts of other sites can read them
    "cryptohub.api.middleware.api_clients",  # 401 and 429 before any work is done
    "cryptohub.api.middleware.api_problems",  # errors under /api/ become problem+json
]
MIDDLEWARE = [
    *COMMON_MIDDLEWARE,
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cryptohub.middleware.bodies.request_bodies",  # before anything reads one
    "cryptohub.middleware.private_pages.private_pages",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # before sessions are read
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "cryptohub.accounts.middleware.post_limits",
    "cryptohub.accounts.middleware.passkeys_over_https",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",  # last: turns a refused login into its page
]
PUBLIC_READ_MIDDLEWARE = [*COMMON_MIDDLEWARE, "cryptohub.middleware.request.public_read"]
"""Used by cryptohub.public_handler for routes that anybody may read; they need no session, user or form."""
ROOT_URLCONF = "cryptohub.urls"
WSGI_APPLICATION = "cryptohub.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cryptohub.context_processors.hub",
            ],
        },
    },
]
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY
FILE_UPLOAD_HANDLERS: list[str] = []  # nothing takes files; a view that does names its handler
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

# --- files -----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- accounts --------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: counts failures and refuses after AXES_FAILURE_LIMIT
    "django.contrib.auth.backends.ModelBackend",  # sessions of release 1.0 name it
    "allauth.account.auth_backends.AuthenticationBackend",  # by e-mail address
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
# By name and address together: guessing is slowed, and nobody can lock out another user from a different address.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "cryptohub.accounts.client_address.network"
AXES_USERNAME_CALLABLE = "cryptohub.accounts.client_address.name"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/locked_out.html"
AXES_VERBOSE = False
ACCOUNT_ADAPTER = "cryptohub.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "cryptohub.accounts.forms.LoginForm", "signup": "cryptohub.accounts.forms.SignUpForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if SENDS_MAIL else "none"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[CryptoHub] "
ACCOUNT_EMAIL_NOTIFICATIONS = SENDS_MAIL
ACCOUNT_SESSION_REMEMBER = True
# Beside axes and cryptohub.accounts.middleware, which count by address: guesses of one account from everywhere.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/5m/key", "login": None, "signup": None, "reset_password": "5/h/key"}
MFA_ADAPTER = "cryptohub.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True

# --- headers and cookies for browsers --------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
# Browsers obey these over https only, so plain http on this machine works. cryptohub.middleware.request.forwarded marks
# cookies over https as Secure.
SECURE_HSTS_SECONDS = 30 * 24 * 3600
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # the middleware drops it unless a trusted proxy sent it
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT: list[str] = []
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "cryptohub.api.errors.csrf_failure"

# --- the API ---------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["cryptohub.api.parsers.JSON"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "cryptohub.api.authentication.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "providers.api.pagination.StrictPagination",
    "EXCEPTION_HANDLER": "cryptohub.api.errors.handle",
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
KNOX_TOKEN_MODEL = "cryptohub.ApiKey"  # noqa: S105 - the name of a model
REST_KNOX = {"TOKEN_PREFIX": "hub_"}
MIGRATION_MODULES = {"knox": None}  # its migrations would create a table for the model that ours replaces
# Scripts of listed origins may read the API, without cookies. Other paths are closed to them.
CORS_URLS_REGEX = r"^/api/" if CORS_ALLOWED_ORIGINS else r"(?!)"
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "if-none-match", "x-request-id"]
CORS_EXPOSE_HEADERS = [
    "Age",
    "ETag",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
]
SPECTACULAR_SETTINGS = {
    "TITLE": "CryptoHub",
    "DESCRIPTION": "Answers about the crypto market from many providers, with their source and age.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "markets.response_cache.responses.describe_attempts",
        "cryptohub.api.openapi.say_what_is_common",
    ],
}

# --- background tasks ------------------------------------------------------------------------------------------------
# The ORM broker, also with Redis: the Redis broker has no receipts, so a killed worker would lose its task.
Q_CLUSTER = {
    "name": "cryptohub",
    "orm": "default",
    "workers": 4,
    "timeout": 100,
    "retry": 150,
    "max_attempts": 3,
    "catch_up": False,
    "save_limit": -1,
    "bulk": 100,
    "queue_limit": 500,
    "poll": 0.1,
    "guard_cycle": 0.5,
}

# --- logs ------------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "cryptohub.ops.log_format.OneLineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django-q": {"level": "WARNING"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # the 400 response is logged already
        "axes": {"level": "WARNING"},
    },
}
