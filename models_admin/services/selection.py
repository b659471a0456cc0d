"""What an action would do to each of the selected models, before anything is sent: the items of a job's preview."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from models_admin.access.connections import Access
from models_admin.formatting import display
from models_admin.formatting.storable import json_storable, text_storable
from models_admin.formatting.values import Value, base_of, field_reported, same
from models_admin.models import Job, JobItem
from models_admin.services.activity import LastSet, last_set_many, undo_obstacle
from models_admin.services.client import client
from models_admin.services.editing import current_of
from models_admin.services.endpoints import SeenEndpoints, endpoint_url, endpoints_of_many
from models_admin.services.reading import catalog_read, model_fetch
from models_admin.services.revalidating import revalidation_reason
from models_admin.xerotier.endpoints import Endpoint
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.fields import BY_NAME, Field
from models_admin.xerotier.ids import is_model_id, why_no_page
from models_admin.xerotier.schemas import Model

State = JobItem.State
READ_MOST = 100  # models that a preview reads one by one, because the list does not carry the field
READ_AT_ONCE = 8
CALLS_KEPT = 10  # of the minute, for the person's own work
NAMED_ENDPOINTS = 10  # of one model in a preview
LONGEST_NAMES = 2000  # characters
NOT_IN_CATALOG = "Not in the public catalog."
CATALOG_NOT_READ = "The public catalog was not read."
ABSENT = "It is not in this project."
NOT_LISTED = "The list of models could not be read completely, and this model was not in what was read."
NO_RECORD = "The activity no longer has a record of this change."
CHANGED_SINCE = "The value has changed since then."

Plan = Callable[[Model], JobItem]
Read = TypeVar("Read")


def items_plan(
    *,
    access: Access,
    action: Job.Action,
    models: Sequence[Model],
    absent: Sequence[str],
    complete: bool,
    field: str,
    value: Value,
) -> list[JobItem]:
    """One unsaved item for each model, and a skipped one for each ID in `absent`. Reads up to READ_MOST models.

    `complete`: whether the list that the absent ones are not in has all models.
    """
    closed = _without_a_page(models)
    models = [model for model in models if is_model_id(model.id)]
    if action in (Job.Action.SET, Job.Action.CLEAR):
        plan = _edit_plan(access, models, BY_NAME[field], lambda model: value)
    elif action is Job.Action.REVALIDATE:
        plan = _revalidate_plan
    elif action is Job.Action.DELETE:
        plan = _delete_plan(access, models)
    else:
        plan = _item
    why = ABSENT if complete else NOT_LISTED
    skipped = [JobItem(model_id=model_id, state=State.SKIPPED, message=why) for model_id in absent]
    return [*map(plan, models), *closed, *skipped]


def _without_a_page(models: Iterable[Model]) -> list[JobItem]:
    """Skipped items for the models whose IDs can't be part of an address."""
    return [
        JobItem(
            model_id=text_storable(model.id, limit=128),
            model_name=text_storable(model.name, limit=500),
            state=State.SKIPPED,
            message=why_no_page(model.id),
        )
        for model in models
        if not is_model_id(model.id)
    ]


def repairs_plan(*, access: Access, changes: Sequence[tuple[Model, str, Value]]) -> list[JobItem]:
    """One unsaved item for each change (model, field, value), one field after the other."""
    items = _without_a_page({model.id: model for model, _, _ in changes}.values())
    changes = [change for change in changes if is_model_id(change[0].id)]
    for name in dict.fromkeys(name for _, name, _ in changes):
        chosen = [(model, value) for model, field, value in changes if field == name]
        values = {model.id: value for model, value in chosen}
        models = [model for model, _ in chosen]
        items += map(_edit_plan(access, models, BY_NAME[name], partial(_value_for, values)), models)
    return items


def _value_for(values: Mapping[str, Value], model: Model) -> Value:
    return values[model.id]


def undo_plan(*, access: Access, job: Job, models: Sequence[Model], complete: bool) -> list[JobItem]:
    """The items that undo a job: back to each value before, unless it has changed since.

    If the list is not complete, models that are not in it are read one by one, or when the job runs.
    """
    done = list(job.items.filter(state=State.DONE).select_related("activity"))
    if not complete:
        listed = {model.id for model in models}
        unlisted = {item.model_id: item.model_name for item in done if item.model_id not in listed}
        models = [*models, *(Model(id=model_id, name=name) for model_id, name in unlisted.items())]
    by_field: dict[str, list[JobItem]] = defaultdict(list)
    for item in done:
        by_field[item.field or job.field].append(item)
    plans = [_undo_field(access, items, BY_NAME[name], models) for name, items in by_field.items()]
    return [item for plan in plans for item in plan]


def _undo_field(
    access: Access, done: Sequence[JobItem], field: Field, models: Sequence[Model]
) -> list[JobItem]:
    by_id = {model.id: model for model in models}
    wanted = [by_id[item.model_id] for item in done if item.model_id in by_id]
    current = _readings(access, wanted, field)
    known = _known(access, field)
    return [
        _undo_item(item, current.get(item.model_id), field, known.get(item.model_id, {})) for item in done
    ]


