"""What `/about/` shows: the API as this project's key sees it, and this console."""

import platform
from typing import Any

import django
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from models_admin.access.permissions import role_of
from models_admin.access.project_roles import rule_for
from models_admin.errors.explain import explain
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.services.about import ProjectFacts
from models_admin.services.capabilities import Availability, Route

DIALECTS = {
    "document": "document (one answer with all models)",
    "openai": "openai (pages of up to 100 models)",
}
ROUTE_NAMES: dict[Route, str] = {
    "endpoints": "Endpoints",
    "sharing": "Sharing",
    "versions": "Versions",
    "uploads": "Uploads",
}
AVAILABILITY: dict[Availability | None, dict[str, str]] = {
    "answers": {"text": "Answers", "tone": "ok"},
    "no_route": {"text": "Not on this server", "tone": "idle"},
    "no_permission": {"text": "Not for this key", "tone": "idle"},
    None: {"text": "Not asked yet", "tone": "idle"},
}
SOURCES = {"set": "Set", "file": "Set, from a file", "default": "Default"}
NONE_MET = "None so far"


def role_facts(person: User, project: str) -> list[tuple[str, str]]:
    """The role of the account, and the one in this project with the rule that decides it."""
    facts = [("Account", role_of(person))]
    rule = rule_for(person, project) if project else None
    if rule is not None:
        whose = f"the group {rule.group}" if rule.group else "you"
        facts.append((f"In {project}", f"{rule.role}, by a project role for {whose} in {rule.pattern}"))
    return facts


def console_context() -> dict[str, Any]:
    """Versions, and the configuration by name. No value of a setting but the API's address, which is no secret."""
    return {
        "api_url": settings.XEROTIER_API_URL,
        "versions": [
            ("Console", settings.VERSION),
            ("Python", platform.python_version()),
            ("Django", django.get_version()),
            (connection.display_name, ".".join(map(str, connection.get_database_version()))),
        ],
        "configuration": [(name, SOURCES[source]) for name, source in settings.CONFIGURATION.items()],
    }


def project_context(facts: ProjectFacts) -> dict[str, Any]:
    seen = facts.observed
    return {
        "project": facts.project,
        "problem": explain(facts.error) if facts.error else None,
        "facts": [
            ("List dialect", DIALECTS[seen.dialect] if seen.dialect else "Not known yet"),
            ("Rate limit", _rate_limit(facts)),
            ("Fields unknown to the console", _words(seen.fields)),
            ("Statuses unknown to the console", _words(seen.statuses)),
        ],
        "routes": [(ROUTE_NAMES[route], AVAILABILITY[known]) for route, known in facts.routes.items()],
        "calls": [
            {
                "what": call.what,
                "time": f"{call.seconds * 1000:,.0f} ms",
                "result": call.status or "No answer",
                "at": display.moment_utc(call.at),
                "at_iso": display.moment_iso(call.at),
            }
            for call in seen.calls
        ],
    }


def refresh_sentence(failed: dict[Route, Any]) -> str:
    """Which routes could not be asked again, and why; "" if all could."""
    reasons = [f"{ROUTE_NAMES[route]}: {explain(error).title}" for route, error in failed.items()]
    return f"Some routes couldn't be checked. {'. '.join(reasons)}." if reasons else ""


def _rate_limit(facts: ProjectFacts) -> str:
    budget = facts.budget
    if budget is None:
        return display.NOT_REPORTED
    return (
        f"{display.plural(budget.limit, 'request')} a minute, {budget.remaining:,} left for the next "
        f"{max(1, round(budget.seconds))} s"
    )


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(visible(word) for word in words) or NONE_MET
