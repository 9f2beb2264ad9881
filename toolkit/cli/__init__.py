"""The command `slate`: the only place that prints, exits or knows Typer and rich."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; exit 0 done, 1 failed, 2 misuse, 3 the answer is no."""
    from toolkit.cli.app import app
    from toolkit.errors import SlateError

    try:
        app(prog_name="slate")
    except SlateError as error:
        from toolkit.cli.output import show_error

        show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; what was under way was rolled back\n")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
