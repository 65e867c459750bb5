"""Runs a piece of Python in a process of its own, where what was imported can be counted."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.plugins.needs import ROOT

_START = """
import json, os, sys
from django.conf import settings
settings.configure(
    MODELS_DIR=os.environ["TEST_MODELS_DIR"], DEEPFACE_BACKEND=os.environ["TEST_BACKEND"],
    INSTALLED_APPS=["apps.recognition.apps.RecognitionConfig"],
)
import django; django.setup()
import numpy as np
"""


def run(code: str, models_dir: Path, backend: str = "onnx") -> Any:
    """Return what `code` prints as JSON on its last line; fails with its error output."""
    environment = os.environ | {"TEST_MODELS_DIR": str(models_dir), "TEST_BACKEND": backend}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-c", _START + code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])
