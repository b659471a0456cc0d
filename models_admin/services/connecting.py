"""Connecting a project: the key is tried against the API before the session keeps it."""

from __future__ import annotations

from models_admin.access.connections import connection_add
from models_admin.access.permissions import permission_require
from models_admin.access.throttle import attempt_begin
from models_admin.http import Request
from models_admin.services.client import client
from models_admin.xerotier.secret import Secret


def project_connect(*, request: Request, project: str, key: Secret) -> None:
    """Check the key, then seal it into the session and put the project in use.

    Raises NotAllowed, attempts.TooManyAttempts, ApiError, SessionInterrupted.
    """
    permission_require(user=request.user, act="read")
    attempt = attempt_begin(user=request.user, purpose="connect")
    client().check(project=project, key=key)
    attempt.delete()
    connection_add(request=request, project=project, key=key)
