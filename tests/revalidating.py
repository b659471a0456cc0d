"""The example model's revalidation, and its pages, for the tests of several files."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone

from models_admin.models import Activity
from tests.sandbox_fixture import EXAMPLE_ID

PAGE = f"/projects/proj_ABC123/models/{EXAMPLE_ID}/"
URL = f"{PAGE}revalidate/"
STATUS = f"{PAGE}status/"
NAME = "my-custom-model"


def text_of(answer) -> str:
    text = re.sub(r"<[^>]*>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", text).replace("&#x27;", "'")


def posts(sandbox) -> int:
    return sum(1 for call in sandbox.requests if call.method == "POST")


def example(sandbox):
    return sandbox.store.project("proj_ABC123").models[EXAMPLE_ID]


def token_in(answer) -> str:
    html = answer.content.decode()
    return re.search(r'name="token" value="([^"]+)"', html[html.index(f'action="{URL}"') :]).group(1)


def poll_in(answer) -> str | None:
    found = re.search(r'hx-get="([^"]*/status/[^"]*)"', answer.content.decode())
    return found.group(1).replace("&amp;", "&") if found else None


def age(row: Activity, **since) -> None:
    Activity.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(**since))
