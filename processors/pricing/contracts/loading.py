"""Read payer contracts from a folder of YAML files, one file a contract, and refuse what contradicts itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from processors.pricing.contracts.contract import PayerContract
from processors.pricing.contracts.errors import PayerContractError
from processors.pricing.contracts.fee_table import FeeTable
from processors.pricing.contracts.terms import FeeTableTerm


@dataclass(frozen=True)
class LoadedContract:
    """A contract with the tables that it names.

    Attributes:
        file: Name of its file.
        contract: What the file says.
        tables: Fee tables by the path that the terms name them by.
    """

    file: str
    contract: PayerContract
    tables: dict[str, FeeTable]


class _Loader(yaml.SafeLoader):
    """YAML that does not let a key stand twice: the second value would silently replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if repeated := [place for place, key in enumerate(keys) if key in keys[:place]]:
            problem = f"the key {keys[repeated[0]]} stands there twice"
            raise yaml.constructor.ConstructorError(problem=problem, problem_mark=node.value[repeated[0]][0].start_mark)
        return super().construct_mapping(node, deep)


def load_folder(folder: Path) -> tuple[LoadedContract, ...]:
    """Read every contract of a folder.

    Args:
        folder: Folder with files that end in .yaml or .yml; fee tables stand beside or below them.

    Raises:
        PayerContractError: There is none, one cannot be used, or two hold for the same claims.
    """
    if not folder.is_dir():
        raise PayerContractError(str(folder), "there is no such folder")
    files = sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})
    if not files:
        raise PayerContractError(str(folder), "the folder holds no file that ends in .yaml")
    loaded = tuple(load_file(path) for path in files)
    refuse_overlaps(loaded)
    return loaded


def load_file(path: Path) -> LoadedContract:
    """Read one contract and its tables.

    Raises:
        PayerContractError: It cannot be used.
    """
    stated = _read(path)
    name = stated.get("id") if isinstance(stated, dict) else None
    known = name if isinstance(name, str) else ""
    try:
        contract = PayerContract.model_validate(stated)
    except ValidationError as error:
        where, reason = _first_problem(error, stated)
        raise PayerContractError(path.name, reason, contract=known, term=where) from error
    files = dict.fromkeys(term.file for term in contract.terms if isinstance(term, FeeTableTerm))
    return LoadedContract(path.name, contract, {file: FeeTable.read(path.parent / file) for file in files})


def refuse_overlaps(loaded: Iterable[LoadedContract]) -> None:
    """Refuse two contracts of one name, and two that hold for the same claims.

    Raises:
        PayerContractError: There are such.
    """
    for one, other in combinations(loaded, 2):
        if one.contract.id == other.contract.id:
            reason = f"{one.file} has a contract of the same id"
        elif one.contract.overlaps(other.contract):
            reason = (
                f"it holds for claims of the contract {one.contract.id} in {one.file} too; end one before the other "
                "begins, or limit both by plan_types, billing_npis or taxonomies"
            )
        else:
            continue
        raise PayerContractError(other.file, reason, contract=other.contract.id)


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError) as error:
        raise PayerContractError(path.name, f"it cannot be read ({type(error).__name__})") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        raise PayerContractError(path.name, f"{place}{getattr(error, 'problem', 'it is not YAML')}") from error
    except ValueError as error:  # a date that does not exist
        raise PayerContractError(path.name, str(error)) from error


def _first_problem(error: ValidationError, stated: Any) -> tuple[str, str]:
    """Return the term concerned ("" for none) and what is wrong."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    term = ""
    if len(place) > 1 and place[0] == "terms":
        term = _name_of_term(stated["terms"], int(place[1]))
        place = place[3:]  # after the number comes the method, which the term itself names
    said = first["msg"].removeprefix("Value error, ")
    return term, f"{'.'.join(place)}: {said}" if place else said


def _name_of_term(terms: Sequence[Any], index: int) -> str:
    stated = terms[index].get("id") if isinstance(terms[index], dict) else None
    return stated if isinstance(stated, str) else f"number {index + 1}"
