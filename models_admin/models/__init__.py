"""The console's own tables."""

from models_admin.models.activity import Activity, ModelName
from models_admin.models.audit import AuditEvent
from models_admin.models.checks import Dismissal, ModelDetails
from models_admin.models.jobs import Job, JobItem
from models_admin.models.people import Attempt, BrowserSession, LastProject, ListPreference
from models_admin.models.roles import ProjectRole, ProviderGroup
from models_admin.models.safeguards import DeletionRequest, ProjectSettings, Protection

__all__ = [
    "Activity",
    "Attempt",
    "AuditEvent",
    "BrowserSession",
    "DeletionRequest",
    "Dismissal",
    "Job",
    "JobItem",
    "LastProject",
    "ListPreference",
    "ModelDetails",
    "ModelName",
    "ProjectRole",
    "ProjectSettings",
    "Protection",
    "ProviderGroup",
]
