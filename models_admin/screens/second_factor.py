"""The QR code of an authenticator app's secret, and the secret as text."""

from dataclasses import dataclass

from allauth.mfa.adapter import get_adapter
from django.contrib.auth.models import User
from qrcode import QRCode

BORDER = 4  # modules of white around it, as the standard wants


@dataclass(frozen=True, slots=True)
class AppSetup:
    """`path` is the `d` of an SVG path in a square of `size` units; `secret` is in groups of four characters."""

    path: str
    size: int
    secret: str
    address: str  # otpauth://, for an app on this device


def app_setup(*, person: User, secret: str) -> AppSetup:
    address = get_adapter().build_totp_url(person, secret)
    code = QRCode(border=BORDER)
    code.add_data(address)
    matrix = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, line in enumerate(matrix) for x, is_dark in enumerate(line) if is_dark
    )
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return AppSetup(path=path, size=len(matrix), secret=groups, address=address)
