"""Upload sessions: the optional routes, in the forms that servers are known or guessed to use."""

import time
from typing import Any

from .refusals import Refusal, invalid, scope_missing
from .shapes import iso
from .store import Project, Store

STATUSES = ("pending", "uploading", "completed", "failed")
OPEN = ("pending", "uploading")
CHUNK = 104_857_600  # bytes
LIFETIME = 24 * 3600  # seconds
CAMEL = {
    "created_at": "createdAt",
    "expires_at": "expiresAt",
    "chunk_size": "chunkSize",
    "total_chunks": "totalChunks",
    "uploaded_chunks": "uploadedChunks",
}
# ID, file, chunks, chunks uploaded, status, seconds since it was opened
SEED = (
    ("upl_0000000000000001", "qwen3-8b-instruct.tar.gz", 156, 64, "uploading", 900),
    ("upl_0000000000000002", "model-00001-of-00004.safetensors", 47, 0, "pending", 300),
    ("upl_0000000000000003", "mistral-7b-legal-Q4_K_M.gguf", 42, 42, "completed", 7_200),
    ("upl_0000000000000004", "llama-70b-draft.tar", 1_341, 17, "failed", 40_000),
    ("upl_0000000000000005", "gemma-2b.tar.bz2", 48, 48, "assembling", 1_800),
)


def listed(store: Store, project: Project, query: dict[str, str]) -> Any:
    """The sessions, newest first. Raises Refusal 400 or 403."""
    with store.lock:
        settings = store.settings
        found = _uploads(store, project)
        status, limit = query.get("status"), _limit(query.get("limit"))
        if status is not None and not settings.uploads_ignore_status:
            if status not in STATUSES:
                raise invalid("status", f"'status' must be one of {', '.join(STATUSES)}.")
            found = [item for item in found if item["status"] == status]
        page = found[: min(limit, settings.uploads_page or limit)]
        items = [_written(store, item) for item in page]
        if settings.uploads_format == "list":
            return items
        return {settings.uploads_format: items, "has_more": len(page) < len(found)}


def read(store: Store, project: Project, upload_id: str) -> dict[str, Any]:
    """One session. Raises Refusal 403 or 404."""
    with store.lock:
        written = _written(store, _upload(store, project, upload_id))
        return {"upload": written} if store.settings.upload_wrapped else written


def cancel(store: Store, project: Project, upload_id: str) -> dict[str, Any]:
    """Cancels an open session, {} for an answer without content. Raises Refusal 403, 404 or 409."""
    with store.lock:
        upload = _upload(store, project, upload_id)
        if upload["status"] in ("completed", "failed", "cancelled"):
            raise Refusal(409, "upload_not_active", f"The upload has ended (status: {upload['status']}).")
        after = store.settings.upload_cancelled
        if after == "gone":
            _uploads(store, project).remove(upload)
        else:
            upload["status"] = after
        return (
            {} if store.settings.upload_cancel_empty else _written(store, {**upload, "status": "cancelled"})
        )


def advance(store: Store, project_id: str, upload_id: str, chunks: int) -> None:
    """Lets a session receive parts, as if the command line had sent them; the last one completes it."""
    with store.lock:
        upload = _upload(store, store.project(project_id), upload_id)
        upload["uploaded_chunks"] = min(upload["total_chunks"], upload["uploaded_chunks"] + chunks)
        upload["status"] = "completed" if upload["uploaded_chunks"] == upload["total_chunks"] else "uploading"


def _uploads(store: Store, project: Project) -> list[dict[str, Any]]:
    if store.settings.uploads == "forbidden":
        raise scope_missing()
    if project.uploads is None:
        project.uploads = [_session(*item) for item in SEED] if project.models else []
    return project.uploads


def _upload(store: Store, project: Project, upload_id: str) -> dict[str, Any]:
    found = next((item for item in _uploads(store, project) if item["id"] == upload_id), None)
    if found is None:
        raise Refusal(404, "upload_not_found", f"Upload '{upload_id}' was not found.")
    return found


def _session(
    upload_id: str, filename: str, chunks: int, uploaded: int, status: str, age: int
) -> dict[str, Any]:
    created = int(time.time()) - age
    return {
        "id": upload_id,
        "object": "upload",
        "filename": filename,
        "bytes": chunks * CHUNK - 1_234_567,
        "purpose": "model",
        "status": status,
        "chunk_size": CHUNK,
        "total_chunks": chunks,
        "uploaded_chunks": uploaded,
        "created_at": created,
        "expires_at": created + LIFETIME,
    }


def _written(store: Store, upload: dict[str, Any]) -> dict[str, Any]:
    settings = store.settings
    entry = dict(upload)
    if settings.upload_chunks == "none":
        del entry["total_chunks"], entry["uploaded_chunks"], entry["chunk_size"]
    elif settings.upload_chunks == "percent":
        entry["progress"] = f"{100 * upload['uploaded_chunks'] // upload['total_chunks']}%"
        del entry["total_chunks"], entry["uploaded_chunks"]
    if settings.uploads_case == "snake":
        return entry
    dated = {name: iso(entry[name]) for name in ("created_at", "expires_at")}
    return {CAMEL.get(name, name): value for name, value in (entry | dated).items()}


def _limit(text: str | None) -> int:
    if text is None:
        return 20
    number = int(text[:19]) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= 100:
        raise invalid("limit", "'limit' must be an integer from 1 to 100.")
    return number
