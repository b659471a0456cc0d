"""The sandbox's settings: timing, dialect, and one for each detail of the real API that its document leaves open."""

from dataclasses import dataclass, fields
from typing import Any

CHOICES: dict[str, tuple[object, ...]] = {
    "dialect": ("document", "openai"),
    "revalidate_refusal": (409, 400),
    "counters": ("total", "total_count", "nested", "none"),
    "envelope": ("error", "message", "html"),
    "key_case": ("snake", "camel"),
    "validation_result": (None, "ready", "error"),
    "endpoints": ("off", "on", "forbidden"),
    "endpoints_format": ("data", "endpoints", "list"),
    "endpoints_model": ("model", "model_id", "modelId", "object", "name"),
    "sharing": ("off", "on", "forbidden"),
    "sharing_format": ("older", "model", "message", "empty"),
    "versions": ("off", "on", "forbidden"),
    "versions_format": ("data", "versions", "list"),
    "versions_case": ("snake", "camel"),
    "version_refusal": (409, 400),
    "uploads": ("off", "on", "forbidden"),
    "uploads_format": ("data", "uploads", "list"),
    "uploads_case": ("snake", "camel"),
    "upload_chunks": ("counts", "percent", "none"),
    "upload_cancelled": ("cancelled", "failed", "gone"),
    "wrong_method": (405, 404),
}
LEAST = {
    "latency_ms": 0,
    "validation_s": 0,
    "rate_limit": 0,
    "models": 0,
    "page_ceiling": 1,
    "versions_page": 0,
    "uploads_page": 0,
}


@dataclass(slots=True)
class Settings:
    """Settings of one running sandbox. Change them with `set`, which checks names and values."""

    dialect: str = "document"
    models: int | None = None  # of the first project; None: the team's 44. Takes effect at the next reset
    gaps: bool = (
        False  # True: the first project has 200 models with mistakes instead. Takes effect at the next reset
    )
    latency_ms: float = 0
    validation_s: float = 2.0
    rate_limit: int = 0  # requests per minute and key; 0: no limit
    page_ceiling: int = 100
    ignore_offset: bool = False  # always return the first page
    counters: str = "total"  # the names of the list's counters in the openai dialect
    key_case: str = "snake"  # "camel": details in camelCase with ISO dates
    writeonly_readable: bool = False  # license, hidden_size, num_layers, vocab_size come back
    null_clears: bool = True  # False: null is accepted but the old value stays
    null_refused: bool = False  # True: 400 instead
    empty_clears: bool = False  # "" becomes null
    unknown_fields_refused: bool = False
    revalidate_refusal: int = 409
    validation_overwrites: bool = True
    validation_result: str | None = None  # None: "error" if the files are broken
    scope_required: bool = True
    endpoints: str = "off"  # the optional list of endpoints; "forbidden": only a management key may read it
    endpoints_format: str = "data"  # "list": a bare list
    endpoints_model: str = "model_id"  # how an endpoint names its model
    sharing: str = "off"  # the optional routes share and unshare; "forbidden": this account may not share
    sharing_format: str = (
        "older"  # the answer to both: the older object, the model, a message, or nothing (204)
    )
    sharing_needs_ready: bool = True  # only a ready or active model can be shared
    versions: str = "off"  # the optional routes of versions; "forbidden": this key may not use them
    versions_format: str = "data"  # "list": a bare list
    versions_case: str = "snake"  # "camel": the older keys
    versions_page: int = 0  # versions in one answer, newest first; 0: all
    version_refusal: int = 409  # for a version that exists, and for promoting the latest one
    new_version_is_latest: bool = False  # a new version becomes the latest at once
    promote_changes_model: bool = True  # the model's own version follows the latest one
    uploads: str = "off"  # the optional routes of upload sessions; "forbidden": this key may not use them
    uploads_format: str = "data"  # "list": a bare list
    uploads_case: str = "snake"  # "camel": camelCase, with ISO dates
    uploads_page: int = 0  # sessions in one answer, newest first; 0: as many as the request's limit
    uploads_ignore_status: bool = False  # the list ignores the filter
    upload_wrapped: bool = False  # one session stands below "upload"
    upload_chunks: str = "counts"  # the progress: counts of chunks, a percentage as text, or nothing
    upload_cancelled: str = "cancelled"  # what becomes of a cancelled session: its status, or "gone"
    upload_cancel_empty: bool = False  # cancelling answers 204
    wrong_method: int = 405  # for a method that a route does not have; 404: as if there were no such route
    envelope: str = "error"  # "message", "html": older error formats

    def set(self, **values: Any) -> None:
        """Raises ValueError for an unknown name or an invalid value, and then changes nothing."""
        kinds = {item.name: type(item.default) for item in fields(self)}
        for name, value in values.items():
            if name not in kinds:
                raise ValueError(f"unknown setting {name!r}")
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"{name} must be one of {CHOICES[name]}")
            if kinds[name] is bool and not isinstance(value, bool):
                raise ValueError(f"{name} must be true or false")
            if name in LEAST and not (value is None and name == "models") and not _number(value, LEAST[name]):
                raise ValueError(f"{name} must be a number of at least {LEAST[name]}")
        for name, value in values.items():
            setattr(self, name, value)


def _number(value: Any, least: int) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= least
