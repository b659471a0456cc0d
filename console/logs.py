"""Log lines as JSON on stderr, each with the request's id, and with everything that looks like a secret removed.

Nothing may log a key, a cookie, a password or a form body. Redaction is a second defence behind that rule.
"""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from console.audit_log import audit_handler

HIDDEN = "[hidden]"
# Values with these names are never written.
NAMES = re.compile(r"(?i)authorization|cookie|passw|secret|token|api_?key|vault|sessionid")
# Recognisable secrets: API keys and join keys by both names of the service, bearer headers, our own cookies, and
# passwords in addresses.
TEXTS = re.compile(
    r"(?i)(?:xero|xjk|ejk)_[a-z0-9][\w-]*"
    r"|(?:(?<![a-z])|(?<=%[0-9a-f]{2}))ere_[a-z0-9][\w-]*"  # not in "where_it"
    r"|(?<=bearer )\S+"
    r"|(?:sessionid|csrftoken|vault_secret)\w*=[^;\s]+"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)

LOGGERS = {
    # Its lines are JSON already, and secrets were removed when the events were recorded.
    "audit": {"handlers": ["audit"], "level": "INFO", "propagate": False},
    # These write headers, and bodies, at their lower levels.
    "urllib3": {"level": "WARNING"},
    "http.client": {"level": "WARNING"},
    "django": {"handlers": [], "level": "INFO", "propagate": True},
    # Our own middleware writes one line a request, with the status and the reason of a refusal. Django's
    # would repeat it, some with a traceback although nothing is broken.
    "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    "django.request": {"level": "ERROR"},
    "django.security": {"level": "CRITICAL"},
}


def redact(value: Any, name: str = "") -> Any:
    """The same value with secrets replaced; containers are copied."""
    if name and NAMES.search(name):
        return HIDDEN
    if isinstance(value, str):
        return TEXTS.sub(HIDDEN, value)
    if isinstance(value, dict):
        return {key: redact(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [redact(inner) for inner in value]
    return value


def redacted(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The processor: keys that structlog uses itself begin with an underscore and stay."""
    return {key: value if key.startswith("_") else redact(value, key) for key, value in event.items()}


def logging_config(*, lines: bool, audit_log: str = "") -> dict[str, Any]:
    """The dictConfig, with structlog set up to use it. `lines` gives readable text instead of JSON.

    `audit_log` is where the audit stream goes, as `env_audit_log` returns it.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Tracebacks become text before they are redacted; frames' variables are never in them.
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    last += [structlog.processors.format_exc_info, redacted]
    last += [structlog.dev.ConsoleRenderer() if lines else structlog.processors.JSONRenderer(default=repr)]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = {"()": structlog.stdlib.ProcessorFormatter, "processors": last, "foreign_pre_chain": shared}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "structured"},
            "audit": audit_handler(audit_log),
        },
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": LOGGERS,
    }
