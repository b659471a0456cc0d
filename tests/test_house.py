"""The house rules that a machine can hold: who imports whom, what is documented, what templates never contain."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
TEMPLATES = sorted(HOME.glob("templates/**/*.html"))
CODE = [
    path for room in ("console", "models_admin", "sandbox") for path in sorted(HOME.glob(f"{room}/**/*.py"))
]
# module prefix -> what modules below it never import
FORBIDDEN = {
    "models_admin.xerotier": ("django", "models_admin.", "console", "sandbox"),
    "models_admin.errors": (
        "django.db",
        "django.http",
        "requests",
        "models_admin.services",
        "models_admin.views",
    ),
    "models_admin.views": ("requests", "urllib3", "models_admin.xerotier.client", "sandbox"),
    "models_admin.services": ("models_admin.views", "models_admin.urls", "sandbox"),
    "models_admin.checks": (
        "django",
        "requests",
        "models_admin.services",
        "models_admin.views",
        "models_admin.access",
    ),
    "models_admin.files": (
        "django",
        "requests",
        "models_admin.services",
        "models_admin.views",
        "models_admin.access",
    ),
    "models_admin.screens": ("requests", "models_admin.views", "models_admin.urls"),
    "models_admin.access.vault": (
        "models_admin.access.connections",
        "models_admin.services",
        "models_admin.views",
    ),
    "models_admin.access.connections": ("models_admin.services", "models_admin.views"),
    "models_admin.services.activity": ("models_admin.services", "models_admin.screens", "models_admin.views"),
    "models_admin": ("sandbox", "console"),
    "console": ("models_admin", "sandbox"),  # the project names the app in settings and addresses, as texts
}
OUTSIDE_OK = {"models_admin.xerotier": "models_admin.xerotier"}  # a room may import itself


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(HOME).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, `from x import y` as both x and x.y."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            here = module_name(path).split(".") + (["__init__"] if path.name == "__init__.py" else [])
            above = here[: -node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def is_in(name: str, room: str) -> bool:
    return name == room or name.startswith(room if room.endswith(".") else f"{room}.")


@pytest.mark.parametrize("room", FORBIDDEN)
def test_imports_keep_their_direction(room: str) -> None:
    own = OUTSIDE_OK.get(room)
    wrong = [
        f"{module_name(path)} imports {name}"
        for path in CODE
        if is_in(module_name(path), room)
        for name in imported(path)
        if any(is_in(name, other) for other in FORBIDDEN[room]) and not (own and is_in(name, own))
    ]
    assert wrong == []


def test_the_sandbox_needs_the_standard_library_only() -> None:
    wrong = [
        f"{module_name(path)} imports {name}"
        for path in CODE
        if is_in(module_name(path), "sandbox")
        for name in imported(path)
        if name.split(".")[0] not in sys.stdlib_module_names | {"sandbox"}
    ]
    assert wrong == []


def test_only_addresses_import_views() -> None:
    wrong = [
        f"{module_name(path)} imports {name}"
        for path in CODE
        if not is_in(module_name(path), "models_admin.views") and module_name(path) != "models_admin.urls"
        for name in imported(path)
        if is_in(name, "models_admin.views")
    ]
    assert wrong == []


def variables() -> set[str]:
    """The environment variables that the console's own code reads."""
    found: set[str] = set()
    for path in sorted((HOME / "console").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            if re.fullmatch(r"env_\w+|os\.environ\.get", ast.unparse(node.func)):
                found.add(str(node.args[0].value))
    return found


def test_every_environment_variable_is_in_the_readme() -> None:
    readme = (HOME / "README.md").read_text()
    assert {"SECRET_KEY", "VAULT_KEYS", "WEB_THREADS", "BIND"} <= variables()
    assert {name for name in variables() if f"`{name}`" not in readme} == set()


def test_every_make_command_says_what_it_does() -> None:
    done = subprocess.run(["make", "-s"], cwd=HOME, capture_output=True, text=True, check=True)
    for command in ("run", "test", "bench", "image-test", "compose-test", "lint", "format", "lock"):
        assert re.search(rf"^make {command} +\w", done.stdout, re.M), done.stdout


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(HOME)))
class TestTemplates:
    def test_its_context_is_documented_at_its_top(self, path: Path) -> None:
        top = path.read_text()[:400]
        assert re.match(r"(\{% extends [^%]+%\}\s*)?(\{%-? load [^%]+%\}\s*)?\{(#|% comment)", top), top
        assert re.search(r"context", top, re.I), "the comment at the top names the context"

    def test_it_trusts_nothing_and_holds_no_inline_code(self, path: Path) -> None:
        text = re.sub(r"\{#.*?#\}", "", path.read_text())
        for pattern in (
            r"\|\s*safe\b",
            r"\bsafeseq\b",
            r"autoescape off",
            r"\bhx-on\b|\bhx-on:",
            r"js:|javascript:",
            r"<style\b",
            r"<script(?![^>]*\bsrc=)[^>]*>",
            r"\sstyle\s*=",
            r"\son[a-z]+\s*=",
            r"""(src|href|action)=["'](https?:)?//""",
        ):
            assert not re.search(pattern, text), pattern

    def test_it_stays_short(self, path: Path) -> None:
        limit = 40 if path.name.startswith("_") else 100
        assert len(path.read_text().splitlines()) <= limit


def test_nothing_in_the_code_marks_text_as_safe() -> None:
    """Except for Markdown, whose renderer escapes every text: `tests/views/test_fields.py` asks that of it."""
    marks = re.compile(r"\bmark_safe\b|\bSafeString\b|csrf_exempt|__html__")
    found = [module_name(path) for path in CODE if marks.search(path.read_text())]
    assert found == ["models_admin.formatting.markdown"]


def test_no_python_file_is_over_the_ceiling() -> None:
    long = {
        path.name: n
        for path in CODE
        if (n := len(path.read_text().splitlines())) > 300 and "migrations" not in path.parts
    }
    assert long == {}


def test_no_function_is_over_the_ceiling() -> None:
    long = [
        f"{module_name(path)}.{node.name}: {node.end_lineno - node.lineno + 1}"
        for path in CODE
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or 0) - node.lineno >= 40
    ]
    assert long == []


def test_no_registry_is_named_in_the_lists_of_packages() -> None:
    for path in (*HOME.glob("requirements*.txt"), HOME / "pyproject.toml"):
        assert not re.search(r"https?://|--index-url|--extra-index", path.read_text()), path.name
    assert "--hash=sha256:" in (HOME / "requirements.txt").read_text()
