#!/usr/bin/env python3
"""Prints how many tests passed, failed and were skipped, and why: count_tests.py FOLDER with JUnit files.

Programs that run many tests of their own (pytest, Playwright) write FOLDER/<name>.xml beside ctest.xml; ctest's one
line for each of them is left out of the counts then. Exits with 1 if any test failed or none ran.
"""

import collections
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def outcome_of(case: ElementTree.Element) -> tuple[str, str]:
    """("passed" | "failed" | "skipped", reason)"""
    for tag in ("failure", "error"):
        if case.find(tag) is not None or case.get("status") == "fail":
            return "failed", ""
    skipped = case.find("skipped")
    if skipped is not None or case.get("status") in {"notrun", "disabled"}:
        lines = (case.findtext("system-out") or "").splitlines()
        reason = next((line.strip() for line in lines if "kipped:" in line), "")
        for line, following in zip(lines, lines[1:]):  # GoogleTest: "file.cpp:7: Skipped", then the reason
            if not reason and line.endswith(": Skipped"):
                reason = following.strip()
        return "skipped", reason or (skipped.get("message", "") if skipped is not None else "")
    return "passed", ""


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    suites = {path.stem: ElementTree.parse(path).getroot() for path in sorted(folder.glob("*.xml"))}
    counts: collections.Counter[str] = collections.Counter()
    reasons: collections.Counter[str] = collections.Counter()
    for name, root in suites.items():
        for case in root.iter("testcase"):
            if name == "ctest" and case.get("name") in suites:
                continue
            outcome, reason = outcome_of(case)
            counts[outcome] += 1
            if outcome == "failed":
                print(f"FAILED  {name}: {case.get('classname', '')} {case.get('name')}")
            if outcome == "skipped":
                reasons[reason or "no reason given"] += 1
    for reason, count in reasons.most_common():
        print(f"skipped {count:4}: {reason}")
    print(f"{counts['passed']} tests passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
