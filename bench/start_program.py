"""`python -m bench.start_program ENGINE MODELS JPEG`: one engine from nothing to its first answer, as JSON."""

import json
import sys
import time
from pathlib import Path


def main(name: str, models: str, jpeg: str) -> None:
    """Print processor seconds and megabytes."""
    import django

    django.setup()
    from django.conf import settings

    settings.MODELS_DIR, settings.DEEPFACE_BACKEND = Path(models), "onnx"
    from apps.recognition.decoding import decode_frame
    from apps.recognition.engine import engine_named
    from apps.recognition.shapes import Purpose
    from bench.memory import resident_mb

    engine_named(name).see(decode_frame(Path(jpeg).read_bytes()), Purpose.PUNCH)
    print(json.dumps({"cpu_s": time.process_time(), "rss_mb": resident_mb()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
