"""Protecting a model, with a reason, and lifting its protection. Both change the console's own table only."""

from models_admin.access.connections import Access
from models_admin.formatting.storable import text_storable
from models_admin.models import Activity, Protection
from models_admin.services.audit import change, change_record, token_check
from models_admin.services.protection import protection_of
from models_admin.services.reading import model_fetch
from models_admin.xerotier.schemas import Model

PROTECT, UNPROTECT = "protect", "unprotect"
LONGEST_REASON = 300  # characters


class ReasonRefused(Exception):
    """The reason is missing or too long. Nothing was changed. The text says which."""


class AlreadyProtected(Exception):
    """Someone else has protected the model in the meantime. Nothing was changed."""

    def __init__(self, protection: Protection) -> None:
        super().__init__("the model is already protected")
        self.protection = protection


class NotProtected(Exception):
    """The protection has already been lifted. Nothing was changed."""


def protect_open(*, access: Access, model_id: str) -> Model:
    """Read the model whose form is opened. Raises NotAllowed, AlreadyProtected, ApiError."""
    access.require("protect")
    found = protection_of(project=access.project, model_id=model_id)
    if found is not None:
        raise AlreadyProtected(found)
    return model_fetch(access=access, model_id=model_id)


def protect_token(*, access: Access, model_id: str) -> str:
    """A new token for the form that protects a model."""
    return access.form_token(model_id, PROTECT)


def unprotect_token(*, access: Access, model_id: str) -> str:
    """A new token for the button that lifts a protection."""
    return access.form_token(model_id, UNPROTECT)


def model_protect(*, access: Access, model_id: str, reason: str, token: str) -> Protection:
    """Protect the model. A change that has already been recorded is still sent; none can be recorded afterwards.

    Raises NotAllowed, TokenStale, AlreadyUsed, ReasonRefused, AlreadyProtected, CannotRecord; an ApiError if the model
    can't be read. Nothing was changed then.
    """
    access.require("protect")
    read = token_check(access=access, token=token, model_id=model_id, purpose=PROTECT)
    reason = reason_read(reason)
    model = protect_open(access=access, model_id=model_id)
    protection = Protection(
        **access.author,
        model_id=model_id,
        model_name=text_storable(model.name, limit=500),
        reason=reason,
    )

    def carry_out() -> None:
        found = protection_of(project=access.project, model_id=model_id)
        if found is not None:
            raise AlreadyProtected(found)
        protection.save(force_insert=True)

    change_record(
        access=access,
        action=Activity.Action.PROTECT,
        model_id=model_id,
        model_name=model.name,
        token=read.nonce,
        changes=[change(field="protection", before=None, after=reason)],
        carry_out=carry_out,
    )
    return protection


def model_unprotect(*, access: Access, model_id: str, token: str) -> Protection:
    """Lift the protection, and return it. Calls no API: the model may be gone.

    Raises NotAllowed, TokenStale, AlreadyUsed, NotProtected, CannotRecord. Nothing was changed then.
    """
    access.require("protect")
    read = token_check(access=access, token=token, model_id=model_id, purpose=UNPROTECT)
    protection = protection_of(project=access.project, model_id=model_id)
    if protection is None:
        raise NotProtected

    def carry_out() -> None:
        if not Protection.objects.filter(pk=protection.pk).delete()[0]:
            raise NotProtected

    change_record(
        access=access,
        action=Activity.Action.UNPROTECT,
        model_id=model_id,
        model_name=protection.model_name,
        token=read.nonce,
        changes=[change(field="protection", before=protection.reason, after=None)],
        carry_out=carry_out,
    )
    return protection


def reason_read(text: str) -> str:
    """The reason as it is stored: one line. Raises ReasonRefused."""
    reason = text_storable(" ".join(text.split()))
    if not reason:
        raise ReasonRefused("Enter a reason. Everyone who can see the model will see it.")
    if len(reason) > LONGEST_REASON:
        raise ReasonRefused(
            f"The reason has {len(reason):,} characters; at most {LONGEST_REASON:,} are stored."
        )
    return reason
