"""The fixed texts for each failure. `explain` combines them with the details of the response.

{service} stands for what this installation calls the API's service.

Source of the codes: "Errors" of the API's later documentation.
"""

from typing import Literal, NamedTuple

from models_admin.xerotier import errors

Side = Literal["yours", "key", "service", "network", "console"]
Action = Literal["retry", "connect", "models", ""]


class Cause(NamedTuple):
    """The fixed part of an explanation: everything that does not depend on the response."""

    title: str
    detail: str
    side: Side
    next_step: str
    action: Action = "retry"


TRY_SOON = "Try again in a moment. If it keeps happening, send the request ID to {service} support."

# Each code that says more than its HTTP status does.
CODES: dict[str, Cause] = {
    "scope_insufficient": Cause(
        "Key lacks the Model Management scope",
        "This key doesn't have the Model Management scope.",
        "key",
        "Enable the scope for this key in the {service} dashboard, or connect with a key that has it.",
        "connect",
    ),
    "cross_project_access": Cause(
        "Key belongs to another project",
        "This key is valid, but not for this project.",
        "key",
        "Connect this project with one of its own keys, or open the project that the key belongs to.",
        "connect",
    ),
    "capacity_exceeded": Cause(
        "Service at capacity",
        "The request is valid, but the service has no capacity for it at the moment.",
        "service",
        "Try again in a few minutes.",
    ),
    "quota_exceeded": Cause(
        "Project quota used up",
        "The service refuses requests until the quota is raised or reset.",
        "key",
        "Raise the quota in the {service} dashboard, or wait for its next period. Trying again now won't help.",
        "models",
    ),
    "endpoint_inactive": Cause(
        "Endpoint not active",
        "The endpoint behind this request is switched off or still starting.",
        "service",
        "Start the endpoint in the {service} dashboard, or try again once it is running.",
    ),
    "model_not_found": Cause(
        "Model not found",
        "This project has no model with this ID. The model may have been deleted, or it may belong to another project.",
        "yours",
        "Find the model in the list, or open the project that it belongs to.",
        "models",
    ),
    "project_not_found": Cause(
        "Project not found",
        "The service has no project with this ID.",
        "yours",
        "Check the project ID in the {service} dashboard and connect the project again.",
        "connect",
    ),
}

# Everything else, by kind of error. A kind that is not here has the cause of its base class.
KINDS: dict[type[errors.ApiError], Cause] = {
    errors.InvalidRequest: Cause(
        "Request not sent",
        "The request was malformed, so the console did not send it.",
        "yours",
        "Check the address, or start again from the list of models.",
        "models",
    ),
    errors.ConnectFailed: Cause(
        "API unreachable",
        "The console couldn't connect to the service, so nothing was sent.",
        "network",
        "Check the network between this console and the service, then try again.",
    ),
    errors.TimedOut: Cause(
        "Request timed out",
        "The service did not respond within the time limit.",
        "network",
        "Try again in a moment. The service or the network may be slow.",
    ),
    errors.ConnectionBroken: Cause(
        "Connection lost",
        "The connection closed before the full response arrived.",
        "network",
        "Try again in a moment.",
    ),
    errors.Redirected: Cause(
        "Unexpected redirect",
        "The API responded with a redirect. The console never follows redirects, because its requests carry a key.",
        "service",
        "Ask the administrator of this console to check the API address.",
    ),
    errors.AnswerTooLarge: Cause(
        "Response too large",
        "The service sent more than this console accepts, so the console stopped reading.",
        "service",
        TRY_SOON,
    ),
    errors.BadAnswer: Cause(
        "Unexpected response",
        "The response doesn't look like the {service} API. A proxy or a maintenance page may have answered.",
        "service",
        TRY_SOON,
    ),
    errors.ProxyRefused: Cause(
        "Blocked by a proxy or firewall",
        "The response is a web page and not from the API: a proxy or firewall refused the request.",
        "network",
        "Ask the administrator of the network between this console and {service}.",
    ),
    errors.TooLarge: Cause(
        "The request was too large",
        "The API, or a proxy in front of it, refused it because of its size, and nothing was changed.",
        "yours",
        "Shorten what you entered, then send it again.",
    ),
    errors.KeyRefused: Cause(
        "Key not accepted",
        "The service rejected this key. It may be mistyped, expired or revoked.",
        "key",
        "Connect the project again with a valid key.",
        "connect",
    ),
    errors.Denied: Cause(
        "Key not permitted to do this",
        "This key is valid, but the service denied the request. The key may be restricted to other IP addresses.",
        "key",
        "Check the key's scopes and allowed addresses in the {service} dashboard.",
        "connect",
    ),
    errors.NotFound: Cause(
        "Not found",
        "The service has nothing at this address. It may have been deleted.",
        "yours",
        "Go back to the list of models.",
        "models",
    ),
    errors.Conflict: Cause(
        "Not possible in the model's current state",
        "The service refused the request, and nothing was changed.",
        "yours",
        "Check the model's current state, then try again.",
    ),
    errors.RateLimited: Cause(
        "Rate limit reached",
        "This key has made as many requests as the service allows for now.",
        "key",
        "Wait, then try again. Requests from other tools that use the same key count too.",
    ),
    errors.BadRequest: Cause(
        "Request rejected",
        "The service rejected the request, and nothing was changed.",
        "yours",
        "Correct the value that the service names, then try again.",
    ),
    errors.Refused: Cause(
        "Request refused",
        "The service refused the request, and nothing was changed.",
        "service",
        TRY_SOON,
    ),
    errors.ServiceFailed: Cause(
        "Service error",
        "The service reported an error on its side.",
        "service",
        TRY_SOON,
    ),
    errors.Busy: Cause(
        "Console busy",
        "The console is busy: too many API requests are in progress. Nothing was sent.",
        "console",
        "Try again in a few seconds.",
    ),
}
FALLBACK = Cause(
    "Request failed", "An error occurred that this console doesn't recognise.", "console", TRY_SOON
)
DENIED_ADDRESS = Cause(
    "Key not allowed from this address",
    "This key is restricted to certain IP addresses, and this console's address isn't one of them.",
    "key",
    "Add this console's address to the key in the {service} dashboard, or connect with another key.",
    "connect",
)
