"""A workspace: the folder whose TOML files say who is told what, and where."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from batch.errors import ConfigProblem, NotPossible
from batch.models import Merchant, OrderSource, Settings
from batch.pickups import FolderPickup
from batch.place_names import with_names_filled_in
from transports.folder import Folder

SETTINGS_FILE = "tallyfeed.toml"
MERCHANTS_FOLDER = "merchants"
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Workspace:
    """A workspace, checked: its folder, its settings and its merchants by key."""

    root: Path
    settings: Settings
    merchants: Mapping[str, Merchant]

    @property
    def files(self) -> Path:
        """Where snapshots, baselines, outbox and archive lie."""
        return self.path(self.settings.state.files)

    def path(self, path: Path | str) -> Path:
        """A path of the configuration, seen from the workspace."""
        return self.root / path

    def merchant(self, key: str) -> Merchant:
        """The merchant of this key.

        Raises:
            NotPossible: there is none; the message lists those there are.
        """
        return _pick(self.merchants, key, "merchant")

    def order_source(self, merchant: str, key: str) -> OrderSource:
        """The order source of this merchant and key.

        Raises:
            NotPossible: there is none; the message lists those there are.
        """
        return _pick(self.merchant(merchant).order_sources, key, f"order source of {merchant}")

    def chosen(self, targets: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """The enabled (merchant, order source) pairs that ``MERCHANT`` and ``MERCHANT/ORDER_SOURCE`` name; none: all.

        Raises:
            NotPossible: a target names nothing.
        """
        wanted = [target.partition("/") for target in targets] or [(key, "", "") for key in self.merchants]
        for merchant, _, name in wanted:
            keys = [name] if name else list(self.merchant(merchant).order_sources)
            for key in keys:
                if self.order_source(merchant, key).enabled or name:
                    yield merchant, key


def _pick(table: Mapping[str, Model], key: str, what: str) -> Model:
    if key not in table:
        raise NotPossible(f"there is no {what} called {key!r}; there is {', '.join(table) or 'none'}")
    return table[key]


def load_workspace(root: Path) -> Workspace:
    """Reads and checks every configuration file of a workspace.

    Raises:
        ConfigProblem: a file is missing or wrong; every problem is named with its file and key.
    """
    root = root.resolve()
    settings_file = root / SETTINGS_FILE
    if not settings_file.is_file():
        raise ConfigProblem(
            settings_file, ["there is no such file; `tallyfeed init` makes a workspace, `--workspace DIR` names one"]
        )
    settings = read_table(settings_file, Settings)
    files = sorted((root / MERCHANTS_FOLDER).glob("*.toml"))
    if not files:
        raise ConfigProblem(root / MERCHANTS_FOLDER, ["there is no merchant; put one into a file <key>.toml here"])
    merchants = {file.stem: _read_merchant(root, file) for file in files}
    for file, merchant in zip(files, merchants.values(), strict=True):
        _check_merchant(root, file, merchant)
    return Workspace(root, settings, merchants)


def read_table(file: Path, model: type[Model]) -> Model:
    """Reads one TOML file into its model.

    Raises:
        ConfigProblem: it is not TOML, or does not fit the model.
    """
    return _validated(file, _read(file), model)


def _read_merchant(root: Path, file: Path) -> Merchant:
    table = _read(file)
    sources = table.get("sources")
    if isinstance(sources, dict):
        table["sources"] = {key: _on_its_profile(root, source) for key, source in sources.items()}
    return _validated(file, table, Merchant)


def _on_its_profile(root: Path, source: Any) -> Any:
    """The settings of a source, on top of those of the profile whose files it sends."""
    from batch.profiles import merged, snapshot_settings

    if not isinstance(source, dict) or not isinstance(source.get("profile"), str):
        return source
    return merged(snapshot_settings(source["profile"], root), source)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigProblem(file, [f"not readable as TOML: {error}"]) from None


def _validated(file: Path, table: dict[str, Any], model: type[Model]) -> Model:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise ConfigProblem(file, explained(error, model)) from None


def explained(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One line for each problem: the key, what is wrong with its value, and the key that was perhaps meant."""
    lines = []
    for problem in error.errors(include_url=False):
        key = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            known = _known_keys(model, problem["loc"][:-1])
            near = get_close_matches(str(problem["loc"][-1]), known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known here: {', '.join(known)}" if known else ""
            lines.append(f"{key}: unknown key{hint}")
        elif problem["type"] == "missing":
            lines.append(f"{key}: is missing")
        else:
            message = problem["msg"].removeprefix("Value error, ")
            shown = problem["input"] if isinstance(problem["input"], str | int | float | bool) else None
            where = f"{key}: " if key else ""
            lines.append(where + message + (f" (it is {shown!r})" if shown is not None else ""))
    return lines


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The keys of the table at ``path``, read off the JSON Schema so that unions and dictionaries are covered."""
    schema = model.model_json_schema()
    node: Mapping[str, Any] = schema
    for part in path:
        node = _resolved(schema, node)
        node = node.get("properties", {}).get(part) or node.get("additionalProperties") or _branch(schema, node, part)
        if not isinstance(node, Mapping):
            return []
    return list(_resolved(schema, node).get("properties", {}))


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    options = [o for o in node.get("anyOf", []) if o.get("type") != "null"]
    return _resolved(schema, options[0]) if options and "properties" not in node else node


def _branch(schema: Mapping[str, Any], node: Mapping[str, Any], tag: int | str) -> Mapping[str, Any]:
    """The member of a tagged union: pydantic puts the tag into the path of a problem."""
    return {"$ref": ref} if (ref := node.get("discriminator", {}).get("mapping", {}).get(tag)) else {}


def _check_merchant(root: Path, file: Path, merchant: Merchant) -> None:
    problems = [
        *_bad_keys(file, merchant),
        *_bad_names_in_paths(file.stem, merchant),
        *_bad_paths(root, merchant),
        *_bad_references(merchant),
    ]
    if problems:
        raise ConfigProblem(file, problems)


def _bad_keys(file: Path, merchant: Merchant) -> Iterator[str]:
    for where, keys in (
        ("the file's name", [file.stem]),
        ("sources", merchant.sources),
        ("orders", merchant.orders),
        ("order_sources", merchant.order_sources),
    ):
        for key in keys:
            if not _KEY.fullmatch(key):
                yield f"{where}: {key!r} must be letters, digits, - and _ (it becomes part of file names)"
    for key in sorted(merchant.sources.keys() & {key for key, files in merchant.orders.items() if files.pickup}):
        yield f"orders.{key}: a source is called {key!r} too; files of both would be kept in the same folders"


def _bad_names_in_paths(key: str, merchant: Merchant) -> Iterator[str]:
    """What is wrong with names such as ``{merchant}`` in the paths of places; none of them leads out of its folder."""
    for name, order_source in merchant.order_sources.items():
        places = {"deliver": order_source.deliver}
        if order_source.answers:
            places["answers.from"] = order_source.answers.place
        for where, place in places.items():
            try:
                with_names_filled_in(place, key, name, order_source.values)
            except ValueError as error:
                yield f"order_sources.{name}.{where}: {error}"


def _bad_paths(root: Path, merchant: Merchant) -> Iterator[str]:
    tables = {name: getattr(merchant, name) for name in ("products", "bundles", "rules")}
    paths = {f"{name}.path": Path(table.path) for name, table in tables.items() if table}
    kept = {key: files.path for key, files in merchant.orders.items() if files.format == "csv" and files.path}
    paths |= {f"orders.{key}.path": Path(path) for key, path in kept.items()}
    pickups = {f"sources.{key}": source.pickup for key, source in merchant.sources.items()}
    pickups |= {f"orders.{key}": files.pickup for key, files in merchant.orders.items() if files.pickup}
    paths |= {f"{key}.from.path": at.path for key, at in pickups.items() if isinstance(at, FolderPickup)}
    places = {key: order_source.deliver for key, order_source in merchant.order_sources.items()}
    paths |= {f"order_sources.{key}.deliver.path": to.path for key, to in places.items() if isinstance(to, Folder)}
    for key, path in paths.items():
        if not path.is_absolute() and not (root / path).resolve().is_relative_to(root):
            yield f"{key}: {str(path)!r} leaves the workspace; write an absolute path if that is meant"


def _bad_references(merchant: Merchant) -> Iterator[str]:
    for key, source in merchant.sources.items():
        if source.pickup.together and source.format != "csv":
            yield f"sources.{key}.from.together: only CSV files can make one snapshot together"
    for key, files in merchant.orders.items():
        if files.pickup and (files.pickup.together or files.pickup.trailer):
            yield f"orders.{key}.from: together and trailer are for snapshots"
    modes = {source.mode for source in merchant.sources.values()}
    for key, order_source in merchant.order_sources.items():
        where = f"order_sources.{key}"
        named = order_source.warehouses if order_source.warehouses != "all" else ()
        for field, codes in (
            ("warehouses", named),
            ("warehouse_codes", order_source.warehouse_codes),
            ("reserve", order_source.reserve),
        ):
            for code in codes:
                if code not in merchant.warehouses and merchant.new_warehouses == "exclude":
                    listed = ", ".join(merchant.warehouses) or "none"
                    yield f"{where}.{field}: no warehouse {code!r} is listed ({listed}); add [warehouses.{code}]"
        if order_source.alias is not None and merchant.products is None:
            column = f"alias:{order_source.alias}"
            yield f"{where}.alias: {order_source.alias!r} needs a [products] table with a column {column}"
        if order_source.sales_channel is None and "sales_channel" in modes:
            yield f"{where}.sales_channel: is missing; name the sales channel of the source that is its own"
    yield from _bad_orders(merchant)


def _bad_orders(merchant: Merchant) -> Iterator[str]:
    for key, files in merchant.orders.items():
        if files.order_source is not None and files.order_source not in merchant.order_sources:
            known = ", ".join(merchant.order_sources) or "none"
            yield f"orders.{key}.order_source: there is no order source {files.order_source!r}; there is {known}"
        if files.alias not in {None, "sku"} and merchant.products is None:
            yield f"orders.{key}.alias: {files.alias!r} needs a [products] table with a column alias:{files.alias}"
