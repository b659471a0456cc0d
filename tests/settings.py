"""The console's own settings, as the tests run them: plain HTTP, quick passwords, nothing from the machine.

DATABASE_URL is the one thing that is let through, so that the whole suite can run on PostgreSQL too.
"""

import os

for name in (
    "DEBUG",
    "SECRET_KEY_FILE",
    "VAULT_KEYS_FILE",
    "DATABASE_URL_FILE",
    "SECRET_KEY_FALLBACKS",
    "ALLOWED_HOSTS",
    "METRICS_TOKEN",
    "LOCAL_SIGN_IN",
    "REAUTHENTICATE",
    "SECOND_FACTOR_REQUIRED",
    *(name for name in os.environ if name.startswith("OIDC_")),
    "AUDIT_LOG",
    "AUDIT_WEBHOOK_URL",
):
    os.environ.pop(name, None)
os.environ |= {
    "SECRET_KEY": "tests-0f4c1de2a7b9583694c1d0aa58e2b7f3c6",
    "VAULT_KEYS": "tests-vault-9b1d7c3e5f2a48608d4c6e1b7a93f052",
    "INSECURE_HTTP": "1",
    "XEROTIER_API_URL": "http://127.0.0.1:9",  # nobody listens: a test that needs the API starts a sandbox
}

from console.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
