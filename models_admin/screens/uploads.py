"""Upload sessions as their pages show them: the list, one session, and the commands that send files."""

import hashlib
import shlex
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from models_admin.access.connections import Access
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.screens.confirmation import Confirmation
from models_admin.screens.model.details import Detail, moment_detail, not_reported, other_details
from models_admin.screens.model.status import FIRST_DELAY, LAST_DELAY, delay_next
from models_admin.services.uploads import CancelPlan
from models_admin.xerotier.ids import is_model_id
from models_admin.xerotier.schemas import status_key
from models_admin.xerotier.snippets import snippets, upload_url, uploads_url
from models_admin.xerotier.uploads import STATUSES, Upload, UploadList

TONES = {"completed": "ok", "uploading": "busy", "failed": "bad"}
ROLE = "Cancelling an upload needs the Maintainer role."
LONGEST_STATUS = 100  # characters of a filter
# Opening a session, as the service's documentation of uploads shows it.
NEW_UPLOAD = {"purpose": "model", "filename": "model.safetensors", "bytes": 10_737_418_240}
TOOL, NEWER_TOOL = "xeroctl", "erectl"


@dataclass(frozen=True, slots=True)
class UploadsPoll:
    """When the list is read again: `url` in `delay` seconds, "" for never. `note` is one sentence, or ""."""

    url: str = ""
    delay: int = FIRST_DELAY
    note: str = ""

    @property
    def fallback(self) -> int:
        """Seconds until the page polls anyway: a poll that got no answer at all schedules no next one."""
        return max(60, 2 * self.delay)


def uploads_table(*, access: Access, uploads: UploadList, asked: str, now: datetime) -> dict[str, Any]:
    """The list. `note` says what isn't known, "" for nothing. `asked` is the status that it is filtered by, or ""."""
    note = "" if uploads.complete else "The API has more uploads than it lists here."
    rows = [upload_row(access=access, upload=item, now=now) for item in uploads.uploads]
    return {
        "rows": rows,
        "note": note,
        "asked": display.status_label(asked) if asked else "",
    }


def upload_row(*, access: Access, upload: Upload, now: datetime) -> dict[str, Any]:
    """One session. All texts are plain, "" where the API reports nothing.

    `percent` is a whole number, None where the progress isn't known. `url` and `cancel_url` are "" where there is no
    page or button; `reason` says why the button is disabled.
    """
    has_page = is_model_id(upload.id)  # the same grammar
    places = [access.project, upload.id]
    reason = "" if access.may("delete") else ROLE
    return {
        "id": visible(upload.id),
        "filename": visible(upload.label),
        "url": reverse("upload", args=places) if has_page else "",
        "status": status_badge(upload),
        "size": display.size_human(upload.size) if upload.size is not None else "",
        "size_exact": display.size_exact(upload.size) if upload.size is not None else "",
        "percent": None if upload.percent is None else int(upload.percent),
        "progress": progress_text(upload),
        "created": display.moment_utc(upload.created) if upload.created else "",
        "created_iso": display.moment_iso(upload.created) if upload.created else "",
        "expires": display.moment_utc(upload.expires) if upload.expires else "",
        "expires_iso": display.moment_iso(upload.expires) if upload.expires else "",
        "is_expired": _is_expired(upload, now) and not upload.ended,
        "cancel_url": reverse("upload-cancel", args=places) if has_page and not upload.ended else "",
        "reason": reason,
    }


def status_badge(upload: Upload) -> dict[str, str]:
    return {
        "text": display.status_label(upload.status),
        "tone": TONES.get(status_key(upload.status), "idle"),
    }


def progress_text(upload: Upload) -> str:
    """ "41% · 64 of 156 parts"; "" where nothing is known of it."""
    parts = []
    if upload.percent is not None:
        parts.append(f"{int(upload.percent)}%")
    if upload.chunks_done is not None:
        total = f" of {upload.chunks:,}" if upload.chunks is not None else ""
        parts.append(f"{upload.chunks_done:,}{total} parts")
    elif upload.chunks is not None:
        parts.append(display.plural(upload.chunks, "part"))
    return " · ".join(parts)


def upload_details(upload: Upload, *, now: datetime) -> list[Detail]:
    """All that the API reports of a session, with the keys that this console doesn't know."""
    found = [Detail("Upload ID", visible(upload.id), css_class="mono")]
    if upload.size is not None:
        found.append(Detail("Size", display.size_human(upload.size), exact=display.size_exact(upload.size)))
    progress = progress_text(upload)
    found.append(Detail("Progress", progress) if progress else not_reported("Progress"))
    found.append(moment_detail("Opened", upload.created))
    expired = "It has expired." if _is_expired(upload, now) and not upload.ended else ""
    found.append(moment_detail("Expires", upload.expires, exact=expired))
    return found + other_details(upload.other)


