"""The folders of other tools: one module a layout, each with its sign and its reader. Detection is in `folders`."""
