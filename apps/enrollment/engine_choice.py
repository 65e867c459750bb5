"""Which engine this deployment recognises with: a row that only `manage.py engine set` changes."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.enrollment.models import EngineChoice
from apps.organizations import audit
from apps.recognition import licences, store
from apps.recognition.engine import Engine, engine_named
from apps.recognition.errors import EngineUnknown, RecognitionError
from apps.recognition.registry import ENTRIES, Entry, entry_named, files_of
from apps.recognition.weights import WEIGHTS


class EngineNotFillable(RecognitionError):
    """This engine cannot be filled beside the present one."""


NOT_CALIBRATED = "Not calibrated: every match must be confirmed by the person. `manage.py calibrate` changes that."


def chosen_engine_name() -> str | None:
    """The engine's name, or None before the first start has chosen one."""
    return EngineChoice.objects.values_list("name", flat=True).first()


def next_engine_name() -> str:
    """The engine whose references are filled beside the present one's; empty while none is."""
    return EngineChoice.objects.values_list("next_name", flat=True).first() or ""


def next_entry() -> Entry | None:
    """The same as data; None while none is filled."""
    return ENTRIES.get(next_engine_name())


@transaction.atomic
def fill_engine(name: str) -> EngineChoice:
    """Begin to take references for this engine too, beside the present one's, which alone decides.

    Raises EngineUnknown, LicenceNotAccepted, or EngineNotFillable for the present one and while another is filled.
    """
    entry = entry_named(name)
    licences.require(entry)
    choice = EngineChoice.objects.select_for_update().filter(id=1).first()
    if choice is None or choice.name == name:
        raise EngineNotFillable("engine_not_fillable", "Only another engine is filled beside the one that is set.")
    if choice.next_name not in ("", name):
        raise EngineNotFillable(
            "engine_filled", f"{choice.next_name} is being filled. Run `manage.py engine stop` first."
        )
    old, choice.next_name, choice.next_chosen_at = choice.next_name, name, timezone.now()
    choice.save(update_fields=["next_name", "next_chosen_at"])
    audit.record_platform(action="engine.fill", subject=choice, old={"next_name": old}, new={"next_name": name})
    return choice


@transaction.atomic
def stop_filling() -> str:
    """Take no more references for the next engine; returns its name, empty where none was filled."""
    choice = EngineChoice.objects.select_for_update().filter(id=1).first()
    if choice is None or not choice.next_name:
        return ""
    stopped, choice.next_name, choice.next_chosen_at = choice.next_name, "", None
    choice.save(update_fields=["next_name", "next_chosen_at"])
    audit.record_platform(action="engine.stop", subject=choice, old={"next_name": stopped}, new={"next_name": ""})
    return stopped


def prefix_of(entry: Entry) -> str:
    """How the spaces of an engine begin, whatever weights it had."""
    return f"{entry.embedder}/{entry.detector}/{entry.aligner}."


def chosen_entry() -> Entry | None:
    """The engine that runs here, as data; None before one was chosen."""
    return ENTRIES.get(chosen_engine_name() or "")


@transaction.atomic
def choose_engine(name: str) -> EngineChoice:
    """Set the engine. References of another space stay, and are no longer compared.

    Raises EngineUnknown, or LicenceNotAccepted while its terms were not accepted on this machine.
    """
    entry = entry_named(name)
    licences.require(entry)
    earlier = chosen_engine_name()
    filled = {"next_name": "", "next_chosen_at": None} if name == next_engine_name() else {}
    choice, _ = EngineChoice.objects.update_or_create(id=1, defaults={"name": name, **filled})
    new = {"name": name} | ({"licence_accepted": licences.accepted_at(entry)} if entry.terms.must_be_accepted else {})
    audit.record_platform(action="engine.choose", subject=choice, old={"name": earlier}, new=new)
    return choice


def chosen_engine() -> Engine:
    """The engine, loaded in this process. Raises a RecognitionError that says what to do when it cannot be."""
    name = chosen_engine_name()
    if name is None:
        raise EngineUnknown("engine_not_chosen", "No engine is set. Run `manage.py engine set dlib` once.")
    return engine_named(name)


def readiness_of(engine: Engine) -> str:
    """What a process says of its engine when it starts."""
    ready = f"Engine {engine.name} is ready ({engine.space})."
    return ready if engine.calibrated else f"{ready}\n{NOT_CALIBRATED}"


@dataclass(frozen=True, slots=True)
class EngineProblem:
    """Why no face is recognised in this deployment."""

    code: str
    files: list[str]
    """Those that are missing or not what was recorded, by name."""


def engine_problem() -> EngineProblem | None:
    """Look whether the chosen engine could be loaded now; a file is read again only when it changed."""
    name = chosen_engine_name()
    if name is None:
        return EngineProblem("engine_not_chosen", [])
    try:
        entry = entry_named(name)
        licences.require(entry)
        states = {file: store.glance(WEIGHTS[file]) for file in _seen_from_here(entry)}
    except RecognitionError as error:
        return EngineProblem(error.code, [])
    wrong = [file for file, status in states.items() if not status.usable]
    if not wrong:
        return None
    missing = all(states[file].state == "missing" for file in wrong)
    return EngineProblem("weights_missing" if missing else "weights_corrupt", wrong)


def _seen_from_here(entry: Entry) -> list[str]:
    """The engine's files; with workers apart, what came inside a Python package lies only in theirs."""
    files = files_of(entry, settings.DEEPFACE_BACKEND)
    return [file for file in files if settings.EMBEDDED or not WEIGHTS[file].package]


def missing_files(name: str) -> list[str]:
    """The engine's files that are not on this machine; a look that costs nothing and proves nothing more."""
    files = files_of(entry_named(name), settings.DEEPFACE_BACKEND)
    return [file for file in files if not store.locate(WEIGHTS[file]).is_file()]


def unusable_files(name: str) -> list[str]:
    """The engine's files that are missing or not what was recorded; reads every byte of them."""
    files = files_of(entry_named(name), settings.DEEPFACE_BACKEND)
    return [file for file in files if not store.status_of(WEIGHTS[file]).usable]
