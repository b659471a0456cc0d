"""Sign-in backends beside Django's own."""

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import User

SINGLE_SIGN_ON = "models_admin.access.backends.SingleSignOnBackend"


class SingleSignOnBackend(BaseBackend):
    """Marks the sessions of people who signed in at the provider.

    It is in the settings only while single sign-on is set up, so that turning it off ends these sessions. Permissions
    come from Django's own backend.
    """

    def get_user(self, user_id: int) -> User | None:
        return ModelBackend().get_user(user_id)
