"""What a dialog says before a change that is sent by one POST."""

from dataclasses import dataclass, field

from models_admin.screens.model.details import Detail
from models_admin.xerotier.snippets import Snippets


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """For _confirm_form.html. All texts are plain.

    `effects` are sentences about what follows. `card` has facts, with `card_label` above them if that isn't "". `entry`
    is the catalog entry that is lost, [] for none. `note` is what isn't known or may be refused, "" for nothing. `keep`
    is the button that changes nothing.
    """

    title: str
    submit: str
    url: str
    back_url: str
    token: str
    effects: list[str]
    card: list[Detail]
    snippets: Snippets
    is_danger: bool
    entry: list[Detail] = field(default_factory=list)
    note: str = ""
    card_label: str = ""
    keep: str = "Cancel"
