"""Encrypt the secrets of second factors with the first of VAULT_KEYS, before an old key is removed."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db.transaction import atomic

from models_admin.access.vault import VaultLocked, text_decrypt, text_encrypt

SECRETS = ("secret", "seed")


class Command(BaseCommand):
    help = "Encrypt the secrets of second factors with the first of VAULT_KEYS, before an old key is removed."

    def handle(self, *_args: Any, **_options: Any) -> None:
        done, unreadable = 0, 0
        for pk in Authenticator.objects.values_list("pk", flat=True):
            try:
                done += _encrypt_again(pk)
            except VaultLocked:
                unreadable += 1
        self.stdout.write(f"{done} secrets encrypted with the first of VAULT_KEYS.")
        if unreadable:
            raise CommandError(f"{unreadable} secrets were encrypted with a key that is not in VAULT_KEYS.")


@atomic
def _encrypt_again(pk: int) -> int:
    found = Authenticator.objects.select_for_update().get(pk=pk)
    names = [name for name in SECRETS if name in found.data]
    for name in names:
        found.data[name] = text_encrypt(text_decrypt(found.data[name]))
    found.save(update_fields=["data"])
    return len(names)
