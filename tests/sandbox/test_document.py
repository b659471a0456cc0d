"""Every example of the API's document, against the sandbox: its responses value by value, its Python unchanged.

The texts below are the document's own code blocks; only the indentation, which the document lost, is put back.
"""

import contextlib
import io
import json
from typing import Any

import pytest
import requests

from sandbox.running import Running
from tests.sandbox_fixture import EXAMPLE_ID, KEY

LIST = """\
import requests
headers = {"Authorization": "Bearer xero_myproject_your_api_key"}
response = requests.get(
    "https://api.xerotier.ai/proj_ABC123/v1/models",
    headers=headers
)
for model in response.json()["models"]:
    print(f"{model['name']} ({model['status']})")
"""
GET = """\
import requests
MODEL_ID = "00000000-1111-0000-1111-000000000000"
headers = {"Authorization": "Bearer xero_myproject_your_api_key"}
response = requests.get(
    f"https://api.xerotier.ai/proj_ABC123/v1/models/{MODEL_ID}",
    params={"extended": "true"},
    headers=headers
)
model = response.json()
print(f"{model['name']} - {model['status']}")
"""
UPDATE = """\
import requests
MODEL_ID = "00000000-1111-0000-1111-000000000000"
headers = {
    "Authorization": "Bearer xero_myproject_your_api_key",
    "Content-Type": "application/json"
}
response = requests.patch(
    f"https://api.xerotier.ai/proj_ABC123/v1/models/{MODEL_ID}",
    headers=headers,
    json={
        "description": "Fine-tuned for code generation tasks",
        "architecture": "LlamaForCausalLM",
        "context_length": 32768
    }
)
model = response.json()
print(f"Updated: {model['name']}")
"""
DELETE = """\
import requests
API_KEY = "xero_myproject_your_api_key"
BASE_URL = "https://api.xerotier.ai/proj_ABC123/v1"
MODEL_ID = "00000000-1111-0000-1111-000000000000"
response = requests.delete(
    f"{BASE_URL}/models/{MODEL_ID}",
    headers={"Authorization": f"Bearer {API_KEY}"}
)
if response.status_code == 200:
    print(f"Model {MODEL_ID} deleted successfully")
else:
    print(f"Error: {response.json()}")
"""
REVALIDATE = """\
import requests
MODEL_ID = "00000000-1111-0000-1111-000000000000"
headers = {"Authorization": "Bearer xero_myproject_your_api_key"}
response = requests.post(
    f"https://api.xerotier.ai/proj_ABC123/v1/models/{MODEL_ID}/revalidate",
    headers=headers
)
result = response.json()
print(f"Status: {result['status']} - {result['message']}")
"""
CATALOG = """\
import requests
MODEL_ID = "00000000-1111-0000-1111-000000000000"
headers = {"Authorization": "Bearer xero_myproject_your_api_key"}
response = requests.get(
    f"https://api.xerotier.ai/proj_ABC123/v1/models/{MODEL_ID}/catalog-info",
    headers=headers
)
if response.status_code == 200:
    info = response.json()
    print(f"Role: {info['catalog_role']}, Deployments: {info['deployment_count']}")
else:
    print("Model is not in the catalog")
"""

LISTED = json.loads("""{
"id": "00000000-1111-0000-1111-000000000000",
"name": "my-custom-model",
"format": "safetensors",
"sizeBytes": 4294967296,
"status": "ready",
"createdAt": "2026-01-15T10:30:00Z"
}""")
STANDARD = json.loads("""{
"id": "00000000-1111-0000-1111-000000000000",
"object": "model",
"created": 1706123456,
"owned_by": "my-project"
}""")
EXTENDED = json.loads("""{
"id": "00000000-1111-0000-1111-000000000000",
"object": "model",
"created": 1706123456,
"owned_by": "my-project",
"name": "my-custom-model",
"format": "safetensors",
"size_bytes": 4294967296,
"size_formatted": "4.00 GB",
"status": "ready",
"version": "1.0.0",
"is_latest": true,
"description": "A fine-tuned LLM for code generation",
"architecture": "LlamaForCausalLM",
"quantization": "awq",
"context_length": 32768,
"parameter_count": 7000000000,
"workload_type": "chat",
"is_shared": false,
"catalog_role": null
}""")
CATALOG_INFO = json.loads("""{
"id": "00000000-1111-0000-1111-000000000000",
"catalog_role": "deployable",
"deployment_count": 5,
"is_on_shared_agents": false,
"is_public": true,
"featured": false,
"shared_at": "2026-01-15T10:30:00Z"
}""")
DELETED = json.loads("""{
"deleted": true,
"modelId": "00000000-1111-0000-1111-000000000000"
}""")
QUEUED = json.loads("""{
"id": "00000000-1111-0000-1111-000000000000",
"status": "validating",
"message": "Model validation queued"
}""")


