"""Deletes old rows of the activity. Without --delete it only says what it would delete."""

import argparse
import re
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from models_admin.services.pruning import activity_prunable, activity_prune


def days(text: str) -> timedelta:
    """`400d` as 400 days, from one day upwards: forms of the last twelve hours may still be sent."""
    found = re.fullmatch(r"([1-9]\d{0,4})d", text, re.ASCII)
    if not found:
        raise argparse.ArgumentTypeError("must be a number of days, such as 400d")
    return timedelta(days=int(found[1]))


class Command(BaseCommand):
    help = "Delete activity rows older than a number of days. Without --delete, only say how many."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--older-than", type=days, required=True, metavar="400d")
        parser.add_argument("--delete", action="store_true", help="delete them, for good")

    def handle(self, *, older_than: timedelta, delete: bool, **_options: Any) -> None:
        before = timezone.now() - older_than
        found = activity_prunable(before=before)
        stay = found.old - len(found.ids)
        self.stdout.write(
            f"{found.old:,} rows are older than {older_than.days} days. {stay:,} of them stay: the last row of "
            "a model, values last set here, and results of jobs that are unknown."
        )
        if delete:
            self.stdout.write(f"{activity_prune(before=before):,} rows deleted.")
        else:
            self.stdout.write(
                f"{len(found.ids):,} rows would be deleted. Run it with --delete to delete them."
            )
