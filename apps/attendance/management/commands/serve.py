"""`manage.py serve`: the embedded server: daphne, with the engine loaded before it answers and the jobs in a thread."""

import socket
import threading
from typing import Any

from daphne.cli import CommandLineInterface
from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.enrollment.engine_choice import chosen_engine, readiness_of
from apps.organizations import jobs
from apps.organizations.no_dumps import forbid_dumps
from apps.organizations.start import look_or_stop
from apps.recognition.errors import RecognitionError

MESSAGE_BYTES = 1024 * 1024
"""Four times a frame: a frame that is a little too large gets its coded answer, a flood of bytes is cut off."""


class Command(BaseCommand):
    help = "Serves pages and sockets; embedded, it also recognises faces and runs due jobs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--bind", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--no-jobs", action="store_true", help="leave due jobs to another process")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_taken_port(options["bind"], options["port"])
        refuse_old_tables()
        self.check(tags=[Tags.database], databases=["default"])
        look_or_stop()
        if settings.EMBEDDED:
            forbid_dumps()
            self._load_engine()
            if not options["no_jobs"]:
                threading.Thread(target=jobs.run_forever, name="jobs", daemon=True).start()
        self.stdout.write(f"Serving http://{options['bind']}:{options['port']} (stop with Ctrl C)")
        self.stdout.flush()
        CommandLineInterface().run(
            [
                *("-b", options["bind"], "-p", str(options["port"]), "--no-server-name", "-v", "0"),
                *("--websocket-max-message-size", str(MESSAGE_BYTES)),
                *("--websocket-max-frame-size", str(MESSAGE_BYTES)),
                "attendance_site.asgi:application",
            ]
        )

    def _load_engine(self) -> None:
        try:
            engine = chosen_engine()
        except RecognitionError as error:
            self.stderr.write(
                f"Faces are NOT recognised: {error.message} [{error.code}]\nPages, PIN and manual punches work."
            )
        else:
            self.stdout.write(readiness_of(engine))


def refuse_taken_port(bind: str, port: int) -> None:
    """Raise CommandError when somebody listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            raise CommandError(f"Port {port} is taken. Choose another: PORT={port + 1} make run") from error


def refuse_old_tables() -> None:
    """Raise CommandError when the database has not been migrated to this version."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError("The database is not up to date. Run `manage.py migrate` first.")
