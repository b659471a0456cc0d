"""Reading the header User-Agent: "Firefox on Linux". Anyone can send any text, so this is a hint for its owner."""

import re

# The first that occurs is taken: browsers also name the ones that they are compatible with.
BROWSERS = (
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Opera", r"\b(OPR|Opera)/"),
    ("Vivaldi", r"\bVivaldi/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Chrome|CriOS|HeadlessChrome)/"),
    ("Safari", r"\bVersion/[\d.]+ .*Safari/"),
)
SYSTEMS = (
    ("Windows", r"\bWindows NT\b"),
    ("Android", r"\bAndroid\b"),
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMac OS X\b"),
    ("Linux", r"\bLinux\b"),
)
PRODUCT = re.compile(r"(?!Mozilla/)([A-Za-z][A-Za-z0-9._-]{0,30})/")
UNKNOWN = "Unknown browser"


def browser_and_system(user_agent: str) -> str:
    """Such as "Firefox on Linux", "Safari on iPhone" or "curl"; UNKNOWN where the text says neither."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if not browser and (product := PRODUCT.match(user_agent)):
        browser = product[1]
    return f"{browser or UNKNOWN} on {system}" if system else browser or UNKNOWN


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, text)), "")
