"""The rules as source: Python, Java, and the YAML pack of claimstream."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from loadtest.peers.rules import DERIVED, Condition, Level, Rule, field_types

_COMPARISONS = {"=": "==", "<>": "!="}

_PYTHON_HEAD = '''"""Generated: the rules of the comparison."""

from loadtest.peers.per_event.npi import npi_valid


def find(claim):
    """Return (rule id, line number, severity) of every rule that fires, in the order of the rules and lines."""
    lines = claim["lines"]
    line_count = len(lines)
    line_charge_cents = 0
    for line in lines:
        line_charge_cents += line["charge_cents"]
    diagnosis_count = len(claim["diagnosis_codes"])
    billing_npi_valid = npi_valid(claim["billing_npi"])
    rendering_npi_valid = npi_valid(claim["rendering_npi"])
    found = []
'''

_JAVA_HEAD = """package claimstream.peers;

import claimstream.ClaimSubmitted;
import claimstream.ServiceLine;
import java.util.ArrayList;
import java.util.List;

/** Generated: the rules of the comparison. */
final class Rules {
  private Rules() {}

  static List<PeerFinding> find(ClaimSubmitted claim) {
    int lineCount = claim.getLines().size();
    long lineChargeCents = 0;
    for (ServiceLine line : claim.getLines()) lineChargeCents += line.getChargeCents();
    int diagnosisCount = claim.getDiagnosisCodes().size();
    Boolean billingNpiValid = Npi.valid(claim.getBillingNpi());
    Boolean renderingNpiValid = Npi.valid(claim.getRenderingNpi());
    List<PeerFinding> found = new ArrayList<>(4);
"""


def python_source(rules: Iterable[Rule], schema: dict[str, Any]) -> str:
    """Return a Python module with `find(claim)` over a claim as fastavro reads it."""
    types = field_types(schema)
    made = [_PYTHON_HEAD]
    by_level = _by_level(rules)
    for rule in by_level["claim"]:
        made.append(f"    if {_python_all(rule, types)}:\n")
        made.append(f'        found.append(("{rule.id}", None, "{rule.severity}"))\n')
    made.append("    for line in lines:\n")
    for rule in by_level["line"]:
        made.append(f"        if {_python_all(rule, types)}:\n")
        made.append(f'            found.append(("{rule.id}", line["line_number"], "{rule.severity}"))\n')
    return "".join([*made, "    return found\n"])


def java_source(rules: Iterable[Rule], schema: dict[str, Any]) -> str:
    """Return a Java class with `find` over a claim as Avro's generated classes hold it."""
    types = field_types(schema)
    made = [_JAVA_HEAD]
    by_level = _by_level(rules)
    for rule in by_level["claim"]:
        made.append(f'    if ({_java_all(rule, types)}) found.add(new PeerFinding("{rule.id}", null, ')
        made.append(f'"{rule.severity}"));\n')
    made.append("    for (ServiceLine line : claim.getLines()) {\n")
    for rule in by_level["line"]:
        made.append(f'      if ({_java_all(rule, types)}) found.add(new PeerFinding("{rule.id}", ')
        made.append(f'line.getLineNumber(), "{rule.severity}"));\n')
    return "".join([*made, "    }\n    return found;\n  }\n}\n"])


def pack_source(rules: Iterable[Rule]) -> str:
    """Return a rule pack of claimstream."""
    pack: list[dict[str, Any]] = [
        {
            "id": rule.id,
            "name": f"Rule {rule.id} of the comparison",
            "level": rule.level,
            "severity": rule.severity,
            "expression": " AND ".join(map(_sql, rule.when)),
            "error_message": f"Rule {rule.id} fired.",
            "x12": "2300 CLM",
            "snip": 1,
            "queue": None if rule.severity == "info" else "edit_fix",
            "fix": "Nothing: the rule is part of a benchmark.",
            "source": "Benchmark",
            "examples": {"fires": [{}], "passes": [{}]},
        }
        for rule in rules
    ]
    return str(yaml.safe_dump({"category": "benchmark", "rules": pack}, sort_keys=False))


def _by_level(rules: Iterable[Rule]) -> Mapping[Level, list[Rule]]:
    levels: dict[Level, list[Rule]] = {"claim": [], "line": []}
    for rule in rules:
        levels[rule.level].append(rule)
    return levels


def _python_all(rule: Rule, types: Mapping[tuple[Level, str], str]) -> str:
    return " and ".join(_python(condition, rule.level, types) for condition in rule.when)


def _python(condition: Condition, level: Level, types: Mapping[tuple[Level, str], str]) -> str:
    def read(field: str) -> str:
        return field if field in DERIVED else f'{level}["{field}"]'

    left, op = read(condition.field), condition.op
    if op in ("is null", "is not null", "true", "false"):
        ending = {"is null": "is None", "is not null": "is not None", "true": "is True", "false": "is False"}[op]
        return f"{left} {ending}"
    known = [field for field in _fields(condition) if types[level, field].endswith("?")]
    tests = [f"{read(field)} is not None" for field in known if op not in ("=", "in")]
    right = read(condition.value) if condition.other else _literals(condition.value)
    return " and ".join([*tests, f"{left} {_COMPARISONS.get(op, op)} {right}"])


def _java_all(rule: Rule, types: Mapping[tuple[Level, str], str]) -> str:
    return " && ".join(_java(condition, rule.level, types) for condition in rule.when)


def _java(condition: Condition, level: Level, types: Mapping[tuple[Level, str], str]) -> str:
    def read(field: str) -> str:
        name = "".join(map(str.capitalize, field.split("_")))
        return name[0].lower() + name[1:] if field in DERIVED else f"{level}.get{name}()"

    left, op, kind = read(condition.field), condition.op, types[level, condition.field]
    if op in ("is null", "is not null"):
        return f"{left} {'==' if op == 'is null' else '!='} null"
    if op in ("true", "false"):
        return f"Boolean.{op.upper()}.equals({left})" if kind.endswith("?") else f"{'' if op == 'true' else '!'}{left}"
    tests = [f"{read(field)} != null" for field in _fields(condition) if types[level, field].endswith("?")]
    if kind.startswith("string"):
        return " && ".join([*(tests if op in ("<>", "not in") else []), _java_text(left, op, condition.value)])
    right = read(condition.value) if condition.other else _java_number(condition.value, kind)
    if kind.startswith("date"):
        return " && ".join([*tests, f"{left}.{'isBefore' if op == '<' else 'isAfter'}({right})"])
    return " && ".join([*tests, f"{left} {_COMPARISONS.get(op, op)} {right}"])


def _java_text(left: str, op: str, value: Any) -> str:
    texts = value if isinstance(value, list) else [value]
    equal = " || ".join(f"{json.dumps(text)}.equals({left})" for text in texts)
    return f"!({equal})" if op in ("<>", "not in") else f"({equal})"


def _java_number(value: float, kind: str) -> str:
    return f"{value}L" if kind.startswith("long") else str(value)


def _literals(value: Any) -> str:
    return f"({', '.join(map(json.dumps, value))},)" if isinstance(value, list) else json.dumps(value)


def _fields(condition: Condition) -> tuple[str, ...]:
    return (condition.field, condition.value) if condition.other else (condition.field,)


def _sql(condition: Condition) -> str:
    field, op, value = condition.field, condition.op, condition.value
    if op in ("true", "false"):
        return field if op == "true" else f"NOT {field}"
    if value is None:
        return f"{field} {op.upper()}"
    if condition.other:
        return f"{field} {op} {value}"
    if isinstance(value, list):
        return f"{field} {op.upper()} ({', '.join(map(_quoted, value))})"
    return f"{field} {op} {_quoted(value)}"


def _quoted(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)
