"""Whether every camera of a site has told what it saw on a day; a day on which one still may speak has no absences."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from apps.attendance.models import CameraSync, SiteDay
from apps.attendance.rules.clock import instant
from apps.attendance.rules.days import Sync
from apps.organizations.models import Organization, Site

SILENT: Final = timedelta(hours=24)
"""So long a day is held back for a camera that says nothing; then it is told without it, and flagged."""
_FINISHED: Final = {SiteDay.State.FINAL: Sync.SYNCED, SiteDay.State.PROVISIONAL: Sync.PROVISIONAL}
_DAY: Final = 86400


class SyncBook:
    """The cameras that may work without network, and the days that are finished, of an organization. Three queries."""

    def __init__(self, organization: Organization, first: date, last: date, now: datetime) -> None:
        self.now = now
        self.sites = {one.pk: one for one in Site.objects.filter(organization=organization)}
        rows = SiteDay.objects.filter(organization=organization, date__range=(first, last))
        self.states = {(one.site_id, one.date): one.state for one in rows}
        self.offline: defaultdict[UUID, list[CameraSync]] = defaultdict(list)
        cameras = CameraSync.objects.filter(organization=organization, may_be_offline=True, camera__is_active=True)
        # A tablet whose key was taken away will never speak again: nobody waits for it.
        live = cameras.filter(camera__keys__revoked_at=None, camera__keys__isnull=False).distinct()
        for one in live.select_related("camera"):
            self.offline[one.camera.site_id].append(one)

    def of(self, site_id: UUID | None, day: date) -> Sync:
        """How a day of a site stands; a site without such cameras waits for nothing."""
        known = _FINISHED.get(SiteDay.State(self.states.get((site_id, day), SiteDay.State.OPEN))) if site_id else None
        return known or self.found(site_id, day)

    def is_finished(self, site_id: UUID | None, day: date) -> bool:
        """Whether the night's work is done with this day of this site."""
        return site_id is not None and self.states.get((site_id, day)) in _FINISHED

    def found(self, site_id: UUID | None, day: date) -> Sync:
        """The same by the cameras alone, whatever was decided of the day before."""
        site = self.sites.get(site_id) if site_id else None
        if site is None:
            return Sync.SYNCED
        end = instant(day, _DAY, site.zone)
        behind = [one for one in self.offline[site.pk] if one.synced_until is None or one.synced_until < end]
        if not behind:
            return Sync.SYNCED
        silent = all(self.now - max(end, one.heard_at or end) >= SILENT for one in behind)
        return Sync.PROVISIONAL if silent else Sync.WAITING
