"""Every reference under a key of its person, turned into its organization's own space."""

from typing import Any

from django.db import migrations

from apps.enrollment.migrations._first_form import seal_anew
from apps.organizations.fence import each_organization


def forwards(historical: Any, schema_editor: Any) -> None:
    for organization_id in each_organization(historical, schema_editor):
        seal_anew(historical, organization_id)


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0004_privacy_days_within_law")]

    # Backwards, references stay as they are: they belong to the database after this migration.
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
