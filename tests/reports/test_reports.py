"""Whole outputs: tests/data/reports/<case>.yaml is laid over the example catalog; .txt and .json are its reports.

After a change that is meant, `HERDBOOK_ACCEPT=1 pytest tests/reports` writes the outputs anew: read the difference.
"""

import json
import os
import re
from datetime import date
from pathlib import Path

import pytest

from herdbook.catalog import read_catalog
from herdbook.check import Report, check
from herdbook.reports.json import report_json
from herdbook.reports.text import report_text
from herdbook.source import DirTree
from rule_examples import case

FOLDER = Path(__file__).parents[1] / "data" / "reports"
CASES = sorted(FOLDER.glob("*.yaml"))
