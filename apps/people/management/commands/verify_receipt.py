"""`manage.py verify_receipt FILE`: whether the receipt of an erasure is as it was signed. Needs no database."""

from argparse import FileType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.people.receipts import ReceiptRefused, verified


class Command(BaseCommand):
    help = "Verifies the signed receipt of an erasure. Ends with 1 for one that was changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=FileType("rb"), help="the receipt, as it was handed out")
        parser.add_argument(
            "--public-key", default="", metavar="KEY", help="the organization's (default: this platform's own for it)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with options["file"] as file:
            raw = file.read()
        try:
            told = verified(raw, options["public_key"])
        except ReceiptRefused as refusal:
            raise CommandError(f"{refusal.message} [{refusal.code}]") from refusal
        destroyed = sum(told["destroyed"].values())
        self.stdout.write(
            f"Genuine: {told['pseudonym'][:16]} was erased at {told['erased_at']}, {destroyed} rows gone."
        )
