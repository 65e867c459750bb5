"""Consent, enrollment sessions, references, and the deployment's choice of engine."""

from apps.enrollment.models.consents import Consent, ConsentText, PrivacyRules
from apps.enrollment.models.engines import EngineChoice, ShadowTally
from apps.enrollment.models.likeness import DuplicateCase, LookAlike, OwnLine
from apps.enrollment.models.references import GalleryVersion, PersonKey, Reference
from apps.enrollment.models.visits import EnrollmentInvitation, EnrollmentSession

__all__ = [
    "Consent",
    "ConsentText",
    "DuplicateCase",
    "EngineChoice",
    "EnrollmentInvitation",
    "EnrollmentSession",
    "GalleryVersion",
    "LookAlike",
    "OwnLine",
    "PersonKey",
    "PrivacyRules",
    "Reference",
    "ShadowTally",
]
