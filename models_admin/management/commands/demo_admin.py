"""An administrator's account whose password is the one in DEMO_ADMIN_PASSWORD: what `make run` signs in with."""

import os
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Create an administrator's account, or reset its password to DEMO_ADMIN_PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *, username: str, **_options: Any) -> None:
        password = os.environ.get("DEMO_ADMIN_PASSWORD", "")
        if not password:
            raise CommandError("DEMO_ADMIN_PASSWORD is empty")
        user, _made = User.objects.get_or_create(username=username)
        if not user.check_password(password):  # setting it again would end the sessions of the last run
            user.set_password(password)
            user.save()
        user.groups.set([Group.objects.get(name="Administrator")])
