"""Makes a name for each installation of a template: `{schema}_app`. Pure."""

from __future__ import annotations

from slate_pg.errors import Misuse
from slate_pg.fleet.roster import Member


def filled(template: str, member: Member, option: str) -> str:
    """Return a template with {schema}, {server} and {product} filled in. Misuse, with the option's name, for others."""
    words = {"schema": member.schema, "server": member.server.name, "product": member.product.name}
    try:
        return template.format_map(words)
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise Misuse(
            f'{option} "{template}" cannot be read: {error}', hint="It takes {schema}, {server} and {product}."
        ) from error
