"""The page of one change: what the table of the activity has no room for, and its request."""

from models_admin.formatting.text import visible
from models_admin.models import Activity
from models_admin.screens.model.details import Detail, moment_detail
from models_admin.services.activity import undo_obstacle, version_of
from models_admin.xerotier.snippets import Snippets, model_url, promote_url, snippets, upload_url

OWN_CHANGES = (
    Activity.Action.PROTECT,
    Activity.Action.UNPROTECT,
    Activity.Action.ASK_DELETE,
    Activity.Action.DECLINE_DELETE,
    Activity.Action.WITHDRAW_DELETE,
    Activity.Action.SETTINGS,
)


def change_details(row: Activity) -> list[Detail]:
    found = [
        Detail("Number", str(row.pk), css_class="mono"),
        moment_detail("Started", row.created_at),
    ]
    if row.finished_at:
        found.append(moment_detail("Ended", row.finished_at))
    if row.status:
        found.append(Detail("HTTP status", str(row.status)))
    texts = {
        "Error code": row.code,
        "Project": row.project,
        "Upload ID" if row.action == Activity.Action.CANCEL_UPLOAD else "Model ID": row.model_id,
        "API request ID": row.api_request_id,
        "Console request ID": row.request_id,
    }
    return found + [Detail(label, visible(text), css_class="mono") for label, text in texts.items() if text]


def change_snippets(row: Activity, *, api_url: str) -> Snippets | None:
    """The request of this change; None for a change of the console's own, and an edit whose value was not recorded."""
    if row.action in OWN_CHANGES:
        return None
    url = model_url(api_url, project=row.project, model_id=row.model_id)
    if row.action == Activity.Action.DELETE:
        return snippets("DELETE", url)
    if row.action == Activity.Action.REVALIDATE:
        return snippets("POST", f"{url}/revalidate")
    if row.action in (Activity.Action.SHARE, Activity.Action.UNSHARE):
        return snippets("POST", f"{url}/{row.action}")
    if row.action == Activity.Action.CANCEL_UPLOAD:
        upload = upload_url(api_url, project=row.project, upload_id=row.model_id)
        return snippets("POST", f"{upload}/cancel")
    if row.action == Activity.Action.PROMOTE:
        return snippets("POST", promote_url(url, version_of(row)))
    if row.action == Activity.Action.VERSION:
        return snippets("POST", f"{url}/versions", body=version_body(row))
    values = {entry.get("field", row.field): entry["after"] for entry in row.changes if "after" in entry}
    return snippets("PATCH", url, body=values) if values else None


def version_body(row: Activity) -> dict[str, str]:
    """What was sent to create a version. Notes that were empty were left out."""
    sent = {entry["field"]: entry["after"] for entry in row.changes if entry.get("after")}
    return {name: text for name, text in sent.items() if name in ("version", "version_notes")}


def undo_snippets(row: Activity, *, api_url: str) -> Snippets | None:
    """The request that would undo this change; None if it can't be undone."""
    if undo_obstacle(row):
        return None
    url = model_url(api_url, project=row.project, model_id=row.model_id)
    if row.action == Activity.Action.PROMOTE:
        return snippets("POST", promote_url(url, str(row.changes[0]["before"])))
    return snippets(
        "PATCH", url, body={entry.get("field", row.field): entry["before"] for entry in row.changes}
    )