def status_chips(*, project: str, asked: str) -> list[dict[str, Any]]:
    """All sessions, those of each documented status, and of the one asked for."""
    url = reverse("uploads", args=[project])
    statuses = dict.fromkeys((*STATUSES, *([asked] if asked else [])))
    return [{"label": "All", "url": url, "is_current": not asked}] + [
        {
            "label": display.status_label(status),
            "url": f"{url}?{urlencode({'status': status})}",
            "is_current": status == asked,
        }
        for status in statuses
    ]


def status_asked(text: str | None) -> str:
    return status_key(text)[:LONGEST_STATUS]


def poll_first(*, project: str, uploads: UploadList, asked: str, now: datetime) -> UploadsPoll:
    """The poll of a page that was just opened."""
    return _poll(project, uploads, asked, now, FIRST_DELAY)


def poll_next(
    *, project: str, uploads: UploadList, asked: str, now: datetime, seen: str, delay: int
) -> UploadsPoll:
    """Soon if something has changed since the last reading (`seen`), else after twice the time."""
    wait = FIRST_DELAY if state_digest(uploads) != seen else delay_next(delay)
    return _poll(project, uploads, asked, now, wait)


def poll_failed(
    *, project: str, asked: str, seen: str, delay: int, title: str, request_id: str, retry_after: int | None
) -> UploadsPoll:
    """The rows stay as they are, and the next try comes later."""
    wait = delay_next(delay, retry_after=retry_after)
    note = f"The list may be out of date. {title}. Trying again in {wait} s."
    if request_id:
        note += f" Request ID {request_id}."
    return UploadsPoll(_poll_url(project, asked, seen, wait), wait, note)


def state_digest(uploads: UploadList) -> str:
    """What may change while a page is open, in 16 characters."""
    state = repr([(item.id, item.status, item.percent, item.chunks_done) for item in uploads.uploads])
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()[:16]


def upload_commands(project: str) -> dict[str, Any]:
    """How files are sent, which the console doesn't do."""
    url = uploads_url(settings.XEROTIER_API_URL, project=project)
    return {
        "tool": TOOL,
        "newer_tool": NEWER_TOOL,
        "upload": f"{TOOL} upload {shlex.join(['PATH', 'NAME'])}",
        "open_session": snippets("POST", url, body=NEW_UPLOAD),
        "list_sessions": snippets("GET", url, query={"limit": "100"}),
    }


def cancel_form(plan: CancelPlan, *, now: datetime) -> Confirmation:
    upload = plan.upload
    url = upload_url(settings.XEROTIER_API_URL, project=plan.project, upload_id=upload.id)
    return Confirmation(
        title=f"Cancel the upload of {visible(upload.label)}?",
        submit="Cancel upload",
        url=reverse("upload-cancel", args=[plan.project, upload.id]),
        back_url=reverse("uploads", args=[plan.project]),
        token=plan.token,
        effects=[
            "Everything that has been uploaded in this session is discarded.",
            "The command that is sending it will fail, and the files have to be sent again from the start.",
            "This can't be undone.",
        ],
        card=[Detail("Status", display.status_label(upload.status)), *upload_details(upload, now=now)],
        snippets=snippets("POST", f"{url}/cancel"),
        is_danger=True,
        keep="Keep the upload",
    )


def _is_live(upload: Upload, now: datetime) -> bool:
    """Whether its status may still change. What has expired changes no more, whatever its status says."""
    return not upload.ended and not _is_expired(upload, now)


def _is_expired(upload: Upload, now: datetime) -> bool:
    return upload.expires is not None and upload.expires <= now


def _poll(project: str, uploads: UploadList, asked: str, now: datetime, delay: int) -> UploadsPoll:
    if not any(_is_live(item, now) for item in uploads.uploads):
        return UploadsPoll()
    return UploadsPoll(_poll_url(project, asked, state_digest(uploads), delay), delay)


def _poll_url(project: str, asked: str, seen: str, delay: int) -> str:
    query = {"delay": min(delay, LAST_DELAY), "seen": seen} | ({"status": asked} if asked else {})
    return f"{reverse('uploads-rows', args=[project])}?{urlencode(query)}"
