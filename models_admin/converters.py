"""The parts of an address that come from outside, held to their grammar before a view sees them."""

from models_admin.xerotier.fields import FIELDS
from models_admin.xerotier.ids import MODEL_ID, PROJECT_ID, UPLOAD_ID, VERSION


class ModelIdConverter:
    """A model ID as the API client accepts it: never empty, never a dot segment, never a slash."""

    regex = MODEL_ID.pattern

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class ProjectIdConverter(ModelIdConverter):
    """A project ID as the API client accepts it."""

    regex = PROJECT_ID.pattern


class VersionConverter(ModelIdConverter):
    """A version of a model as the API client accepts it."""

    regex = VERSION.pattern


class UploadIdConverter(ModelIdConverter):
    """The ID of an upload session as the API client accepts it."""

    regex = UPLOAD_ID.pattern


class FieldNameConverter(ModelIdConverter):
    """One of the ten fields that can be edited."""

    regex = "|".join(field.name for field in FIELDS)
