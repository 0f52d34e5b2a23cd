"""Django's settings. Every value comes from the environment by way of `ops.config`, or is decided here for all."""

import os
from importlib.resources import files as _files

from nutshell.common.languages import LANGUAGES as _LANGUAGES
from nutshell.ops import config as _config
from nutshell.ops.backup.marks import restored as _restored
from nutshell.ops.databases import databases as _databases
from nutshell.ops.logs import logging_config as _logging_config
from nutshell.ops.secret_key import secret_key as _secret_key

NUTSHELL = _config.load(os.environ)
_config.check(NUTSHELL)
RESTORED = _restored(NUTSHELL.data)
_IS_CONSOLE = NUTSHELL.role == "admin"

DEBUG = False
SECRET_KEY = _secret_key(NUTSHELL.data / "secret-key")
ALLOWED_HOSTS = [_config.bracketed(NUTSHELL.host)]
CSRF_TRUSTED_ORIGINS = [NUTSHELL.origin]
ROOT_URLCONF = "nutshell.urls"
WSGI_APPLICATION = "nutshell.wsgi.application"

DATABASES = _databases(NUTSHELL)
DATABASE_ROUTERS = ["nutshell.ops.databases.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_KEY_STORE_APPS = ["nutshell.vault.keystore"]
_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "nutshell.audit",
    "nutshell.archives",
    "nutshell.erasure",
    "nutshell.vault",
    "nutshell.vault.slots",
    "nutshell.accounts",
    "nutshell.operators",
    "nutshell.incidents",
    "nutshell.rights",
    "nutshell.activity",
    "nutshell.clinics",
    "nutshell.studies",
    "nutshell.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.headless",
]
_CONSOLE_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "csp",
    "nutshell.audit",
    "nutshell.vault",
    "nutshell.vault.slots",
    "nutshell.accounts",
    "nutshell.operators",
    "nutshell.incidents",
    "nutshell.rights",
    "nutshell.activity",
    "nutshell.admin",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
INSTALLED_APPS = {
    "keys": _KEY_STORE_APPS,
    "admin": _CONSOLE_APPS,
    "test": _APPS + _KEY_STORE_APPS,
}.get(NUTSHELL.role, _APPS)

# A bearer-token call of the API does not come this way (wsgi.py): sessions, CSRF and locale are not for it.
MIDDLEWARE = [
    "nutshell.ops.headers.page_headers",
    "nutshell.accounts.middleware.even",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "nutshell.accounts.middleware.Guard",
    "django_htmx.middleware.HtmxMiddleware",
]
_OF_PEOPLE = ["django.contrib.messages.context_processors.messages", "nutshell.web.context.everywhere"]
MESSAGE_STORAGE = "nutshell.accounts.notes.HostCookieStorage"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                *([] if _IS_CONSOLE else _OF_PEOPLE),
            ],
        },
    },
]

# People and their ways in (nutshell.accounts, on django-allauth).
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["nutshell.accounts.hashers.SealedArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "nutshell.accounts.password_rules.LengthValidator"},
    {"NAME": "nutshell.accounts.password_rules.KnownValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60
SESSION_ENGINE = "nutshell.accounts.sessions"
SESSION_COOKIE_AGE = 30 * 24 * 60 * 60
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"

# Rate limits and used one-time codes, shared by all processes. Far above what the limits need, because a full
# cache drops entries; the count of guesses does not depend on it (accounts.guesses).
CACHES = {
    "default": {
        "BACKEND": "nutshell.accounts.cache.Cache",
        "LOCATION": "cache",
        "KEY_FUNCTION": "nutshell.accounts.cache.hidden_key",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}
# Caddy is the one proxy: it alone appends to X-Forwarded-For, so only the last address counts.
ALLAUTH_TRUSTED_PROXY_COUNT = 1

ACCOUNT_ADAPTER = "nutshell.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "nutshell.accounts.forms.SignupForm",
    "reset_password_from_key": "nutshell.accounts.forms.ResetForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None  # an address stands in allauth's own table only, sealed
ACCOUNT_USER_DISPLAY = "nutshell.accounts.adapters.display"
ACCOUNT_EMAIL_MAX_LENGTH = 512  # of the sealed form; an address has at most 254 characters
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/m/ip,5/300s/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,3/300s/key",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
MFA_ADAPTER = "nutshell.accounts.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_RECOVERY_CODE_DIGITS = 10
MFA_TOTP_TOLERANCE = 1
HEADLESS_CLIENTS = ("app",)

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = _LANGUAGES
LOCALE_PATHS = [_files("nutshell") / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = NUTSHELL.static
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if NUTSHELL.role == "test"
        else "nutshell.ops.static.HashedStorage"
    }
}
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
# Uploads stay in memory: a temporary file would hold a photo or a form in clear.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# An archive that comes back; the front lets no other body of this size through.
FILE_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

# Caddy strips what clients send in these and sets its own.
SECURE_PROXY_SSL_HEADER = None if _IS_CONSOLE else ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "nutshell.web.errors.csrf_failure"
LANGUAGE_COOKIE_NAME = "__Host-language"
LANGUAGE_COOKIE_SECURE = LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

EMAIL_BACKEND = "nutshell.ops.mail.SmtpBackend" if NUTSHELL.smtp_url else "nutshell.ops.mail.TerminalBackend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = NUTSHELL.mail_from or f"nutshell@{NUTSHELL.host}"

LOGGING = _logging_config()

if _IS_CONSOLE:
    # The operators' console: routes and cookies of its own, no session of a person, no load balancer in front.
    ROOT_URLCONF = "nutshell.admin.urls"
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "admin.nutshell.internal"]
    CSRF_TRUSTED_ORIGINS = []
    CSRF_COOKIE_NAME = "__Host-operator-csrf"
    CSRF_FAILURE_VIEW = "nutshell.admin.errors.csrf_failure"
    MIDDLEWARE = [
        "nutshell.ops.headers.page_headers",
        "csp.middleware.CSPMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "allauth.account.middleware.AccountMiddleware",
        "nutshell.admin.door.Door",
    ]

if NUTSHELL.role not in ("keys", "admin"):
    from nutshell.catalog import queries as _catalog
    from nutshell.ops.catalog import artifact as _artifact

    _catalog.use(_artifact(NUTSHELL.catalog))
