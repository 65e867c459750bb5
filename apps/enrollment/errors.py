"""Coded errors of enrollment."""

from apps.organizations.errors import CodedError


class EnrollmentError(CodedError):
    """Base of what can go wrong when a person is enrolled."""

    code = "enrollment_refused"
    status = 409


class ConsentMissing(EnrollmentError):
    """No live consent: no camera, no reference."""

    code = "consent_missing"


class FrameOvertaken(EnrollmentError):
    """Another frame of the same visit was taken while this one was looked at: whether both show one person is open."""

    code = "frame_overtaken"


class ReferenceUnreadable(EnrollmentError):
    """A stored reference does not open under its key and binding: altered, moved, or the key is another one."""

    code = "reference_unreadable"


class RotationUnfinished(EnrollmentError):
    """Something is sealed under an older key again and again; the older key stays."""

    code = "rotation_unfinished"


class ConsentRefused(EnrollmentError):
    """What was signed does not count as a consent; the code says what is lacking."""

    code = "consent_refused"
    status = 422


class FaceModeOff(EnrollmentError):
    """The organization has not switched faces on: nothing looks at one."""

    code = "face_mode_off"


class AssessmentMissing(EnrollmentError):
    """Faces cannot be recognised before every question of the impact assessment has an answer."""

    code = "assessment_missing"


class PhotosRefused(EnrollmentError):
    """A folder or an archive of photos, or a file in it, that is not taken; the code says why."""

    code = "photos_refused"
    status = 422
