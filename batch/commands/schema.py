"""``tallyfeed schema``."""

from __future__ import annotations

import click


@click.command("schema")
@click.argument("file", type=click.Choice(["merchant", "settings", "profile"]), default="merchant")
def command(file: str) -> None:
    """Print the JSON Schema of a configuration file, for editors.

    \b
    Example:
      tallyfeed schema merchant > merchant.schema.json
    """
    from pydantic import BaseModel

    from batch.models import Merchant, Settings
    from batch.output import print_json
    from batch.profiles import Profile

    models: dict[str, type[BaseModel]] = {"merchant": Merchant, "settings": Settings, "profile": Profile}
    print_json(models[file].model_json_schema())
