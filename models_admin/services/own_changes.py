"""Changes to the console's own tables, such as a protection: recorded like changes to models, without a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.formatting.storable import json_storable
from models_admin.models import Activity
from models_admin.services.audit import row_new, row_write


def change_record(
    *,
    access: Access,
    action: str,
    model_id: str,
    model_name: str | None,
    token: str,
    changes: Sequence[Mapping[str, Any]],
    carry_out: Callable[[], None],
) -> Activity:
    """Make a change to the console's own tables, and record it in the same transaction. Return its row.

    `carry_out` makes the change, with the model locked against other changes. What it raises undoes both. Raises
    AlreadyUsed and CannotRecord too.
    """
    done: dict[str, Any] = {"outcome": Activity.Outcome.DONE, "finished_at": timezone.now()}
    row = row_new(access, action, model_id, model_name, token, changes=json_storable(list(changes)), **done)
    row_write(row, "finished", carry_out)
    return row
