"""Checks: what is probably wrong in the metadata, dismissing findings and taking that back, exports."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from models_admin.access.connections import Access
from models_admin.errors.explain import explain
from models_admin.formatting import display
from models_admin.http import Request
from models_admin.screens.checks.export import findings_csv, findings_json
from models_admin.screens.checks.page import checkspage_make, details_make, select, unread_ids
from models_admin.screens.checks.query import Query
from models_admin.services.checks import (
    Checked,
    Key,
    checks_run,
    findings_dismiss,
    findings_restore,
    repairs_of,
)
from models_admin.services.details import Slice, details_read
from models_admin.services.jobs import job_draft_repairs
from models_admin.views.decorators import connected
from models_admin.views.responses import download, go

UNPROCESSABLE = 422
NO_PROPOSAL = "Select findings that propose a value."


@require_safe
@connected
def checks(request: Request, access: Access) -> HttpResponse:
    # "fresh" is what Refresh asks for; it never becomes part of an address that the page writes.
    checked = checks_run(access=access, fresh="fresh" in request.GET)
    return _page(request, access, checked, Query.read(request.GET.dict()))


@require_POST
@connected
def checks_dismiss(request: Request, access: Access) -> HttpResponse:
    """Dismisses the findings that the form names, and all of each rule in `all`, as far as the filters show them."""
    access.require("edit")
    checked, query = checks_run(access=access), _query_sent(request)
    reason = request.POST.get("reason", "").strip()
    chosen = _chosen(request, checked, query)
    if not reason or not chosen:
        refusal = (
            "Select the findings to dismiss." if reason else "Give a reason for dismissing these findings."
        )
        return _page(
            request,
            access,
            checked,
            query,
            refusal=refusal,
            reason=reason,
            needs_reason=not reason,
            ticked=list(chosen),
        )
    count = findings_dismiss(access=access, findings=chosen, reason=reason)
    messages.success(request, f"{display.plural(count, 'finding')} dismissed.")
    return redirect(_address(access, query))


@require_POST
@connected
def checks_restore(request: Request, access: Access) -> HttpResponse:
    query = _query_sent(request)
    keys = [_key(text) for text in request.POST.getlist("finding")]
    count = findings_restore(access=access, keys=keys)
    if count:
        messages.success(request, f"{display.plural(count, 'finding')} reopened.")
    return redirect(_address(access, query))


@require_POST
@connected
def checks_repair(request: Request, access: Access) -> HttpResponse:
    """To the preview of a job that sets what the selected findings propose, one value for each field of a model."""
    access.require("edit")
    checked, query = checks_run(access=access), _query_sent(request)
    chosen = _chosen(request, checked, query)
    changes = repairs_of(checked, chosen)
    if not changes:
        return _page(request, access, checked, query, refusal=NO_PROPOSAL, ticked=list(chosen))
    job = job_draft_repairs(access=access, changes=changes)
    return redirect("job", access.project, job.pk)


@require_POST
@connected
def checks_details(request: Request, access: Access) -> HttpResponse:
    """Reads the details of some more models; for htmx the progress, which asks for the next ones by itself."""
    query, checked = _query_sent(request), checks_run(access=access)
    ids = unread_ids(checked, query)
    done = details_read(access=access, model_ids=ids) if ids else Slice()
    note = explain(done.error).title if done.error else done.note
    if not request.htmx:
        if note:
            messages.info(request, note)
        return go(request, _address(access, query))
    details = details_make(checks_run(access=access), query, note=note, wait=done.wait)
    if details is None or (not details.left and not note):
        return go(request, _address(access, query))
    context = {"details": details, "details_url": request.path, "auto": not done.error}
    return render(request, "models_admin/_checks_details.html", context)


@require_safe
@connected
def checks_export_csv(request: Request, access: Access) -> StreamingHttpResponse:
    checked = checks_run(access=access)
    return download(findings_csv(checked, _asked(request, checked)), f"checks-{access.project}", "csv")


@require_safe
@connected
def checks_export_json(request: Request, access: Access) -> StreamingHttpResponse:
    checked = checks_run(access=access)
    about = {
        "project": access.project,
        "read_at": display.moment_iso(checked.listing.read_at),
        "complete": checked.listing.list.complete,
        "undecided": [rule.name for rule in checked.report.undecided],
    }
    pieces = findings_json(checked, _asked(request, checked), about)
    return download(pieces, f"checks-{access.project}", "json")


def _page(
    request: Request,
    access: Access,
    checked: Checked,
    query: Query,
    *,
    refusal: str = "",
    reason: str = "",
    needs_reason: bool = False,
    ticked: list[Key] | None = None,
) -> HttpResponse:
    page = checkspage_make(checked=checked, query=query, project=access.project)
    names = ("dismiss", "restore", "repair", "details", "export-csv", "export-json")
    context: dict[str, Any] = {
        "section": "models",
        "page": page,
        "details": page["details"],
        "may_edit": access.may("edit"),
        "checks_url": reverse("checks", args=[access.project]),
        "refusal": refusal,
        "reason": reason,
        "needs_reason": needs_reason,
        "ticked": {f"{rule}:{model_id}" for model_id, rule in ticked or ()},
        **{
            f"{name.replace('-', '_')}_url": reverse(f"checks-{name}", args=[access.project])
            for name in names
        },
    }
    return render(request, "models_admin/checks.html", context, status=UNPROCESSABLE if refusal else 200)


def _address(access: Access, query: Query) -> str:
    return reverse("checks", args=[access.project]) + query.encode(page=query.page)


def _query_sent(request: Request) -> Query:
    return Query.read(QueryDict(request.POST.get("query", "").removeprefix("?")).dict())


def _asked(request: Request, checked: Checked) -> list[Any]:
    query = Query.read(request.GET.dict())
    found = select(checked.report.findings, query, checked.listing.list)
    return [item for item in found if (checked.key(item) in checked.dismissed) == bool(query.state)]


def _key(text: str) -> Key:
    rule, _, model_id = text.partition(":")
    return model_id, rule


def _chosen(request: Request, checked: Checked, query: Query) -> dict[Key, str]:
    """The open findings that the form selects, with their texts: what is gone meanwhile is left out."""
    only = request.POST.get("only", "")  # the finding whose key was pressed, whatever else is selected
    named = {_key(text) for text in ([only] if only else request.POST.getlist("finding"))}
    rules = set() if only else set(request.POST.getlist("all"))
    whole = {checked.key(item) for item in select(checked.report.findings, query, checked.listing.list)}
    return {
        key: item.reason
        for item in checked.report.findings
        if (key := checked.key(item)) not in checked.dismissed
        and (key in named or (item.rule.name in rules and key in whole))
    }