def run(example: str, url: str, key: str = KEY) -> str:
    """What an example prints, with another host and key."""
    changed = example.replace("https://api.xerotier.ai", url).replace("xero_myproject_your_api_key", key)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(changed, "example", "exec"), {})
    return printed.getvalue()


@pytest.mark.parametrize(
    ("example", "line"),
    [
        (GET, "my-custom-model - ready\n"),
        (UPDATE, "Updated: my-custom-model\n"),
        (DELETE, f"Model {EXAMPLE_ID} deleted successfully\n"),
        (REVALIDATE, "Status: validating - Model validation queued\n"),
        (CATALOG, "Role: deployable, Deployments: 5\n"),
    ],
    ids=["get", "update", "delete", "revalidate", "catalog"],
)
def test_the_python_example_prints_what_the_document_promises(
    sandbox: Running, example: str, line: str
) -> None:
    assert run(example, sandbox.url) == line


def test_the_python_example_lists_every_model(sandbox: Running) -> None:
    lines = run(LIST, sandbox.url).splitlines()
    assert lines[0] == "my-custom-model (ready)"
    assert len(lines) >= 40


def test_the_python_example_says_that_a_model_is_not_in_the_catalog(sandbox: Running) -> None:
    other = next(item for item in models(sandbox) if item["name"] == "planner-30b")
    assert run(CATALOG.replace(EXAMPLE_ID, other["id"]), sandbox.url) == "Model is not in the catalog\n"


def test_the_python_example_of_delete_prints_the_error_of_a_wrong_key(sandbox: Running) -> None:
    assert run(DELETE, sandbox.url, key="xero_myproject_wrong").startswith("Error: {'error': {'message': ")


@pytest.mark.parametrize(
    ("method", "path", "body", "answer"),
    [
        ("GET", "", None, STANDARD),
        ("GET", "?extended=true", None, EXTENDED),
        ("GET", "/catalog-info", None, CATALOG_INFO),
        ("POST", "/revalidate", None, QUEUED),
        ("DELETE", "", None, DELETED),
    ],
    ids=["standard", "extended", "catalog", "revalidate", "delete"],
)
def test_the_answer_is_the_documents_value_by_value_and_in_its_order(
    sandbox: Running, method: str, path: str, body: Any, answer: dict[str, Any]
) -> None:
    response = call(sandbox, method, f"/{EXAMPLE_ID}{path}", json=body)
    assert response.status_code == 200
    assert list(response.json().items()) == list(answer.items())


def test_the_list_holds_the_documents_model_and_six_facts_of_each(sandbox: Running) -> None:
    whole = call(sandbox, "GET", "").json()
    assert list(whole) == ["models"]
    assert list(whole["models"][0].items()) == list(LISTED.items())
    assert all(list(item) == list(LISTED) for item in whole["models"])


def test_a_change_answers_with_every_fact_of_the_extended_form(sandbox: Running) -> None:
    changes = {
        "description": "Fine-tuned for code generation tasks",
        "architecture": "LlamaForCausalLM",
        "context_length": 32768,
    }
    response = call(sandbox, "PATCH", f"/{EXAMPLE_ID}", json=changes)
    assert list(response.json().items()) == list((EXTENDED | changes).items())


def call(sandbox: Running, method: str, path: str, **options: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {KEY}"}
    return requests.request(
        method, f"{sandbox.url}/proj_ABC123/v1/models{path}", headers=headers, timeout=10, **options
    )


def models(sandbox: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call(sandbox, "GET", "").json()["models"]
    return found
