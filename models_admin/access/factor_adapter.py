"""What django-allauth asks about second factors: names, and how their secrets are encrypted."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.models import User

from models_admin.access.vault import text_decrypt, text_encrypt

ISSUER = "Xerotier Console"


class FactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return text_encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises VaultLocked where the key that encrypted it is no longer one of VAULT_KEYS."""
        return text_decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        return ISSUER

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        return super().get_public_key_credential_rp_entity() | {"name": ISSUER}

    def _get_user_identifier(self, user: User) -> str:
        return user.get_username()
