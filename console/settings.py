"""Settings of the console. What differs between installations comes from the environment, as README lists it."""

import re
import sys
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from console.audit_log import env_audit_log
from console.environment import (
    bind_addresses,
    bind_check,
    configuration,
    env_api_url,
    env_base_path,
    env_bool,
    env_database,
    env_folder,
    env_hosts,
    env_int,
    env_origins,
    env_secret,
    env_secrets,
    env_text,
    env_webhook,
    env_word,
    fail,
)
from console.logs import logging_config, redact
from console.single_sign_on import env_local_sign_in, env_second_factor_required, env_single_sign_on
from console.staticfiles import static_headers

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env_bool("DEBUG")
bind_check(bind_addresses(sys.argv), debug=DEBUG)
# Plain HTTP is for development and for trying the console on loopback; in production a TLS proxy is in front.
INSECURE_HTTP = env_bool("INSECURE_HTTP", default=DEBUG)
SECRET_KEY = env_secret("SECRET_KEY", sample="development-only-" * 4 if DEBUG else "")
SECRET_KEY_FALLBACKS = env_secrets("SECRET_KEY_FALLBACKS", required=False)
VAULT_KEYS = env_secrets("VAULT_KEYS", sample="development-vault-" * 3 if DEBUG else "")
if set(VAULT_KEYS) & {SECRET_KEY, *SECRET_KEY_FALLBACKS}:
    fail("VAULT_KEYS", "must differ from SECRET_KEY, so that one leaked secret does not reveal the other")
ALLOWED_HOSTS = env_hosts("ALLOWED_HOSTS", debug=DEBUG)
CSRF_TRUSTED_ORIGINS = env_origins("CSRF_TRUSTED_ORIGINS")
# Where the console is mounted, such as /tools/console; "" for the root. The proxy passes paths on unchanged.
BASE_PATH = env_base_path("BASE_PATH")
XEROTIER_API_URL = env_api_url("XEROTIER_API_URL", "https://api.xerotier.ai", plain_http=INSECURE_HTTP)
SERVICE_NAME = env_text("SERVICE_NAME") or "Xerotier"  # what pages call the service
# At most half of a worker's threads wait for the API at once, so that sign-out and health stay quick.
WEB_THREADS = env_int("WEB_THREADS", 192, least=2, most=512)
API_MAX_CALLS = env_int("API_MAX_CALLS", WEB_THREADS // 2, least=1, most=512)
# The OpenID Connect provider, None where there is none; and which local accounts may sign in beside it.
OIDC = env_single_sign_on()
LOCAL_SIGN_IN = env_local_sign_in(single_sign_on=OIDC is not None)
# Minutes after which signing in again is needed before deleting and before managing accounts; 0: never.
REAUTHENTICATE = env_int("REAUTHENTICATE", 15, least=0, most=1440)
# Roles whose local accounts must have a second factor.
SECOND_FACTOR_REQUIRED = env_second_factor_required()
# Number of our own proxies in front: that many entries at the end of X-Forwarded-For are trusted. 0: none.
PROXY_COUNT = env_int("PROXY_COUNT", 0, least=0, most=5)
# The bearer token of /metrics. Without one there is no such page, and nothing is counted.
METRICS_TOKEN = env_secret("METRICS_TOKEN", required=False)
# The audit stream: one JSON line for each event, and a receiver of signed POST requests. Without both, nothing is kept
# for it.
AUDIT_LOG = env_audit_log("AUDIT_LOG")
AUDIT_WEBHOOK_URL = env_webhook("AUDIT_WEBHOOK_URL", plain_http=INSECURE_HTTP)
AUDIT_WEBHOOK_SECRET = env_secret("AUDIT_WEBHOOK_SECRET", required=bool(AUDIT_WEBHOOK_URL))
AUDIT_REDACTOR = redact

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",  # for the log of changes to accounts; no admin site is served
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # counts with separators
    "allauth.account",
    "allauth.mfa",  # the table of second factors, and their arithmetic
    "allauth.socialaccount",  # the state of a sign-in at the provider, and the table of who signed in there
    "axes",
    "csp",
    "django_htmx",
    "heroicons",
    "models_admin",
]
MIDDLEWARE = [
    # Before the middleware that adds headers for pages, which would protect nothing on static files. These are public,
    # so they are also served over plain HTTP, where pages redirect to HTTPS.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "models_admin.middleware.request_id.RequestIdMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "models_admin.middleware.security.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    # Compressing pages is safe against BREACH here: Django pads each response with up to 100 random bytes, masks the
    # CSRF token differently each time, and no page ever holds a key.
    "django.middleware.gzip.GZipMiddleware",
    "models_admin.middleware.security.RequestSizeMiddleware",
    "models_admin.middleware.security.FetchMetadataMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "models_admin.middleware.idle.IdleMiddleware",
    "models_admin.middleware.vault_cookie.VaultCookieMiddleware",
    "models_admin.middleware.messages.HtmxMessagesMiddleware",
    "axes.middleware.AxesMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # allauth does not start without it; none of its pages is served
    "models_admin.middleware.second_factor.SecondFactorMiddleware",
    "models_admin.views.errors.ProblemMiddleware",
]
if METRICS_TOKEN:
    MIDDLEWARE.insert(
        MIDDLEWARE.index("models_admin.middleware.request_id.RequestIdMiddleware"),
        "models_admin.middleware.metrics.MetricsMiddleware",
    )
