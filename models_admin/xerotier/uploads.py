"""The optional operations on upload sessions: listing them, reading one, and cancelling one.

The API's documentation leaves the format of the list open, and keys may come in camelCase.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from models_admin.xerotier.errors import BadAnswer
from models_admin.xerotier.lists import items_of
from models_admin.xerotier.optional import OptionalCalls
from models_admin.xerotier.parsing import count_of, id_of, plain, text_of, time_of, value_of
from models_admin.xerotier.paths import project_path, upload_path
from models_admin.xerotier.responses import data_of, request_id_of
from models_admin.xerotier.schemas import status_key
from models_admin.xerotier.secret import Secret
from models_admin.xerotier.transport import ApiRequest

LIMIT = 100  # sessions in one answer
STATUSES = ("pending", "uploading", "completed", "failed")  # those that the list can be filtered by
COMPLETED = "completed"
OPEN = ("pending", "uploading")
ENDED = ("completed", "failed", "cancelled", "canceled", "expired", "deleted")
WRAPPED = ("upload", "data")  # keys that a server may wrap a single session in

FILENAME = ("filename", "file_name", "fileName", "name")
BYTES = ("bytes", "size_bytes", "sizeBytes", "size")
STATUS = ("status",)
CHUNKS = ("total_chunks", "totalChunks", "chunks_total", "chunk_count", "chunkCount")
CHUNKS_DONE = ("uploaded_chunks", "uploadedChunks", "chunks_uploaded", "completed_chunks", "chunks_received")
BYTES_DONE = ("uploaded_bytes", "uploadedBytes", "bytes_uploaded", "bytesUploaded")
PERCENT = ("progress", "progress_percent", "progressPercent")
CREATED = ("created_at", "createdAt", "created")
EXPIRES = ("expires_at", "expiresAt")


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload session. Texts are "" and other values None where the answer has none; times are aware.

    `percent` is the progress that the answer names, or that its chunks or bytes amount to, from 0 to 100. `other` has
    the keys that this console doesn't know, and those whose values it can't read, as they came.
    """

    id: str
    filename: str = ""
    status: str = ""
    size: int | None = None
    percent: float | None = None
    chunks: int | None = None
    chunks_done: int | None = None
    created: datetime | None = None
    expires: datetime | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    request_id: str | None = None

    @property
    def label(self) -> str:
        return self.filename or self.id

    @property
    def ended(self) -> bool:
        """Whether its status says that it has ended. One without a status, or with an unknown one, has not."""
        return status_key(self.status) in ENDED


@dataclass(frozen=True, slots=True)
class UploadList:
    """The sessions in the order of the answer. `complete` is False where there are more, or one can't be read."""

    uploads: tuple[Upload, ...]
    complete: bool = True


class UploadCalls(OptionalCalls):
    """The operations, given a way to send one request."""

    def list_uploads(self, *, project: str, key: Secret, status: str = "") -> UploadList:
        """The project's upload sessions, at most `LIMIT`. An API without them answers 404 or 405: NotFound, Refused.

        `status` is one of STATUSES, or "" for all.
        """
        query = urlencode({"limit": LIMIT} | ({"status": status} if status else {}))
        path = project_path(project, key, "uploads")
        answer = self._call(ApiRequest("GET", f"{path}?{query}"), key)
        return uploads_from_json(data_of(answer, bare_list=True), request_id=request_id_of(answer))

    def get_upload(self, *, project: str, key: Secret, upload_id: str) -> Upload:
        """One session. Raises BadAnswer for the answer about another one."""
        answer = self._call(ApiRequest("GET", upload_path(upload_id, project, key)), key)
        request_id, data = request_id_of(answer), data_of(answer)
        inner = next((data[name] for name in WRAPPED if isinstance(data.get(name), dict)), data)
        found = upload_from_json(inner, request_id=request_id)
        if found is None or found.id != upload_id:
            raise BadAnswer("The response is not about this upload.", request_id=request_id)
        return found

    def cancel_upload(self, *, project: str, key: Secret, upload_id: str) -> str | None:
        """Cancel a session and discard what was uploaded. Returns the request ID: answers differ, so read it again."""
        return self._post(f"{upload_path(upload_id, project, key)}/cancel", key)[1]


def uploads_from_json(data: Mapping[str, Any], *, request_id: str | None = None) -> UploadList:
    """Raises BadAnswer where the answer has no list. A bare list is passed as `{"data": [...]}`."""
    return UploadList(*items_of(data, "uploads", upload_from_json, request_id=request_id))


def upload_from_json(item: object, *, request_id: str | None = None) -> Upload | None:
    """One session; None if it does not say which one it is."""
    upload_id = id_of(item)
    if upload_id is None or not isinstance(item, dict):
        return None
    read = {"id", "object"}

    def value(keys: tuple[str, ...], reader: Any) -> Any:
        found = value_of(item, keys, reader)[1]
        read.update(key for key in keys if item.get(key) is None or reader(item[key]) == found is not None)
        return found

    size, chunks, chunks_done = value(BYTES, count_of), value(CHUNKS, count_of), value(CHUNKS_DONE, count_of)
    return Upload(
        upload_id,
        filename=value(FILENAME, text_of) or "",
        status=value(STATUS, _word) or "",
        size=size,
        percent=_percent(value(PERCENT, _number), chunks_done, chunks, value(BYTES_DONE, count_of), size),
        chunks=chunks,
        chunks_done=chunks_done,
        created=value(CREATED, time_of),
        expires=value(EXPIRES, time_of),
        other={key: plain(raw) for key, raw in item.items() if key not in read},
        request_id=request_id,
    )


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _percent(
    named: float | None, chunks_done: int | None, chunks: int | None, done: int | None, size: int | None
) -> float | None:
    """From the counts, which are clear, and else from the number that the answer names."""
    for part, whole in ((done, size), (chunks_done, chunks)):
        if part is not None and whole:
            return min(100.0, 100 * part / whole)
    return named


def _number(value: Any) -> float | None:
    """A percentage from 0 to 100, also written as text. Without a percent sign, up to 1 it could be a fraction."""
    signed = isinstance(value, str) and value.strip().endswith("%")
    if isinstance(value, str):
        try:
            value = float(value.strip().removesuffix("%"))
        except ValueError:
            return None
    if type(value) not in (int, float) or not 0 <= value <= 100:
        return None
    return None if 0 < value <= 1 and not signed else float(value)
