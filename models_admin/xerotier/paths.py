"""The paths of the API, with project, key and ID checked before a connection is opened."""

from urllib.parse import quote

from models_admin.xerotier import ids
from models_admin.xerotier.secret import Secret


def project_path(project: str, key: Secret, tail: str) -> str:
    """A path of a project, such as its `models`. Raises InvalidRequest for an invalid project or key."""
    ids.project_check(project)
    ids.key_check(key)
    return f"/{quote(project, safe='')}/v1/{tail}"


def model_path(model_id: str, project: str, key: Secret) -> str:
    """The path of one model. Raises InvalidRequest for an ID that could turn it into that of all models."""
    path = project_path(project, key, "models")
    ids.segment_check(model_id, "This ID")
    return f"{path}/{quote(model_id, safe='')}"


def version_path(version: str, model_id: str, project: str, key: Secret) -> str:
    """The path of one version of a model. Raises InvalidRequest."""
    ids.segment_check(version, "This version")
    return f"{model_path(model_id, project, key)}/versions/{quote(version, safe='')}"


def upload_path(upload_id: str, project: str, key: Secret) -> str:
    """The path of one upload session. Raises InvalidRequest."""
    ids.segment_check(upload_id, "This upload's ID")
    return f"{project_path(project, key, 'uploads')}/{quote(upload_id, safe='')}"
