"""Which engine this deployment recognises with: a row that only `manage.py engine set` changes."""

from django.conf import settings
from django.db import transaction

from apps.enrollment.models import EngineChoice
from apps.organizations import audit
from apps.recognition import licences, store
from apps.recognition.engine import Engine, engine_named
from apps.recognition.errors import EngineUnknown
from apps.recognition.registry import entry_named, files_of
from apps.recognition.weights import WEIGHTS


def chosen_engine_name() -> str | None:
    """The engine's name, or None before the first start has chosen one."""
    return EngineChoice.objects.values_list("name", flat=True).first()


@transaction.atomic
def choose_engine(name: str) -> EngineChoice:
    """Set the engine. References of another space stay, and are no longer compared.

    Raises EngineUnknown, or LicenceNotAccepted while its terms were not accepted on this machine.
    """
    entry = entry_named(name)
    licences.require(entry)
    earlier = chosen_engine_name()
    choice, _ = EngineChoice.objects.update_or_create(id=1, defaults={"name": name})
    new = {"name": name} | ({"licence_accepted": licences.accepted_at(entry)} if entry.terms.must_be_accepted else {})
    audit.record_platform(action="engine.choose", subject=choice, old={"name": earlier}, new=new)
    return choice


def chosen_engine() -> Engine:
    """The engine, loaded in this process. Raises a RecognitionError that says what to do when it cannot be."""
    name = chosen_engine_name()
    if name is None:
        raise EngineUnknown("engine_not_chosen", "No engine is set. Run `manage.py engine set dlib` once.")
    return engine_named(name)


def missing_files(name: str) -> list[str]:
    """The engine's files that are not on this machine; a look that costs nothing and proves nothing more."""
    files = files_of(entry_named(name), settings.DEEPFACE_BACKEND)
    return [file for file in files if not store.locate(WEIGHTS[file]).is_file()]


def unusable_files(name: str) -> list[str]:
    """The engine's files that are missing or not what was recorded; reads every byte of them."""
    files = files_of(entry_named(name), settings.DEEPFACE_BACKEND)
    return [file for file in files if not store.status_of(WEIGHTS[file]).usable]
