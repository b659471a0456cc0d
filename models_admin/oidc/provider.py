"""The provider as the operator has set it up."""

from typing import Protocol

from django.conf import settings


class Provider(Protocol):
    """What `console.single_sign_on` reads from the environment."""

    @property
    def issuer(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def client_secret(self) -> str: ...
    @property
    def groups_claim(self) -> str: ...
    @property
    def roles(self) -> dict[str, str]: ...
    @property
    def name(self) -> str: ...


def provider_get() -> Provider:
    """Raises RuntimeError where there is none; ask `settings.OIDC` first."""
    if settings.OIDC is None:
        raise RuntimeError("single sign-on is not set up")
    return settings.OIDC
