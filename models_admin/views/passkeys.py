"""One's own passkeys: adding one, removing one."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from models_admin.http import Request
from models_admin.middleware.second_factor import USED
from models_admin.services.passkeys import NAME_LENGTH, passkey_add, passkey_remove, registration_begin
from models_admin.services.second_factor import factors_of
from models_admin.views.decorators import signed_in
from models_admin.views.second_factor import factor_used, local_and_recent

REFUSED = "The browser's answer couldn't be used, so no passkey was added. Try again."


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def passkeys(request: Request) -> HttpResponseBase:
    """Ask the browser for a new one (GET), and keep it (POST)."""
    if response := local_and_recent(request):
        return response
    name = request.POST.get("name", "")
    if request.method != "POST":
        return _page(request)
    if not passkey_add(person=request.user, name=name, response=request.POST.get("passkey", "")):
        return _page(request, name=name, refusal=REFUSED, status=422)
    factor_used(request)
    if factors_of(person=request.user).is_first:
        messages.success(request, "Passkey added. Keep these recovery codes in a safe place.")
        return redirect("factor-codes")
    messages.success(request, "Passkey added.")
    return redirect("factor")


@require_POST
@signed_in
def passkey_removal(request: Request, pk: int) -> HttpResponseBase:
    if response := local_and_recent(request):
        return response
    try:
        name = passkey_remove(person=request.user, pk=pk)
    except Authenticator.DoesNotExist:
        raise Http404 from None
    request.session.pop(USED, None)
    messages.success(request, f"Passkey {name} removed.")
    return redirect("factor")


def _page(request: Request, *, name: str = "", refusal: str = "", status: int = 200) -> HttpResponse:
    context = {
        "options": registration_begin(person=request.user),
        "name": name,
        "name_length": NAME_LENGTH,
        "refusal": refusal,
    }
    return render(request, "registration/factor_passkey.html", context, status=status)
