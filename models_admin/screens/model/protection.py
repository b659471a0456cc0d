"""The protection of a model, as its page shows it."""

from typing import Any

from django.urls import reverse

from models_admin.access.connections import Access
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.models import Protection
from models_admin.services.protecting import unprotect_token


def protection_panel(*, access: Access, protection: Protection) -> dict[str, Any]:
    """Who protected the model, when and why. `obstacle` says why this person can't lift it, "" if they can."""
    return {
        "who": visible(protection.username),
        "since": display.moment_utc(protection.created_at),
        "since_iso": display.moment_iso(protection.created_at),
        "reason": visible(protection.reason),
        "url": reverse("model-unprotect", args=[protection.project, protection.model_id]),
        "token": unprotect_token(access=access, model_id=protection.model_id),
        "obstacle": access.why_not("protect"),
    }
