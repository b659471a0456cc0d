"""Why a sign-in at the provider failed, in words for the person who tried.

Texts name the provider as {name}. Nothing that the provider sent is quoted.
"""

from dataclasses import dataclass

TELL = "If it keeps happening, tell the administrator of this console."


@dataclass(frozen=True, slots=True)
class Cause:
    text: str
    status: int


CAUSES: dict[str, Cause] = {
    "unreachable": Cause(f"{{name}} can't be reached at the moment. Try again in a moment. {TELL}", 502),
    "slow": Cause(f"{{name}} didn't respond in time. Try again in a moment. {TELL}", 504),
    "busy": Cause("Too many people are signing in at the moment. Try again in a few seconds.", 503),
    "broken": Cause(
        f"{{name}} sent a response that the console can't use, so you aren't signed in. {TELL}", 502
    ),
    "untrusted": Cause(
        f"{{name}} sent a response that can't be trusted, so you aren't signed in. Try again. {TELL}", 502
    ),
    "refused": Cause(f"{{name}} didn't accept this sign-in. Try again. {TELL}", 502),
    "cancelled": Cause("You cancelled signing in, or {name} didn't allow it for your account.", 403),
    "stale": Cause(
        "This sign-in has expired or was started in another browser. Sign in again. Cookies must be allowed.",
        400,
    ),
    "not_again": Cause(
        "{name} didn't ask you to sign in again, so we couldn't confirm that it's you. Try again.", 403
    ),
    "no_auth_time": Cause(
        "The response from {name} doesn't include the time of your sign-in, so we couldn't confirm that it's you. Ask "
        "the administrator of this console to have the claim auth_time added to the ID token at {name}.",
        502,
    ),
    "another_person": Cause(
        "You signed in at {name} as someone else. Sign in there with the account that you use here.", 403
    ),
    "no_role": Cause(
        "You're signed in at {name}, but your groups there don't include access to this console. "
        "Ask an administrator for access, then sign in again.",
        403,
    ),
    "locked": Cause("Your account in this console is locked. Ask an administrator to unlock it.", 403),
}


class SignInFailed(Exception):
    """`cause` is one of CAUSES; `reason` is for the log, in our own words."""

    def __init__(self, cause: str, reason: str = "") -> None:
        super().__init__(reason or cause)
        self.cause = cause
        self.reason = reason

    @property
    def status(self) -> int:
        return CAUSES[self.cause].status

    def text(self, name: str) -> str:
        """The sentence for a person, with the provider's name."""
        text = CAUSES[self.cause].text.format(name=name)
        return text[0].upper() + text[1:]
