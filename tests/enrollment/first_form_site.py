"""Run by itself with a fresh DATA_DIR: a database with references of the first form, and what migrating makes of it.

Prints one JSON object: what the migration said with no master key, with another, and what came of the right one.
"""

import json
import os
import sys
import uuid

import django
import numpy as np

os.environ["DJANGO_SETTINGS_MODULE"] = "attendance_site.settings"
django.setup()

from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.management.base import CommandError  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

from apps.enrollment.gallery import gallery_for  # noqa: E402
from apps.organizations.master_key import organization_key  # noqa: E402
from apps.organizations.models import Organization  # noqa: E402
from apps.organizations.tenancy import acting_for  # noqa: E402
from apps.recognition.matching import unit  # noqa: E402
from apps.recognition.shapes import Matrix  # noqa: E402

SPACE = "space|of the test"
PEOPLE, EACH = 3, 2


def vectors() -> Matrix:
    """Unit vectors, those of one person alike."""
    drawn = np.random.default_rng(1).standard_normal((PEOPLE, 16)).astype(np.float32)
    return unit(drawn)


def fill(historical: object, slug: str) -> uuid.UUID:
    """People with references as they were sealed before there were keys."""
    model = historical.get_model  # type: ignore[attr-defined]
    place = model("organizations", "Organization").objects.create(name=slug, slug=slug)
    with acting_for(place.pk):
        own = {"organization_id": place.pk}
        text = model("enrollment", "ConsentText").objects.create(**own, version=1, body="b", sha256="0")
        for at, vector in enumerate(vectors()):
            person = model("people", "Person").objects.create(**own, external_id=f"E{at}", given_name="A")
            consent = model("enrollment", "Consent").objects.create(**own, person=person, text=text, method="on_paper")
            session = model("enrollment", "EnrollmentSession").objects.create(**own, person=person, consent=consent)
            for _ in range(EACH):
                row = model("enrollment", "Reference")(
                    **own, person=person, consent=consent, session=session, space=SPACE, is_active=True
                )
                row.face_px = row.sharpness = 9
                bound = "|".join(map(str, ("reference.v1", place.pk, person.pk, row.pk, SPACE))).encode()
                key = AESGCM(organization_key(settings.MASTER_KEY, place.pk, "reference.v1"))
                nonce = os.urandom(12)
                row.ciphertext = b"\x01" + nonce + key.encrypt(nonce, vector.tobytes(), bound)
                row.save()
    return place.pk  # type: ignore[no-any-return]


def similarities(organization_id: uuid.UUID) -> list[float]:
    """How near each person is to the vector that was sealed for them before."""
    with acting_for(organization_id):
        gallery = gallery_for(Organization.objects.get(pk=organization_id), SPACE)
        return sorted(max(gallery.matrix @ gallery.turned(vector)).item() for vector in vectors())


call_command("migrate", verbosity=0)
call_command("migrate", "enrollment", "0004", verbosity=0)
before = MigrationExecutor(connection).loader.project_state([("enrollment", "0004_privacy_days_within_law")]).apps
places = [fill(before, slug) for slug in ("northwind", "southwind")]
right, said = settings.MASTER_KEY, []
for key in ("", sys.argv[1], right):
    settings.MASTER_KEY = key
    try:
        call_command("migrate", "enrollment", verbosity=0)
    except CommandError as error:
        said.append(str(error))
call_command("migrate", verbosity=0)
print(json.dumps({"said": said, "nearest": [similarities(place) for place in places]}))
