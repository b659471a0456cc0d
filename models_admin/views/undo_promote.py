"""Undoing a promotion: the former latest version becomes the latest again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRefresh

from models_admin.access.connections import Access
from models_admin.access.tokens import TokenStale
from models_admin.errors.explain import explain
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.services.audit import AlreadyUsed, CannotRecord
from models_admin.services.protection import Protected
from models_admin.services.publishing import NotAvailable
from models_admin.services.undoing import CannotUndo
from models_admin.services.versions import VersionConflict, VersionResult, promote_undo
from models_admin.views.decorators import next_local
from models_admin.views.outcomes import NOTHING_SENT, explained, replayed, sentence, warn_not_recorded
from models_admin.xerotier.errors import ApiError

NOT_UNDONE = "The latest version was not changed back."


def undo_promote(request: Request, access: Access, row: Activity) -> HttpResponse:
    """The page is loaded again afterwards, with the result as a message: the versions on it have changed."""
    try:
        result = promote_undo(access=access, row=row, token=request.POST.get("token", ""))
    except CannotUndo as reason:
        messages.error(request, f"This change can't be undone. {reason}")
    except (Protected, VersionConflict) as refused:
        messages.error(request, f"{NOT_UNDONE} {str(refused).rstrip('.')}. {NOTHING_SENT}")
    except TokenStale:
        messages.error(request, f"This Undo button had expired. {NOTHING_SENT} Press it again.")
    except AlreadyUsed as used:
        messages.info(request, replayed(used.activity))
    except NotAvailable:
        messages.error(request, f"{NOT_UNDONE} The API doesn't offer versions to your key. {NOTHING_SENT}")
    except CannotRecord:
        messages.error(request, CannotRecord.message)
    except ApiError as error:
        messages.error(request, sentence(explained(error, f"{NOT_UNDONE} {NOTHING_SENT}", sent=False)))
    else:
        _say(request, result)
    if request.htmx:
        return HttpResponseClientRefresh()
    default = reverse("activity", args=[row.project])
    return HttpResponseRedirect(next_local(request.POST.get("next"), default=default))


def _say(request: Request, result: VersionResult) -> None:
    warn_not_recorded(request, recorded=result.recorded)
    version, note = visible(result.version), visible(result.note)
    if result.state == "done":
        messages.success(request, f"Undone: version {version} is the latest again. {note}".strip())
    elif result.state == "unknown":
        text = (
            f"We don't know whether version {version} is the latest again. {note} The request was sent once."
        )
        messages.error(request, text)
    else:
        reason = f"{explain(result.error).title}. {explain(result.error).detail}" if result.error else ""
        messages.error(request, f"{NOT_UNDONE} {reason}".strip())
