"""The state and rules of the sandbox API, without HTTP: projects, keys, models, and their endpoints."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import refusals, seed
from .record import Record
from .rules import changes_check
from .seed_gaps import gaps
from .settings import Settings

UNLIMITED = 1_000_000  # X-RateLimit-Limit when there is no limit
WINDOW = 60.0  # seconds
REGIONS = ("eu-west", "us-east")


@dataclass(slots=True)
class Project:
    """A project: its models by ID in upload order, and their endpoints."""

    id: str
    owner: str
    models: dict[str, Record] = field(default_factory=dict)
    endpoints: dict[str, str] = field(default_factory=dict)  # endpoint -> model
    workers: dict[str, str] = field(default_factory=dict)  # endpoint worker -> endpoint
    rules: dict[str, str] = field(default_factory=dict)  # routing rule -> endpoint
    validating: set[str] = field(default_factory=set)
    versions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # of a model, filled on first use
    uploads: list[dict[str, Any]] | None = None  # sessions, filled on first use


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A public address that serves one model on a worker."""

    slug: str
    model: Record
    worker: str
    region: str
    tier: str
    state: str


@dataclass(slots=True)
class Key:
    """A project's key. A revoked key is refused like an unknown one."""

    project: str
    scope: bool = True
    revoked: bool = False


@dataclass(slots=True)
class Quota:
    """A key's remaining requests in the current minute. `reset` is in seconds from now."""

    limit: int
    remaining: int
    reset: int


