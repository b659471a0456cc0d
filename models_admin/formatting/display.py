"""Numbers, dates and statuses as the pages show them."""

from datetime import date, datetime, timezone

from models_admin.formatting.text import visible

NOT_REPORTED = "Not reported by the API"
EMPTY = "Empty"
DASH = "—"

_BYTES = ("bytes", "KB", "MB", "GB", "TB", "PB", "EB")
_TONES = {"ready": "ok", "validating": "busy", "error": "bad"}


def size_human(size: int) -> str:
    """Bytes in powers of 1024, three significant digits: 4294967296 -> "4.00 GB", as the API writes it."""
    if size < 1024:
        return size_exact(size)
    value, unit = float(min(size, 2**80)), 0
    # 1023.6 KB would be rounded to 1,024 KB: that is 1.00 MB.
    while value >= 1023.5 and unit < len(_BYTES) - 1:
        value /= 1024
        unit += 1
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{digits}f} {_BYTES[unit]}"


def size_exact(size: int) -> str:
    return "1 byte" if size == 1 else f"{size:,} bytes"


def tokens_human(count: int) -> str:
    """A context length: 32768 -> "32K", 1048576 -> "1M"; 128256 -> "128,256", which no power of two fits."""
    if count % 1000 == 0:
        return f"{count:,}"  # 128000 is 125 times 1024, yet people call it 128K: neither short form is clear
    if count >= 2**20 and count % 2**20 == 0:
        return f"{count // 2**20:,}M"
    if count >= 1024 and count % 1024 == 0:
        return f"{count // 1024:,}K"
    return f"{count:,}"


def count_human(count: int) -> str:
    """Parameters, three significant digits: 7000000000 -> "7B", 567754752 -> "568M"."""
    for factor, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K")):
        # Half a unit of the third digit below the factor is already rounded up to it.
        if count >= factor - factor // 2000:
            value = min(count, 10**30) / factor
            digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
            text = f"{value:,.{digits}f}"
            return (text.rstrip("0").rstrip(".") if digits else text) + letter
    return f"{count:,}"


def number_exact(count: int) -> str:
    """Every digit, grouped: 128256 -> "128,256"."""
    return f"{count:,}"


def day_short(moment: datetime, *, today: date) -> str:
    """ "12 Jan" in the year of `today`, else "12 Jan 2024". UTC."""
    return f"{moment.day} {moment:%b}" + ("" if moment.year == today.year else f" {moment.year}")


def day_long(moment: datetime) -> str:
    """ "Wednesday, 24 January 2024". UTC."""
    at = moment.astimezone(timezone.utc)
    return f"{at:%A}, {at.day} {at:%B} {at.year}"


def moment_utc(moment: datetime) -> str:
    """ "24 Jan 2024, 19:10 UTC"."""
    at = moment.astimezone(timezone.utc)
    return f"{at.day} {at:%b} {at.year}, {at:%H:%M} UTC"


def moment_iso(moment: datetime) -> str:
    """ "2024-01-24T19:10:56Z": for attributes and exports."""
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def age_text(seconds: float) -> str:
    """ "just now", "8 s ago", "3 min ago". A clock that jumped back counts as now."""
    if seconds < 2:
        return "just now"
    return f"{int(seconds)} s ago" if seconds < 100 else f"{int(seconds // 60)} min ago"


def status_tone(status: str | None) -> str:
    """The colour: "ok", "busy", "bad", or "idle" for an unknown status."""
    return _TONES.get((status or "").strip().casefold(), "idle")


def status_label(status: str | None) -> str:
    """The API's word, capitalised: "ready" -> "Ready". An unknown one stays as it is."""
    if not status or not status.strip():
        return "Not reported"
    return word_label(status)


def word_label(text: str) -> str:
    """ "chat" -> "Chat", "shared_read" -> "Shared read"; hidden characters made visible."""
    shown = visible(text).strip()
    if shown.isascii() and shown.replace("_", "").isalpha() and shown.islower():
        shown = shown.replace("_", " ").capitalize()
    return shown


def plural(count: int, noun: str) -> str:
    """ "1 model", "1,000 models"."""
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def flag_text(flag: bool) -> str:
    return "Yes" if flag else "No"
