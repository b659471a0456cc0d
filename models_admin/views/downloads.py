"""Answering with a file to keep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

Ending = Literal["csv", "json"]
TYPES: dict[Ending, str] = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def download(pieces: Iterator[bytes], stem: str, ending: Ending) -> StreamingHttpResponse:
    """Stream `pieces` as `<stem>-<today, UTC>.<ending>`."""
    name = f"{stem}-{timezone.now():%Y-%m-%d}.{ending}"
    response = StreamingHttpResponse(pieces, content_type=TYPES[ending])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
