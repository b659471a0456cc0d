"""The API client of this process.

Services call `client()`; nothing else builds one. It is made at first use, after any fork, and shared by
all threads, so that connections are kept and reused. Tests that move the API call `client.cache_clear()`.
"""

from functools import lru_cache

from django.conf import settings

from models_admin.xerotier.client import Client


@lru_cache(maxsize=1)
def client() -> Client:
    """The client for `XEROTIER_API_URL`, with at most `API_MAX_CALLS` operations at once (None: no bound).

    Raises ValueError, in one sentence, where the address is none of an API.
    """
    meter = None
    if settings.METRICS_TOKEN:
        from models_admin.metrics.recording import CallCounter

        meter = CallCounter()
    return Client(settings.XEROTIER_API_URL, max_calls=getattr(settings, "API_MAX_CALLS", None), meter=meter)
