"""`manage.py frame_worker`: a Celery worker for frames that takes none before its engine is loaded."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.enrollment.engine_choice import chosen_engine, readiness_of
from apps.organizations.no_dumps import forbid_dumps
from apps.organizations.start import look_or_stop
from apps.recognition.errors import RecognitionError
from attendance_site.celery import app


class Command(BaseCommand):
    help = "Recognises frames from the queue `frames`. Start one process per core or GPU."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", default="frames@%h", help="Celery node name")

    def handle(self, *args: Any, **options: Any) -> None:
        look_or_stop()
        forbid_dumps()
        try:
            engine = chosen_engine()
        except RecognitionError as error:
            raise CommandError(f"This worker does not start: {error.message} [{error.code}]") from error
        self.stdout.write(readiness_of(engine))
        # One thread: TensorFlow must not be loaded before a fork, and one model serves one frame at a time.
        app.worker_main(
            [
                *("worker", "-Q", "frames", "--pool=threads", "-c", "1", "-n", options["name"], "-l", "WARNING"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ]
        )
