"""Connecting a project: the API checks the key before the session stores it."""

from models_admin.access.connections import connection_add
from models_admin.access.permissions import permission_require
from models_admin.access.throttle import attempt_begin
from models_admin.http import Request
from models_admin.services.client import client
from models_admin.xerotier.errors import ApiError, Denied, KeyRefused
from models_admin.xerotier.secret import Secret


def project_connect(*, request: Request, project: str, key: Secret) -> None:
    """Check the key, then store it encrypted in the session.

    Only a refused key counts as a failed attempt: a service that is away reveals nothing about keys.
    Raises NotAllowed, TooManyAttempts, ApiError, SessionInterrupted.
    """
    permission_require(user=request.user, act="read", project=project)
    attempt = attempt_begin(user=request.user, purpose="connect")
    try:
        client().check(project=project, key=key)
    except (KeyRefused, Denied):
        raise
    except ApiError:
        attempt.delete()
        raise
    attempt.delete()
    connection_add(request=request, project=project, key=key)
