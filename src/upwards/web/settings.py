"""Django's settings: what is the same everywhere is here, what differs is in `configuration.py`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

from upwards.web.configuration import Configuration

CONFIGURATION = Configuration.read(os.environ)
HERE = Path(__file__).parent

# -- this installation ---------------------------------------------------------------------------------

UPWARDS_WORKSPACE = CONFIGURATION.workspace
SECRET_KEY = CONFIGURATION.secret_key
ALLOWED_HOSTS = list(CONFIGURATION.allowed_hosts)
DEBUG = False


def _database() -> dict[str, Any]:
    if CONFIGURATION.database_url:
        found = dj_database_url.parse(CONFIGURATION.database_url, conn_max_age=600, conn_health_checks=True)
        return dict(found)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        # Without a workspace (checks, making migrations) nothing is left behind.
        "NAME": UPWARDS_WORKSPACE / "upwards.db" if "UPWARDS_WORKSPACE" in os.environ else ":memory:",
        "OPTIONS": {
            # A writer takes its place at once and waits for it, instead of failing half way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# In the database, so that all processes count the same attempts.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_cache",
        # Django keeps 300, and forgets a third of them beyond: who guesses passwords under many names
        # would have the house forget how often they tried.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# -- what it is made of --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "upwards.web.accounts",
    "upwards.web.trail",
    "upwards.web.people",
    "upwards.web.controllers",
    "upwards.web.sharing",
    "upwards.web.directory",
    "upwards.web.rosters",
    "upwards.web.thresholds",
    "upwards.web.term_dates",
    "upwards.web.oversight",
    "upwards.web.partnerships",
    "upwards.web.practices",
    "upwards.web.innovation",
    "upwards.web.programmes",
    "upwards.web.reviews",
    "upwards.web.health",
    "upwards.web.monday",
    "upwards.web.jobs",
    "upwards.web.keeping",
    "upwards.web.data",
    "upwards.web.invitations",
    "upwards.web.tokens",
    "upwards.web.api",
    "upwards.web.pages",
    "upwards.web.answer_pages",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
]
MIDDLEWARE = [
    "upwards.web.request_log.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "upwards.web.browser_policies.BrowserPolicies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # A view is closed unless it says that it is open.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "upwards.web.trail.acting.Acting",
    "upwards.web.user_errors.UserErrors",
    "upwards.web.accounts.house_sign_in.HouseGone",
]
ROOT_URLCONF = "upwards.web.urls"
WSGI_APPLICATION = "upwards.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {
                "doing": "upwards.web.answer_pages.doing",
                "table_body": "upwards.web.table_body",
                "works_with": "upwards.web.partnerships.works_with",
                "data_words": "upwards.web.data.data_words",
            },
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "upwards.web.surroundings.surroundings",
            ],
        },
    }
]
FORM_RENDERER = "upwards.web.form_look.FormLook"

STATIC_URL = "static/"
STATICFILES_DIRS = [HERE / "static"]
STATIC_ROOT = UPWARDS_WORKSPACE / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = True
MEDIA_ROOT = UPWARDS_WORKSPACE / "attachments"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# -- where it is ---------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True

# -- who may enter -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "upwards.web.accounts.adapters.InvitationOnly"
SOCIALACCOUNT_ADAPTER = "upwards.web.accounts.adapters.KnownPeopleOnly"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if CONFIGURATION.https else "http"
# Behind a proxy the address of who asks is what the proxy says, not the proxy itself.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if CONFIGURATION.https else 0
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
    "manage_email": "10/m/user",
    "signup": "20/m/ip",
}
MFA_ADAPTER = "upwards.web.accounts.locked_steps.LockedSteps"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "upwards"
MFA_FORMS = {
    "authenticate_webauthn": "upwards.web.accounts.second_steps.Authenticate",
    "login_webauthn": "upwards.web.accounts.second_steps.Login",
    "reauthenticate_webauthn": "upwards.web.accounts.second_steps.Reauthenticate",
}
# Browsers give out passkeys over https, and on this machine itself.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not CONFIGURATION.https
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": CONFIGURATION.oidc_apps}}
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_STORE_TOKENS = False

EMAIL_BACKEND = "upwards.web.outbox.Outbox"
EMAIL_FILE_PATH = UPWARDS_WORKSPACE / "outbox"
DEFAULT_FROM_EMAIL = CONFIGURATION.email.get("sender", "upwards@localhost")
if CONFIGURATION.email.get("host"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = CONFIGURATION.email["host"]
    EMAIL_PORT = int(CONFIGURATION.email.get("port", 587))
    EMAIL_HOST_USER = CONFIGURATION.email.get("user", "")
    EMAIL_HOST_PASSWORD = CONFIGURATION.email.get("password", "")
    EMAIL_USE_TLS = bool(CONFIGURATION.email.get("tls", True))

# -- what a browser may do -----------------------------------------------------------------------------

SESSION_COOKIE_AGE = int(CONFIGURATION.session_hours * 3600)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = CONFIGURATION.https
SECURE_HSTS_SECONDS = 31_536_000 if CONFIGURATION.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = CONFIGURATION.https
# Browsers' own list binds a whole domain for months: its owner decides that, not this application.
SECURE_HSTS_PRELOAD = False
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # asks for that list
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIGURATION.https else None
# A machine asks for these by plain http from beside the server.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
CSRF_TRUSTED_ORIGINS = CONFIGURATION.origins
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "upwards.web.pages.views.wrong_form"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
# The two views that take files name their own, once they know who asks.
FILE_UPLOAD_HANDLERS = ["upwards.web.small_forms.NoFiles"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
UPLOAD_LARGEST = CONFIGURATION.upload_megabytes * 1024 * 1024

# -- what is written down about it ---------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "upwards.web.request_log.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # The request log says it already, with the name of the route in place of the address.
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "django.server": {"handlers": [], "propagate": False},
    },
}
