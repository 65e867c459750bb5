"""`manage.py facemodels`: what model files are here, getting those that are not, proving that they are right."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.recognition import licences, store
from apps.recognition.calibration.finding import for_engine
from apps.recognition.engine import engine_named
from apps.recognition.errors import RecognitionError
from apps.recognition.parts import Backend
from apps.recognition.pulling import pull, take_from
from apps.recognition.registry import ENTRIES, Entry, entry_named, files_of
from apps.recognition.store import FileStatus
from apps.recognition.thresholds import Lines
from apps.recognition.weights import MINIFASNETS, WEIGHTS, Weight

_PULLED_BY_DEFAULT = "arcface"


class Command(BaseCommand):
    help = "List, fetch and verify the files of the face engines."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["status", "pull", "verify"])
        parser.add_argument("--engine", help=f"one of {', '.join(ENTRIES)} (pull: {_PULLED_BY_DEFAULT})")
        parser.add_argument("--liveness", action="store_true", help="pull the passive liveness test's files instead")
        parser.add_argument("--from", dest="folder", type=Path, metavar="DIR", help="take the files from a folder")
        parser.add_argument(
            "--allow-unlisted", action="store_true", help="take files whose sha256 was never published or recorded"
        )
        parser.add_argument(
            "--accept-licence", action="store_true", help="the terms shown allow what this machine is used for"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            if options["act"] == "pull" and options["liveness"]:
                self._take_all([WEIGHTS[name] for name in MINIFASNETS], options)
            elif options["act"] == "pull":
                self._pull(entry_named(options["engine"] or _PULLED_BY_DEFAULT), options)
            if options["act"] == "verify" and options["engine"]:
                engine = engine_named(options["engine"])
                self.stdout.write(f"{engine.name} loads; its vectors' space is {engine.space}")
            entries = [entry_named(options["engine"])] if options["engine"] else list(ENTRIES.values())
        except RecognitionError as error:
            raise CommandError(f"{error.message} [{error.code}]") from error
        report = {entry.name: self._describe(entry) for entry in entries}
        liveness = self._describe_liveness()
        if options["json"]:
            found = {"models_dir": str(store.models_dir()), "engines": report, "liveness": liveness}
            self.stdout.write(json.dumps(found))
        self._fail_on_corrupt(options["act"], report | {"liveness": liveness})

    def _pull(self, entry: Entry, options: dict[str, Any]) -> None:
        self.stdout.write(f"{entry.title}\nLicence: {entry.licence}")
        self._ask_for_licence(entry, accepted=options["accept_licence"])
        wanted = [WEIGHTS[name] for name in files_of(entry, _backend()) if not WEIGHTS[name].package]
        if not wanted:
            self.stdout.write("Everything it needs came with its Python packages: nothing to pull.")
        self._take_all(wanted, options)

    def _take_all(self, wanted: list[Weight], options: dict[str, Any]) -> None:
        here = [self._take(weight, options) for weight in wanted]
        if wanted and not any(here):
            raise CommandError(f"None of the files is in {options['folder']}. [weights_missing]")

    def _ask_for_licence(self, entry: Entry, *, accepted: bool) -> None:
        """Show what the licence forbids; go on only if the operator accepts it now or did before."""
        if not entry.terms.must_be_accepted:
            return
        self.stdout.write(self.style.WARNING(entry.terms.limits))
        if accepted:
            licences.accept(entry)
        licences.require(entry)
        self.stdout.write(f"These terms were accepted on this machine at {licences.accepted_at(entry)}.")

    def _take(self, weight: Weight, options: dict[str, Any]) -> bool:
        """Get one file, unless it is here already; return whether it is here afterwards."""
        folder, status = options["folder"], store.status_of(weight)
        in_folder = folder is not None and any(folder.rglob(weight.name))
        if status.usable and not in_folder:
            note = "; delete it to pull the published one" if status.state == "unlisted" else ""
            self.stdout.write(f"{weight.name}: already here ({status.state}{note})")
            return True
        if folder is not None and not in_folder:
            self.stdout.write(f"{weight.name}: not in {folder}")
            return False
        self.stdout.write(f"{weight.name}: licence: {weight.licence}")
        if folder is None:
            status = pull(weight, self.stdout.write)
        else:
            status = take_from(weight, folder, allow_unlisted=options["allow_unlisted"])
        self._say_taken(weight, status)
        return True

    def _say_taken(self, weight: Weight, status: FileStatus) -> None:
        self.stdout.write(f"{weight.name}: sha256 {status.sha256}, in {status.path.parent}")
        if status.state == "unlisted":
            self.stdout.write(
                self.style.WARNING(
                    f"WARNING: {weight.name} is NOT a file its authors published a sum for. {_what_follows(weight)}"
                )
            )
        elif weight.sha256 is None:
            self.stdout.write(f"{weight.name}: no sum was ever published; this one is recorded and held to from now on")

    def _describe(self, entry: Entry) -> dict[str, Any]:
        self.stdout.write(f"{entry.name}: {entry.title}\n  licence: {entry.licence}")
        if entry.terms.must_be_accepted:
            accepted = licences.accepted_at(entry)
            self.stdout.write(f"  {entry.terms.limits} {f'Accepted at {accepted}.' if accepted else 'Not accepted.'}")
        lines = for_engine(entry)
        self.stdout.write(f"  {_told(lines)}")
        try:
            statuses = [store.status_of(WEIGHTS[name]) for name in files_of(entry, _backend())]
        except RecognitionError as error:
            self.stdout.write(f"  {error.message}")
            return {"ready": False, "problem": error.code, "licence": entry.licence, "files": []}
        return {
            **self._say_statuses(statuses),
            "calibrated": lines.calibrated,
            "calibrated_on": lines.since.isoformat() if lines.since else None,
            "licence": entry.licence,
        }

    def _describe_liveness(self) -> dict[str, Any]:
        """Of the passive test, which is of no engine: absent, strict sites ask for the PIN (docs/liveness.md)."""
        licence = WEIGHTS[MINIFASNETS[0]].licence
        self.stdout.write(f"liveness: MiniFASNet, the passive test\n  licence: {licence}")
        return {**self._say_statuses([store.status_of(WEIGHTS[name]) for name in MINIFASNETS]), "licence": licence}

    def _say_statuses(self, statuses: list[FileStatus]) -> dict[str, Any]:
        for status in statuses:
            self.stdout.write(f"  {status.state:9}{status.name}  {(status.sha256 or '')[:16]}")
        files = [
            {"name": one.name, "state": one.state, "sha256": one.sha256, "path": str(one.path)} for one in statuses
        ]
        return {"ready": all(status.usable for status in statuses), "files": files}

    def _fail_on_corrupt(self, act: str, report: dict[str, Any]) -> None:
        files = {file["name"] for engine in report.values() for file in engine["files"] if file["state"] == "corrupt"}
        if act == "verify" and files:
            raise CommandError(
                f"Not the recorded files: {', '.join(sorted(files))}: pull them again. [weights_corrupt]"
            )


def _what_follows(weight: Weight) -> str:
    if weight.name in MINIFASNETS:
        return "Whether docs/liveness.md was measured with it is unknown: test your cameras."
    return "Its vectors get a space of their own; people enrolled with other weights must be enrolled again."


def _backend() -> Backend:
    return "tensorflow" if store.deepface_backend() == "tensorflow" else "onnx"


def _told(lines: Lines) -> str:
    """Return whether the engine decides by itself, and by what."""
    if not lines.calibrated:
        return "not calibrated: runs in confirm mode, every match is confirmed by the person; see `manage.py calibrate`"
    return f"calibrated on {lines.since}: {lines.provenance}"
