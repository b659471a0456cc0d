"""What each failure means: the fixed sentences that `explain` puts together with the single answer.

Source of the codes: "Errors" of the API's later documentation.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from models_admin.xerotier import errors

Side = Literal["yours", "key", "service", "network", "console"]
WayOn = Literal["retry", "connect", "models", ""]


class Cause(NamedTuple):
    """The fixed part of an explanation: all that does not depend on the single answer."""

    title: str
    detail: str
    side: Side
    next_step: str
    way_on: WayOn = "retry"


TRY_SOON = "Try again in a moment. If it stays like this, give the request ID to the service's support."

# Each code that says more than its HTTP status does.
CODES: dict[str, Cause] = {
    "scope_insufficient": Cause(
        "The key may not manage models",
        "The key is valid, yet it lacks the Model Management scope.",
        "key",
        "Enable the models scope for this key in the Xerotier dashboard, or connect with a key that has it.",
        "connect",
    ),
    "cross_project_access": Cause(
        "The key belongs to another project",
        "The key is valid, yet not for the project that is in use here.",
        "key",
        "Connect this project with one of its own keys, or switch to the project that the key belongs to.",
        "connect",
    ),
    "capacity_exceeded": Cause(
        "The service is at capacity",
        "Nothing is wrong with the request; the service has no room for it at the moment.",
        "service",
        "Wait a little, then try again.",
    ),
    "quota_exceeded": Cause(
        "The project's quota is used up",
        "The service will go on refusing until the quota is raised or starts anew.",
        "key",
        "Trying again does not help. Raise the quota in the Xerotier dashboard, or wait for its next period.",
        "models",
    ),
    "endpoint_inactive": Cause(
        "The endpoint is not active",
        "The service knows the endpoint behind this request, yet it is switched off or still starting.",
        "service",
        "Start the endpoint in the Xerotier dashboard, or try again when it has started.",
    ),
    "model_not_found": Cause(
        "There is no such model",
        "The project has no model with this id. It may have been deleted, or it belongs to another project.",
        "yours",
        "Look for it in the list of models, or switch to the project that it belongs to.",
        "models",
    ),
    "project_not_found": Cause(
        "There is no such project",
        "The service does not know the project that is connected here.",
        "yours",
        "Check the project ID in the Xerotier dashboard and connect the project again.",
        "connect",
    ),
}

# What is left, by kind of error. The first class that fits counts, so the narrow ones stand first.
KINDS: tuple[tuple[type[errors.ApiError], Cause], ...] = (
    (
        errors.InvalidRequest,
        Cause(
            "This request was not sent",
            "The console found it to be malformed and did not send it.",
            "yours",
            "Check the address, or start again from the list of models.",
            "models",
        ),
    ),
    (
        errors.ConnectFailed,
        Cause(
            "The API cannot be reached",
            "No connection to the service came about, so nothing was sent.",
            "network",
            "Check the network between this console and the service, then try again.",
        ),
    ),
    (
        errors.TimedOut,
        Cause(
            "The API did not answer in time",
            "The console stopped waiting for the service.",
            "network",
            "Try again in a moment. The service may be slow, or the network between.",
        ),
    ),
    (
        errors.ConnectionBroken,
        Cause(
            "The connection broke",
            "The connection to the service broke before its answer was whole.",
            "network",
            "Try again in a moment.",
        ),
    ),
    (
        errors.Redirected,
        Cause(
            "The API sent us elsewhere",
            "The answer was a redirect. The console never follows one, because it carries a key.",
            "service",
            "Ask whoever runs this console whether the address of the API is right.",
        ),
    ),
    (
        errors.AnswerTooLarge,
        Cause(
            "The answer was too large",
            "The service sent more than this console accepts, so it stopped reading.",
            "service",
            TRY_SOON,
        ),
    ),
    (
        errors.BadAnswer,
        Cause(
            "The answer made no sense",
            "An answer came, yet not one of the API's. A proxy or a maintenance page may stand in between.",
            "service",
            TRY_SOON,
        ),
    ),
    (
        errors.KeyRefused,
        Cause(
            "The key is not accepted",
            "The service does not accept the key: it was mistyped, has expired, or was revoked.",
            "key",
            "Connect the project again with a key that is valid.",
            "connect",
        ),
    ),
    (
        errors.Denied,
        Cause(
            "The key is not allowed to do this",
            "The key is valid, yet the service denies it this request. It may be bound to other addresses.",
            "key",
            "Check in the Xerotier dashboard what the key may do and from which addresses.",
            "connect",
        ),
    ),
    (
        errors.NotFound,
        Cause(
            "It is not there",
            "The service does not know what was asked for. It may have been deleted meanwhile.",
            "yours",
            "Go back to the list of models.",
            "models",
        ),
    ),
    (
        errors.Conflict,
        Cause(
            "The model is in a state that does not allow this",
            "The service refused, and nothing was changed.",
            "yours",
            "Look at the model as it is now, then decide again.",
        ),
    ),
    (
        errors.RateLimited,
        Cause(
            "Too many requests with this key",
            "The service counts the requests of each key, and this one has used its share for now.",
            "key",
            "Wait, then try again. Other tools that use the same key count too.",
        ),
    ),
    (
        errors.BadRequest,
        Cause(
            "The API did not accept the request",
            "The service refused what was sent, and nothing was changed.",
            "yours",
            "Correct what it names, then send it again.",
        ),
    ),
    (
        errors.Refused,
        Cause(
            "The API refused",
            "The service answered no, and nothing was changed.",
            "service",
            TRY_SOON,
        ),
    ),
    (
        errors.ServiceFailed,
        Cause(
            "The service failed",
            "The service answered that something went wrong on its side.",
            "service",
            TRY_SOON,
        ),
    ),
    (
        errors.Busy,
        Cause(
            "This console is busy",
            "As many calls to the API are under way as this console allows at once. Nothing was sent.",
            "console",
            "Try again in a few seconds.",
        ),
    ),
)
FALLBACK = Cause("The call failed", "The console could not make sense of what happened.", "console", TRY_SOON)
DENIED_ADDRESS = Cause(
    "The key may not be used from here",
    "The key is bound to IP addresses, and this console's is not among them.",
    "key",
    "Add this console's address to the key in the Xerotier dashboard, or connect with another key.",
    "connect",
)
