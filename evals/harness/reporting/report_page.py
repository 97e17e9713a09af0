"""HTML report: one self-contained page without scripts or external resources."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evals.harness.comparison import Comparison, flagged_line, shown
from evals.harness.metric_registry import in_order, metric_info
from evals.harness.reporting.failures import about, columns, failed, reasons, worst_first
from evals.harness.reporting.plots import HEIGHT, WIDTH, bars, calibration_error, durations, reliability
from evals.harness.reporting.report_text import short
from evals.harness.summary import Report

HERE = Path(__file__).parent


def as_page(runs: Sequence[tuple[Report, Comparison | None]]) -> str:
    """Render every run with metrics, flips, slices and plots, and each case with the reasons for its failure."""
    loader = FileSystemLoader(HERE)
    pages = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    css = (HERE / "page.css").read_text(encoding="utf-8")
    return pages.get_template("page.html").render(
        css=Markup(css),
        digest=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode(),
        runs=[_run(report, found) for report, found in runs],
        width=WIDTH,
        height=HEIGHT,
    )


def _run(report: Report, found: Comparison | None) -> dict[str, object]:
    curve = reliability(report.cases)
    changes = {change.measure: change for change in found.changes} if found else {}
    wrong = failed(report)
    return {
        "report": report,
        "about": about(report),
        "flagged": flagged_line(report),
        "found": found,
        "rows": [
            (name, known.says if (known := metric_info(name)) else "", shown(report.metrics[name]), changes.get(name))
            for name in in_order(set(report.metrics))
            if report.metrics[name].mean is not None
        ],
        "flips": worst_first(found.flips) if found else [],
        "slices": [(title, parts, columns(parts)) for title, parts in (("type", report.slices), ("tag", report.tags))],
        "bars": bars(report),
        "curve": curve,
        "calibration": calibration_error(curve) if curve else None,
        "durations": durations(report.cases),
        "wrong": [(case, reasons(case)) for case in wrong],
        "right": [case for case in report.cases if case not in wrong],
        "shown": shown,
        "short": short,
    }