class Store:
    """The API's data. Every public method takes the lock, so each response is consistent.

    `clock` returns seconds and decides when a validation ends; tests replace it.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.clock = clock
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Resets all data. Projects are filled on first use."""
        with self.lock:
            self.projects: dict[str, Project] = {}
            self.seeded = {item.id: item for item in seed.PROJECTS}
            self.keys = {item.key: Key(item.id) for item in seed.PROJECTS}
            self.keys[seed.NO_SCOPE_KEY] = Key(seed.PROJECTS[0].id, scope=False)
            self.keys[seed.REVOKED_KEY] = Key(seed.PROJECTS[0].id, revoked=True)
            self.windows: dict[str, tuple[float, int]] = {}

    def authorize(self, project_id: str, token: str) -> Project:
        """The project, if the key may manage its models. Raises Refusal 401, 403 or 404."""
        with self.lock:
            key = self.keys.get(token)
            if key is None or key.revoked:
                raise refusals.key_refused("The API key is missing, mistyped, expired or revoked.")
            if project_id not in self.seeded:
                raise refusals.project_unknown(project_id)
            if key.project != project_id:
                raise refusals.other_project(project_id)
            if self.settings.scope_required and not key.scope:
                raise refusals.scope_missing()
            return self.project(project_id)

    def project(self, project_id: str) -> Project:
        """A project by its ID, filled from the seed data on first use. Raises KeyError."""
        with self.lock:
            found = self.projects.get(project_id)
            if found is None:
                item = self.seeded[project_id]
                found = Project(item.id, item.owner)
                for record in self._seed(item):
                    found.models[record.id] = record.copy()
                _add_endpoints(found)
                self.projects[project_id] = found
            return found

    def _seed(self, item: seed.Seeded) -> tuple[Record, ...]:
        first = item is seed.PROJECTS[0]
        if first and self.settings.gaps:
            return gaps(item.owner)
        count = self.settings.models if first and self.settings.models is not None else item.models
        return seed.records(item.id, item.owner, count)

    def quota(self, token: str) -> Quota:
        """Counts one request of a key. Raises Refusal 429 once the limit is reached."""
        with self.lock:
            now = self.clock()
            start, used = self.windows.get(token, (now, 0))
            if now - start >= WINDOW:
                start, used = now, 0
            limit = self.settings.rate_limit or UNLIMITED
            reset = max(1, math.ceil(start + WINDOW - now))
            if used >= limit:
                raise refusals.rate_limited(reset)
            self.windows[token] = (start, used + 1)
            return Quota(limit, limit - used - 1, reset)

    def models(self, project: Project) -> list[Record]:
        with self.lock:
            self._finish_validations(project)
            return list(project.models.values())

    def model(self, project: Project, model_id: str) -> Record:
        """Raises Refusal 404 `model_not_found`."""
        with self.lock:
            self._finish_validations(project)
            record = project.models.get(model_id)
            if record is None:
                raise refusals.model_unknown(model_id)
            return record

    def update(self, project: Project, model_id: str, body: dict[str, Any]) -> Record:
        """Changes only the given fields. Raises Refusal 400 or 404, and then changes nothing."""
        with self.lock:
            record = self.model(project, model_id)
            settings = self.settings
            changes = changes_check(
                body, null_refused=settings.null_refused, unknown_refused=settings.unknown_fields_refused
            )
            for name, value in list(changes.items()):
                if value is None and not settings.null_clears:
                    del changes[name]
                elif value == "" and settings.empty_clears:
                    changes[name] = None
            record.change(changes)
            return record

    def delete(self, project: Project, model_id: str) -> None:
        """Deletes the model with its endpoints, their workers and their routing rules."""
        with self.lock:
            self.model(project, model_id)
            gone = {name for name, model in project.endpoints.items() if model == model_id}
            for kind in (project.workers, project.rules):
                for name in [name for name, endpoint in kind.items() if endpoint in gone]:
                    del kind[name]
            for name in gone:
                del project.endpoints[name]
            project.validating.discard(model_id)
            project.versions.pop(model_id, None)
            del project.models[model_id]

    def revalidate(self, project: Project, model_id: str) -> Record:
        """Queues a validation. Raises Refusal 409 (or 400, a setting) unless `ready` or `error`."""
        with self.lock:
            record = self.model(project, model_id)
            status = record.facts["status"]
            if status not in ("ready", "error"):
                message = f"Model must be in ready or error status to revalidate (current status: {status})."
                code = "invalid_model_status"
                raise refusals.Refusal(self.settings.revalidate_refusal, code, message)
            record.change({"status": "validating"})
            record.until = self.clock() + self.settings.validation_s
            project.validating.add(model_id)
            return record

    def catalog(self, project: Project, model_id: str) -> dict[str, Any]:
        """Raises Refusal 404 if the model or its catalog entry does not exist."""
        with self.lock:
            record = self.model(project, model_id)
            if record.catalog is None:
                raise refusals.not_in_catalog(model_id)
            return {"id": record.id} | record.catalog

    def endpoints(self, project: Project) -> list[Endpoint]:
        with self.lock:
            workers = {endpoint: worker for worker, endpoint in project.workers.items()}
            return [
                Endpoint(
                    slug,
                    project.models[model_id],
                    workers.get(slug, ""),
                    REGIONS[at % len(REGIONS)],
                    "gpu_nvidia_shared_nvl",
                    "active",
                )
                for at, (slug, model_id) in enumerate(project.endpoints.items())
            ]

    def endpoint_add(self, project_id: str, model_id: str) -> str:
        """Gives the model one more endpoint with a worker. Returns its slug."""
        with self.lock:
            project = self.project(project_id)
            slug = f"added-{len(project.endpoints):05d}"
            project.endpoints[slug] = self.model(project, model_id).id
            project.workers[f"{slug}-w0"] = slug
            return slug

    def endpoint_remove(self, project_id: str, slug: str) -> None:
        """Takes an endpoint away, with its workers and rules."""
        with self.lock:
            project = self.project(project_id)
            del project.endpoints[slug]
            for kind in (project.workers, project.rules):
                for name in [name for name, endpoint in kind.items() if endpoint == slug]:
                    del kind[name]

    def attached(self, project_id: str, model_id: str) -> dict[str, int]:
        """How many endpoints, workers and routing rules a model has. No documented route returns this."""
        with self.lock:
            project = self.project(project_id)
            ours = {name for name, model in project.endpoints.items() if model == model_id}
            return {
                "endpoints": len(ours),
                "workers": sum(endpoint in ours for endpoint in project.workers.values()),
                "rules": sum(endpoint in ours for endpoint in project.rules.values()),
            }

    def _finish_validations(self, project: Project) -> None:
        """Ends validations that are due: values from the files overwrite those set by hand."""
        if not project.validating:
            return
        now = self.clock()
        for model_id in list(project.validating):
            record = project.models[model_id]
            if record.until is not None and record.until <= now:
                project.validating.discard(model_id)
                record.until = None
                failed = (
                    record.broken
                    if self.settings.validation_result is None
                    else (self.settings.validation_result == "error")
                )
                found = record.extracted if self.settings.validation_overwrites and not failed else {}
                record.change(found | {"status": "error" if failed else "ready"})


def _add_endpoints(project: Project) -> None:
    """Gives every third ready model an endpoint with two workers and a rule; shared models as many as deployed."""
    for number, record in enumerate(project.models.values()):
        if record.facts["status"] not in ("ready", "active"):
            continue
        count = record.catalog["deployment_count"] if record.catalog else int(number % 3 == 0)
        for turn in range(count):
            endpoint = f"ep_{number:05d}_{turn}"
            project.endpoints[endpoint] = record.id
            project.workers |= {f"{endpoint}_w0": endpoint, f"{endpoint}_w1": endpoint}
            project.rules[f"rule_{endpoint}"] = endpoint