def _undo_item(item: JobItem, model: Model | None, field: Field, known: Mapping[str, LastSet]) -> JobItem:
    row = item.activity
    obstacle = undo_obstacle(row) if row else NO_RECORD
    if model is None:
        return JobItem(
            model_id=item.model_id, model_name=item.model_name, state=State.SKIPPED, message=ABSENT
        )
    made = _item(model)
    if obstacle or row is None:
        made.state, made.message = State.SKIPPED, obstacle
        return made
    entry = row.changes[0]
    _set_before(made, model, field, known)
    made.field = field.name
    made.base, made.after, made.undoes = base_of(entry["after"]), entry["before"], row
    if made.before_known and not same(made.before, entry["after"]):
        made.state, made.message = State.CONFLICT, CHANGED_SINCE
    return made


def _item(model: Model) -> JobItem:
    name = text_storable(model.name, limit=500)
    status = model.status if isinstance(model.status, str) else ""
    return JobItem(model_id=model.id, model_name=name, status=text_storable(status, limit=100))


def _revalidate_plan(model: Model) -> JobItem:
    item = _item(model)
    reason = revalidation_reason(status=model.status)
    if reason:
        item.state, item.message = State.SKIPPED, reason
    return item


def _delete_plan(access: Access, models: Sequence[Model]) -> Plan:
    """`before` has the endpoints that go with the model (`SeenEndpoints`), if they are known; `message` names them."""
    endpoints = endpoints_of_many(access=access, models=models)
    catalog = _catalog_sentences(access, models)

    def plan(model: Model) -> JobItem:
        item = _item(model)
        item.message = catalog.get(model.id, CATALOG_NOT_READ)
        if endpoints is not None:
            item.before, item.before_known = SeenEndpoints.of(endpoints[model.id]).as_json(), True
            named = _named(endpoints[model.id], access.project)
            item.message = f"{named} {item.message}".strip()
        return item

    return plan


def _named(endpoints: Sequence[Endpoint], project: str) -> str:
    """ "Endpoints: chat (gpu, eu-west, active, https://…/chat/v1), … and 3 more." """
    if not endpoints:
        return ""
    named = []
    for endpoint in endpoints[:NAMED_ENDPOINTS]:
        url = endpoint_url(endpoint, project=project)
        facts = ", ".join(fact for fact in (endpoint.tier, endpoint.region, endpoint.state, url) if fact)
        named.append((endpoint.slug or "no name") + (f" ({facts})" if facts else ""))
    more = len(endpoints) - len(named)
    return text_storable(
        f"Endpoints: {', '.join(named)}{f' and {more:,} more' if more else ''}.", limit=LONGEST_NAMES
    )


def _catalog_sentences(access: Access, models: Sequence[Model]) -> dict[str, str]:
    """What the public catalog says of each model, by ID. Models that the list marks as not shared cost no call."""
    unclear = [model for model in models if model.is_shared is not False]
    found = {model.id: NOT_IN_CATALOG for model in models if model.is_shared is False}
    return found | _of_each(access, unclear, lambda model: _catalog_sentence(access, model))


def _catalog_sentence(access: Access, model: Model) -> str:
    try:
        info = catalog_read(access=access, model_id=model.id)
    except ApiError:
        return CATALOG_NOT_READ
    if info is None:
        return NOT_IN_CATALOG
    count = info.deployment_count
    deployments = "" if count is None else f", with {display.plural(count, 'deployment')}"
    return f"In the public catalog{deployments}."


def _edit_plan(
    access: Access, models: Sequence[Model], field: Field, value_of: Callable[[Model], Value]
) -> Plan:
    current = _readings(access, models, field)
    known = _known(access, field)

    def plan(model: Model) -> JobItem:
        item = _item(model)
        value = value_of(model)
        item.field, item.after = field.name, value
        _set_before(item, current.get(model.id, model), field, known.get(model.id, {}))
        if item.before_known and same(item.before, value):
            item.state = State.UNCHANGED
        return item

    return plan


def _known(access: Access, field: Field) -> dict[str, dict[str, LastSet]]:
    """What was last set here, by model ID, for a field that the API does not return. Others are read from the API."""
    return {} if field.readable else last_set_many(project=access.project, fields=(field.name,))


def _set_before(item: JobItem, model: Model, field: Field, known: Mapping[str, LastSet]) -> None:
    """The value now, if it is known. The base of a field that was not read is "": whatever the value is then."""
    now = current_of(model, field, known)
    item.before, item.before_known = json_storable(now.value), now.certain
    item.base = base_of(now.value) if now.certain or not field.readable else ""


def _readings(access: Access, models: Sequence[Model], field: Field) -> dict[str, Model]:
    """The models by ID, read one by one if the list does not carry the field and they are few enough."""
    missing = [model for model in models if field.readable and not field_reported(model, field)]

    def read(model: Model) -> Model:
        try:
            return model_fetch(access=access, model_id=model.id)
        except ApiError:  # its value stays unknown, and the job reads it again
            return model

    return {model.id: model for model in models} | _of_each(access, missing, read)


def _of_each(access: Access, models: Sequence[Model], read: Callable[[Model], Read]) -> dict[str, Read]:
    """What one call for each model finds, by ID; nothing if that would be too many calls for a preview."""
    budget = client().budget(key=access.key)
    room = READ_MOST if budget is None else min(READ_MOST, budget.remaining - CALLS_KEPT)
    if not models or len(models) > room:
        return {}
    with ThreadPoolExecutor(READ_AT_ONCE, thread_name_prefix="preview") as pool:
        return {model.id: found for model, found in zip(models, pool.map(read, models), strict=True)}
