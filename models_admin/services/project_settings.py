"""What administrators have set for a project: whether deletions need a second person."""

import secrets

from models_admin.access.connections import Access
from models_admin.models import Activity, ProjectSettings
from models_admin.services.approval import second_person_needed
from models_admin.services.audit import change, change_record

NAME = "Project settings"  # what the activity shows in place of a model


def second_person_set(*, access: Access, wanted: bool) -> bool:
    """Switch the second person for deletions on or off. Return whether that changed anything.

    Raises NotAllowed and CannotRecord.
    """
    access.require("team")
    before = second_person_needed(project=access.project)
    if wanted == before:
        return False

    def carry_out() -> None:
        values = {"approve_deletions": wanted}
        ProjectSettings.objects.update_or_create(project=access.project, defaults=values)

    change_record(
        access=access,
        action=Activity.Action.SETTINGS,
        model_id="",
        model_name=NAME,
        token=secrets.token_urlsafe(24),
        changes=[change(field="approve_deletions", before=before, after=wanted)],
        carry_out=carry_out,
    )
    return True
