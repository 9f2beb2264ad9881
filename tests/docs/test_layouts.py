"""`slate docs` of every tool's folder of migrations: what its history built, named as the tool names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.config import find_project
from slate_pg.docs.addresses import Addresses
from slate_pg.docs.building import build
from slate_pg.docs.markdown import as_markdown
from slate_pg.docs.model import Use
from slate_pg.docs.products import make_site
from slate_pg.docs.site import write
from tests.formats.projects import EXAMPLES, Example


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_folder_of_another_tool_is_documented(example: Example, tmp_path: Path) -> None:
    place = example.write(tmp_path / "project")
    project = find_project(f"{example.name}:{place}")
    site = make_site(project, project.products, build(project, project.products))
    (product,) = site.products
    assert [m.id for m in product.migrations] == list(example.ids)
    assert {m.why for m in product.migrations} == {""}, "what a tool is told is no reason"
    assert product.says == "", "what the server says of public is not the product's"
    assert all(m.path for m in product.migrations)
    assert all(m.loses for m in product.migrations) != example.undoes
    account, payment = product.tables
    first, total, index, last = example.ids if len(example.ids) == 4 else example.ids * 4
    made = (account.made_by, product.functions[0].made_by, payment.made_by)
    assert (account.name, payment.name, made) == ("account", "payment", (first, total, last))
    assert account.changed_by == (() if first == last else (index,))
    assert [i.name for i in account.indexes] == ["account_name_idx", "account_pkey"]
    assert [(k.columns, k.target) for k in payment.foreign_keys] == [(("account_id",), "account")]
    assert Use("function", "total") in account.uses
    folder = tmp_path / "site"
    write(site, folder)
    assert "account_name_idx" in (folder / Addresses(product.name).table("public", "account")).read_text("utf-8")
    assert "erDiagram" in as_markdown(site)[f"{product.name}.md"]
