"""What deleting and revalidating share: a form that counts once, and what became of a change."""

from __future__ import annotations

from dataclasses import dataclass

from models_admin.connections import Access
from models_admin.models import Activity
from models_admin.services.api import client
from models_admin.services.recording import AlreadyUsed
from models_admin.tokens import Token, token_read
from models_admin.xerotier.errors import ApiError, NotFound
from models_admin.xerotier.schemas import Model


@dataclass(frozen=True, slots=True)
class Reading:
    """The model read again after a change whose answer was lost.

    `model` is None with `gone` True where the API says that there is none, and with `gone` False where
    reading failed too: `error` then says how.
    """

    model: Model | None = None
    gone: bool = False
    error: ApiError | None = None


def token_check(*, access: Access, token: str, model_id: str, purpose: str) -> Token:
    """Read a form's token, and raise AlreadyUsed before anything is asked of the API.

    The unique row that `change_begin` writes is what really makes a form count once; this only
    spares a second submit the calls, and gives it the outcome of the first.
    Raises TokenStale where the token was not made for this person, project, model and purpose.
    """
    read = token_read(token, user=access.user, project=access.project, model_id=model_id, purpose=purpose)
    earlier = Activity.objects.filter(token=read.nonce).first()
    if earlier is not None:
        raise AlreadyUsed(earlier)
    return read


def model_read_anew(*, access: Access, model_id: str) -> Model:
    """Ask the API, past every cache. Raises ApiError."""
    return client().get_model(project=access.project, key=access.key, model_id=model_id)


def model_look_again(*, access: Access, model_id: str) -> Reading:
    """Find out what is true after an answer was lost. Never raises an ApiError."""
    try:
        return Reading(model=model_read_anew(access=access, model_id=model_id))
    except ApiError as error:
        return Reading(gone=model_gone(error), error=error)


def model_gone(error: ApiError) -> bool:
    """Whether the API itself said that this model does not exist.

    A 404 about the project says nothing of the model, and neither does a page or an empty body: that may
    be a proxy's. An older answer has no code, yet the API's own words.
    """
    if not isinstance(error, NotFound):
        return False
    return error.code == "model_not_found" or (error.code is None and error.spoken)
