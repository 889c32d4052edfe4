"""claimstream models: train, score, list, card, activate, parity, evaluate, retrain, monitor, bench."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from claimstream.cli import models_text as text
from claimstream.cli.exit_codes import EXIT_PROBLEMS
from claimstream.console import JsonOption, data, print_json, words
from claimstream.metrics import Metrics
from claimstream.settings import Settings
from claimstream.stored_scores import measured_calibration, stored_scores
from processors.features import FEATURES
from processors.features.describe import catalogue_page
from processors.scoring.registry import DENIALS, find_folder, shipped_registry
from schemas.errors import BadInputError

app = typer.Typer(help="Train, look at and switch the models that score.", no_args_is_help=True)

Registry = Annotated[Path | None, typer.Option(help="Folder of the registry; the one in force when left out.")]
TableFile = Annotated[Path, typer.Option(help="CSV or Parquet file with a header.")]
MapFile = Annotated[Path, typer.Option("--map", help="YAML map of the table's columns; see docs/models.md.")]
Seed = Annotated[int, typer.Option(help="Seed of everything that is drawn: the same seed gives the same model.")]
FamilyName = Annotated[
    str | None,
    typer.Option(help="logistic, forest, svm, boosting, layered or network; the best on held-out rows when left out."),
]


@app.command()
def train(  # noqa: PLR0913, PLR0917 - every parameter is an option of the command
    table: Annotated[Path | None, typer.Option(help="Foreign table; synthetic claims when left out.")] = None,
    map_file: Annotated[Path | None, typer.Option("--map", help="Map of the table's columns.")] = None,
    registry: Registry = None,
    name: Annotated[str | None, typer.Option(help="Name of a table's model; made of its file name.")] = None,
    claims: Annotated[int, typer.Option(min=1, help="Synthetic claims to train on.")] = 40_000,
    profile: Annotated[str, typer.Option(help="Synthetic profile: seed or field.")] = "seed",
    seed: Seed = 7,
    family: FamilyName = None,
    resampling: Annotated[
        str, typer.Option(help="none, class-weight, random-over or smote-nc: inside training folds only.")
    ] = "none",
    network: Annotated[Path | None, typer.Option(help="An exported network (ONNX) that takes part.")] = None,
    drop_leaks: Annotated[bool, typer.Option("--drop-leaks", help="Leave leaking columns out instead.")] = False,
    activate: Annotated[bool, typer.Option(help="Make the new version the champion.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Train on synthetic claims, or on a foreign table with a map, and publish the version."""
    from models.learning.learn import Wish  # noqa: PLC0415 - training libraries are an extra
    from models.tables.table_map import TableMap  # noqa: PLC0415
    from models.tables.train import train_on_table  # noqa: PLC0415
    from models.training import train as train_on_claims  # noqa: PLC0415

    wish = Wish(seed=seed, family=_family(family), resampling=_resampling(resampling), network=network)
    target = registry_of(registry)
    if table is None:
        if profile not in {"seed", "field"}:
            msg = "choose seed or field"
            raise typer.BadParameter(msg, param_hint="--profile")
        made = train_on_claims(target, claims, seed, _progress, profile=profile, wish=wish, activate=activate)
        folder, metrics, notes = made.folder, made.learned.metrics, []
    else:
        if map_file is None:
            msg = "a table needs a map"
            raise typer.BadParameter(msg, param_hint="--map")
        trained = train_on_table(
            table, TableMap.load(map_file), target, wish, name=name, drop_leaks=drop_leaks, progress=_progress
        )
        folder, metrics, notes = trained.folder, trained.learned.metrics, list(trained.prepared.data.notes)
    for note in notes:
        words.print(f"note: {note}")
    if as_json:
        print_json({"folder": str(folder), "notes": notes, "metrics": metrics})
    else:
        text.print_trained(folder, metrics)


