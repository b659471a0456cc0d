"""The optional operations that publish a model: sharing it in the catalog, and its versions.

`Client` inherits them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models_admin.xerotier import errors
from models_admin.xerotier.optional import OptionalCalls
from models_admin.xerotier.parsing import flag_of, same_model, value_of
from models_admin.xerotier.paths import model_path, version_path
from models_admin.xerotier.responses import data_of, request_id_of
from models_admin.xerotier.secret import Secret
from models_admin.xerotier.transport import ApiRequest
from models_admin.xerotier.versions import Version, VersionList, version_from_json, versions_from_json

NO_MODEL = "00000000-0000-0000-0000-000000000000"  # no model has this ID
METHOD_NOT_ALLOWED = 405
ABOUT_THE_MODEL = ("model_not_found", "project_not_found")


@dataclass(frozen=True, slots=True)
class Sharing:
    """The answer to sharing or unsharing. `shared` is None where it does not say."""

    shared: bool | None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class VersionAnswer:
    """The answer to creating or promoting a version. `version` is None where it has none."""

    version: Version | None
    request_id: str | None = None


class PublishingCalls(OptionalCalls):
    """The operations, given a way to send one request."""

    def find_sharing(self, *, project: str, key: Secret) -> None:
        """Find out, without changing anything, whether the API can share models; raises NotFound if it can't.

        The routes take POST only, so an API that has them answers a GET with 405, and one that doesn't with 404. Some
        servers answer 404 in both cases: the documented route `revalidate` shows whether this one does, and then it
        counts as able. The ID is no model's, so that nothing happens if a server ignores the method.
        """
        path = model_path(NO_MODEL, project, key)
        missing = self._missing(f"{path}/share", key)
        if missing and self._missing(f"{path}/revalidate", key) is None:
            raise missing

    def _missing(self, path: str, key: Secret) -> errors.NotFound | None:
        """The answer to a GET if it says that there is no such route. Raises other errors than 404 and 405.

        What isn't the API's own answer, such as a proxy's page, says nothing and is raised too.
        """
        try:
            data_of(self._call(ApiRequest("GET", path), key))
        except errors.NotFound as error:
            if not error.is_json:
                raise
            return None if error.code in ABOUT_THE_MODEL else error
        except errors.Refused as error:
            if error.status != METHOD_NOT_ALLOWED or error.proxy is not None:
                raise
        return None

    def share_model(self, *, project: str, key: Secret, model_id: str) -> Sharing:
        """Put a model into the public catalog."""
        return self._sharing("share", project, key, model_id)

    def unshare_model(self, *, project: str, key: Secret, model_id: str) -> Sharing:
        """Take a model out of the public catalog. Its counters and featured flag are lost."""
        return self._sharing("unshare", project, key, model_id)

    def _sharing(self, verb: str, project: str, key: Secret, model_id: str) -> Sharing:
        data, request_id = self._post(f"{model_path(model_id, project, key)}/{verb}", key)
        _, shared = value_of(data, ("shared", "is_shared", "isShared"), flag_of)
        answered = next((data[name] for name in ("modelId", "model_id", "id") if data.get(name)), model_id)
        same_model(answered, model_id, request_id)
        return Sharing(shared, request_id)

    def list_versions(self, *, project: str, key: Secret, model_id: str) -> VersionList:
        """The versions of a model. An API without them answers 404 or 405: NotFound, Refused."""
        answer = self._call(ApiRequest("GET", f"{model_path(model_id, project, key)}/versions"), key)
        return versions_from_json(data_of(answer, bare_list=True), request_id=request_id_of(answer))

    def create_version(
        self, *, project: str, key: Secret, model_id: str, version: str, notes: str
    ) -> VersionAnswer:
        """Create a version. `version` is semantic ("2.0.0"), and `notes` may be ""."""
        body = {"version": version} | ({"version_notes": notes} if notes else {})
        path = f"{model_path(model_id, project, key)}/versions"
        return self._version(path, key, body)

    def promote_version(self, *, project: str, key: Secret, model_id: str, version: str) -> VersionAnswer:
        """Make a version the latest."""
        return self._version(f"{version_path(version, model_id, project, key)}/promote", key)

    def _version(self, path: str, key: Secret, body: Mapping[str, Any] | None = None) -> VersionAnswer:
        data, request_id = self._post(path, key, body)
        return VersionAnswer(version_from_json(data), request_id)
