"""JUnit report: one test per case for CI, which fails if the case got worse than the baseline."""

from collections.abc import Sequence
from xml.etree import ElementTree

from evals.harness.comparison import Comparison
from evals.harness.reporting.failures import reasons
from evals.harness.summary import Report


def as_junit(runs: Sequence[tuple[Report, Comparison | None]]) -> str:
    """Return JUnit XML with one test suite per run.

    A case that was already wrong in the baseline is marked as skipped with its reason. The additional test `gate` fails
    if the suite as a whole got worse. Without a baseline every wrong case fails.
    """
    root = ElementTree.Element("testsuites", name="footnote eval")
    for report, found in runs:
        suite = ElementTree.SubElement(root, "testsuite", name=report.suite, timestamp=report.created_at)
        _gate(suite, found)
        worse = {flip.id for flip in found.flips if flip.worse} if found else None
        for case in report.cases:
            test = ElementTree.SubElement(suite, "testcase", classname=f"{report.suite}.{case.type}", name=case.id)
            why = reasons(case)
            if case.error is not None:
                _outcome(test, "error", case.error, case.question)
            elif why and (worse is None or case.id in worse):
                _outcome(test, "failure", "; ".join(why), f"{case.question}\n{case.text}")
            elif why:
                _outcome(test, "skipped", f"known: {'; '.join(why)}", "")
        for kind in ("failure", "error", "skipped"):
            suite.set({"failure": "failures", "error": "errors"}.get(kind, kind), str(len(suite.findall(f"*/{kind}"))))
        suite.set("tests", str(len(suite)))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _gate(suite: ElementTree.Element, found: Comparison | None) -> None:
    test = ElementTree.SubElement(suite, "testcase", classname=suite.get("name", ""), name="gate")
    if found and found.failures:
        _outcome(test, "failure", found.failures[0], "\n".join(found.failures))


def _outcome(test: ElementTree.Element, kind: str, message: str, text: str) -> None:
    ElementTree.SubElement(test, kind, message=_printable(message)).text = _printable(text)


def _printable(text: str) -> str:
    """Return the text without control characters, which XML does not allow."""
    return "".join(c for c in text if c in "\n\t" or (c.isprintable() and c not in "\ufffe\uffff"))