@app.command()
def score(
    table: TableFile,
    map_file: MapFile,
    model: Annotated[Path, typer.Option(help="Folder of a version, of a model, or of a registry with one model.")],
    out: Annotated[Path, typer.Option(help="Parquet or CSV file to write.")],
    as_json: JsonOption = False,
) -> None:
    """Score a foreign table: id, p_denied, and three reasons with their probabilities given a denial."""
    from models.tables.score import score_table  # noqa: PLC0415 - training libraries are an extra
    from models.tables.table_map import TableMap  # noqa: PLC0415

    scored = score_table(table, TableMap.load(map_file), model)
    for note in scored.notes:
        words.print(f"note: {note}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        (scored.frame.write_csv if out.suffix.lower() == ".csv" else scored.frame.write_parquet)(out)
    except OSError as error:
        msg = f"{out} cannot be written: {error.strerror}."
        raise BadInputError(msg, "Give a path in a folder that may be written to.") from error
    mean = float(scored.frame["p_denied"].to_numpy().mean())
    if as_json:
        summary = {"rows": scored.frame.height, "mean_p_denied": mean, "out": str(out)}
        print_json(summary | {"model": scored.version, "notes": list(scored.notes)})
    else:
        data.print(f"{scored.frame.height} rows scored by {scored.version}, mean P(denied) {mean:.3f}: {out}")


@app.command()
def features(as_json: JsonOption = False) -> None:
    """Print the feature catalogue: the page docs/features.md."""
    if as_json:
        columns = ("name", "group", "kind", "low", "high", "source", "missing", "actionable")
        print_json({"features": [{name: getattr(one, name) for name in columns} for one in FEATURES]})
    else:
        sys.stdout.write(catalogue_page())


@app.command("list")
def list_models(registry: Registry = None, as_json: JsonOption = False) -> None:
    """List models and versions, and which is champion and challenger."""
    from claimstream.model_registry import listed  # noqa: PLC0415

    found = listed(registry_of(registry))
    if as_json:
        print_json({"registry": str(registry_of(registry)), "models": found})
    else:
        text.print_list(found)


@app.command()
def card(
    model: Annotated[str, typer.Argument(help="Folder of a version or model, or NAME, or NAME/VERSION.")] = DENIALS,
    registry: Registry = None,
    as_json: JsonOption = False,
) -> None:
    """Show the card of a version: what it is for, what it achieves beside its baselines, where it fails."""
    folder = folder_of(model, registry)
    if as_json:
        print_json({"folder": str(folder), **text.read_json(folder, "meta.json", "metrics.json")})
    else:
        data.print(text.read(folder / "card.md"), markup=False)


@app.command()
def activate(
    version: Annotated[str, typer.Argument(help="Version, as v2.")],
    model: Annotated[str, typer.Option(help="Name of the model.")] = DENIALS,
    challenger: Annotated[bool, typer.Option("--challenger", help="Put it on trial beside the champion.")] = False,
    share: Annotated[float | None, typer.Option(min=0, max=1, help="Share of the batches on trial.")] = None,
    registry: Registry = None,
    as_json: JsonOption = False,
) -> None:
    """Make a version champion or challenger; a running stage takes it between two batches."""
    from claimstream.model_registry import activated  # noqa: PLC0415

    active = activated(registry_of(registry), model, version, challenger=challenger, share=share)
    if as_json:
        print_json({"model": model, **active})
    else:
        data.print(f"{model}: champion {active['champion']}, challenger {active['challenger'] or 'none'}.")


@app.command()
def parity(
    model: Annotated[str, typer.Argument(help="Folder of a version or model, or NAME, or NAME/VERSION.")] = DENIALS,
    registry: Registry = None,
    as_json: JsonOption = False,
) -> None:
    """Check a version as the stream does before it serves: hashes, features, golden rows; exit 3 when refused."""
    from claimstream.model_registry import checked_parity  # noqa: PLC0415

    found = checked_parity(folder_of(model, registry))
    if as_json:
        print_json(found)
    else:
        data.print(text.parity_line(found))
    if not found["ok"]:
        raise typer.Exit(EXIT_PROBLEMS)


@app.command()
def evaluate(  # noqa: PLR0913, PLR0917 - every parameter is an option of the command
    model: Annotated[str, typer.Argument(help="Folder of a version or model, or NAME, or NAME/VERSION.")] = DENIALS,
    table: Annotated[Path | None, typer.Option(help="Foreign table with outcomes, for a model of a table.")] = None,
    map_file: Annotated[Path | None, typer.Option("--map", help="Map of the table's columns.")] = None,
    claims: Annotated[int, typer.Option(min=100, help="Fresh synthetic claims, for the model of the stream.")] = 6_000,
    profile: Annotated[str, typer.Option(help="Synthetic profile: seed or field.")] = "seed",
    seed: Seed = 1_007,
    registry: Registry = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a version on rows it has not seen: a table with outcomes, or synthetic claims of a fresh seed."""
    from models.evaluate import evaluate_on_claims, evaluate_on_table  # noqa: PLC0415 - training libraries are an extra

    folder = folder_of(model, registry)
    if table is not None and map_file is not None:
        metrics = evaluate_on_table(folder, table, map_file)
    else:
        metrics = evaluate_on_claims(folder, claims, seed, profile)
    if as_json:
        print_json({"folder": str(folder), "metrics": metrics})
    else:
        text.print_metrics(metrics)


@app.command()
def retrain(
    stored: Annotated[
        Path | None, typer.Option(help="Parquet of stored scores and outcomes; ClickHouse without.")
    ] = None,
    registry: Registry = None,
    seed: Seed = 7,
    family: FamilyName = None,
    as_json: JsonOption = False,
) -> None:
    """Train on matured outcomes of stored scores, and put the version on trial beside the champion."""
    from models.feedback.retrain import retrain as retrain_on  # noqa: PLC0415 - training libraries are an extra
    from models.learning.learn import Wish  # noqa: PLC0415

    wish = Wish(seed=seed, family=_family(family))
    made = retrain_on(stored_scores(stored, Settings()), registry_of(registry), datetime.now(UTC), wish, _progress)
    if as_json:
        counts = {"maturity_days": made.labelled.maturity_days, "left_out": made.labelled.left_out}
        told = {"folder": str(made.folder), "may_take_over": made.may_take_over, "champion": made.champion, **counts}
        print_json(told | {"metrics": made.learned.metrics})
    else:
        text.print_metrics(made.learned.metrics)
        verdict = "may take over" if made.may_take_over else "is not better than the champion"
        data.print(f"on trial: {made.folder}; it {verdict} on later claims.")


@app.command()
def monitor(
    stored: Annotated[
        Path | None, typer.Option(help="Parquet of stored scores and outcomes; ClickHouse without.")
    ] = None,
    every: Annotated[
        int, typer.Option(min=0, help="Measure again after so many seconds and serve /metrics; 0: once.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Compare scores with first adjudications: accuracy, calibration and denial rate, overall and by payer."""
    settings = Settings()
    metrics = Metrics.create()
    if every:
        metrics.serve(settings.metrics_host, settings.metrics_port)
    while True:
        found = measured_calibration(stored_scores(stored, settings), datetime.now(UTC), metrics)
        if as_json:
            print_json({name or "all": asdict(one) for name, one in found.items()})
        else:
            text.print_calibration(found)
        if not every:
            return
        time.sleep(every)


@app.command()
def bench(
    model: Annotated[str, typer.Argument(help="Folder of a version or model, or NAME, or NAME/VERSION.")] = DENIALS,
    registry: Registry = None,
    as_json: JsonOption = False,
) -> None:
    """Measure what scoring costs here: microseconds of processor time a claim, by part and batch size."""
    from models.bench import measure  # noqa: PLC0415 - training libraries are an extra

    found = measure(folder_of(model, registry))
    if as_json:
        print_json(asdict(found))
    else:
        text.print_speed(found.model, found.parts)
        data.print(f"explanation: {found.explanation_us:.1f} us a claim explained ({found.explained:.1%} of them)")


def registry_of(registry: Path | None) -> Path:
    """Return the registry to work on: the one named, the one of the settings, or the shipped one."""
    return registry or Settings().claimstream_models or shipped_registry()


def folder_of(model: str, registry: Path | None) -> Path:
    """Return the folder of a version named by path, by NAME or by NAME/VERSION."""
    path = Path(model)
    if path.exists() and not (registry_of(registry) / model).exists():
        return find_folder(path)
    return find_folder(registry_of(registry) / model)


def _progress(line: str) -> None:
    words.print(line)


def _family(name: str | None) -> Any:
    from models.learning.families import Family  # noqa: PLC0415

    return None if name is None else _member(Family, name, "--family")


def _resampling(name: str) -> Any:
    from models.learning.resampling import Resampling  # noqa: PLC0415

    return _member(Resampling, name, "--resampling")


def _member(kind: Any, name: str, option: str) -> Any:
    try:
        return kind(name)
    except ValueError:
        msg = f"choose one of {', '.join(kind)}"
        raise typer.BadParameter(msg, param_hint=option) from None