if AUDIT_LOG or AUDIT_WEBHOOK_URL:
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.contrib.auth.middleware.AuthenticationMiddleware") + 1,
        "models_admin.middleware.audit.AuditMiddleware",
    )
ROOT_URLCONF = "console.urls"
WSGI_APPLICATION = "console.wsgi.application"
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
                "models_admin.context_processors.console",
            ],
        },
    }
]

DATABASES = {"default": env_database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Readers do not wait for a writer; a writer takes its lock at the start and waits, instead of failing half-way.
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE", timeout=5, init_command="PRAGMA journal_mode=WAL"
    )
else:
    # An unreachable server or a locked row gives a 503 within seconds, not a page that never loads.
    DATABASES["default"]["OPTIONS"] = (
        {
            "connect_timeout": 5,
            "tcp_user_timeout": 10_000,  # milliseconds until a connection to a machine that is gone counts as broken
            "options": "-c lock_timeout=5s",
        }
        | DATABASES["default"].get("OPTIONS", {})
    )

# Sessions: rows in the database, as JSON. One ends SESSION_IDLE after its last use, SESSION_ABSOLUTE after sign-in.
SESSION_ENGINE = "models_admin.access.sessions"
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
SESSION_COOKIE_AGE = env_int("SESSION_IDLE", 2 * 3600, least=60, most=7 * 86400)  # seconds
SESSION_ABSOLUTE_AGE = env_int("SESSION_ABSOLUTE", 12 * 3600, least=60, most=30 * 86400)  # seconds
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Cookies. The __Host- prefix keeps another host of the domain from setting them. Browsers want HTTPS and the root path
# for it; below a BASE_PATH the weaker __Secure- has to do. Ports share cookies: consoles on one host name need a
# COOKIE_SUFFIX each, or signing in to one signs out of the other.
_PREFIX = "" if INSECURE_HTTP else "__Secure-" if BASE_PATH else "__Host-"
_SUFFIX = f"_{word}" if (word := env_word("COOKIE_SUFFIX")) else ""
SESSION_COOKIE_NAME = f"{_PREFIX}sessionid{_SUFFIX}"
CSRF_COOKIE_NAME = f"{_PREFIX}csrftoken{_SUFFIX}"
VAULT_COOKIE_NAME = f"{_PREFIX}vault_secret{_SUFFIX}"
MESSAGES_COOKIE_NAME = f"{_PREFIX}messages{_SUFFIX}"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = BASE_PATH or "/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = VAULT_COOKIE_SECURE = not INSECURE_HTTP
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "models_admin.views.errors.csrf_failure"
CSRF_COOKIE_AGE = None  # deleted with the browser session, like the others
MESSAGE_STORAGE = "models_admin.middleware.messages.MessageStorage"

# Transport and headers. Gunicorn recognises HTTPS by X-Forwarded-Proto, from the proxies that it trusts.
SECURE_SSL_REDIRECT = not INSECURE_HTTP
SECURE_REDIRECT_EXEMPT = [rf"^({re.escape(BASE_PATH[1:])}/)?(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 0 if INSECURE_HTTP else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
# Putting a domain on the browsers' preload list is its owner's decision, not an application's.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# People
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
if OIDC:
    AUTHENTICATION_BACKENDS.append("models_admin.access.backends.SingleSignOnBackend")
# People are matched by issuer and subject alone. Tokens are not kept, and allauth's own pages are not mounted.
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_AUTO_SIGNUP = False
ACCOUNT_EMAIL_VERIFICATION = SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
# Second factors: allauth's tables and arithmetic, with our own pages. A code may be one step of 30 seconds off.
MFA_ADAPTER = "models_admin.access.factor_adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_DIGITS = 10
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATORS}UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATORS}MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATORS}CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}NumericPasswordValidator"},
]
# Name and address together, so that a colleague who mistypes or guesses locks nobody else out.
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_CALLABLE = "models_admin.views.reauthenticate.locked"
AXES_CLIENT_IP_CALLABLE = "models_admin.middleware.request_id.client_address"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # the log has the sign-ins; a table of them would only grow

# Static files: hashed names, compressed in advance, cached by browsers for a year.
STATIC_URL = f"{BASE_PATH}/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "console.staticfiles.UsedFilesFinder",
]
STATIC_ROOT = env_folder("STATIC_ROOT", BASE_DIR / "staticfiles")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "console.staticfiles.StaticStorage"},
}

WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ADD_HEADERS_FUNCTION = static_headers

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"  # the browser turns times into the reader's own
USE_TZ = True
USE_I18N = False
# Limits of a request, in bytes. Files are read in memory only; no request writes a temporary file.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # the largest form is a description
FILE_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(lines=DEBUG, audit_log=AUDIT_LOG)

# What `/about/` shows of this console: its version, and which variables are set. Never a value.
VERSION = "0.1.0"
CONFIGURATION = configuration()
