"""Every code with which a frame is refused has words in the browser too, where no answer of the server brought any."""

import re
from typing import get_args

import pytest

from apps.recognition.quality import HINTS
from apps.recognition.shapes import RefusalCode
from tests.plugins.needs import ROOT

RULES = (ROOT / "static" / "js" / "gate_rules.js").read_text()
[BLOCK] = re.findall(r"export const HINTS = \{(.*?)\};", RULES, re.DOTALL)
WORDS = dict(re.findall(r'^  (\w+): "(.+)",$', BLOCK, re.MULTILINE))


def test_the_browser_knows_every_code_and_no_other() -> None:
    assert set(WORDS) == set(get_args(RefusalCode))


@pytest.mark.parametrize("code", ["turned_away", "covered"])
def test_what_only_the_server_sees_is_worded_as_it_words_it(code: RefusalCode) -> None:
    assert WORDS[code] == HINTS[code]
