"""The gate: what stops a plan, what lets it pass, and what CI systems and reviewers are told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from slate_pg.checks.findings import FORMATS, Finding, in_form
from slate_pg.checks.markdown import code, escaped
from slate_pg.config import find_project
from slate_pg.errors import FileError, Misuse
from slate_pg.rehearsal import findings as kinds
from slate_pg.rehearsal.findings import FileVerdict, Observed, Seconds, Verdict
from slate_pg.rehearsal.findings import Finding as Found
from slate_pg.rehearsal.gate import ACCEPTED, ALLOWED, REFUSED, TOLD, decide, read_terms
from slate_pg.rehearsal.report import as_findings, as_markdown
from tests.workshop import Workshop

ROOT = Path("/project")
HOSTILE = "We|ird `N`ame\n<b>@everyone</b> 100% a:b,c [x](y) ✓"


def found(kind: str, relation: str = "big", line: int = 2, high: float = 20.0, file: str = "/project/a b.sql") -> Found:
    return Found(
        kind, relation, "AccessExclusiveLock", f"why {relation}", Seconds(1.0, high), 10, 8192, file=file, line=line
    )


def file_of(*all_: Found, transactional: bool = True, file: str = "/project/a b.sql") -> FileVerdict:
    one = Observed(file, 2, f"ALTER TABLE {HOSTILE}")
    return FileVerdict(file, transactional, ((one, Verdict("do it in steps", HOSTILE, findings=all_)),), all_)


def outcomes(text: str, *all_: Found, allow: tuple[str, ...] = (), transactional: bool = True) -> list[str]:
    decided = decide([file_of(*all_, transactional=transactional)], {"/project/a b.sql": text}, read_terms(allow))
    return [ruling.outcome for ruling in decided.rulings]


IN_THE_WAY = ("blocks-reads", "blocks-writes", "fails", "loses-data", "unknown", "acts-on-cluster", "acts-on-machine")


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_what_blocks_fails_loses_or_is_not_known_is_in_the_way_and_all_else_is_told(kind: str) -> None:
    assert outcomes("", found(kind)) == [REFUSED if kind in IN_THE_WAY else TOLD]


@pytest.mark.parametrize("kind", IN_THE_WAY)
def test_each_kind_can_be_allowed_by_its_name_and_lets_no_other_pass(kind: str) -> None:
    other = "fails" if kind != "fails" else "loses-data"
    assert outcomes("", found(kind), found(other), allow=(kind,)) == [ALLOWED, REFUSED]


@pytest.mark.parametrize(
    ("word", "passes"),
    [("blocking=5s", 5.0), ("blocking=500ms", 0.5), ("blocking=2min", 120.0), ("blocking=1h", 3600.0), ("blocking", 1e9),
     ("blocks-reads=5s", 5.0)],
)  # fmt: skip
def test_a_time_lets_pass_what_surely_blocks_for_no_longer(word: str, passes: float) -> None:
    one = (found("blocks-reads", high=passes), found("blocks-reads", high=passes * 1.01 if passes < 1e9 else passes))
    assert outcomes("", *one, allow=(word,)) == [ALLOWED, REFUSED if passes < 1e9 else ALLOWED]


def test_what_takes_nobody_knows_how_long_is_not_let_pass_by_a_time() -> None:
    assert outcomes("", Found("blocks-reads", "big"), allow=("blocking=5s",)) == [REFUSED]


@pytest.mark.parametrize(
    "word", ["looses-data", "blocking=5", "blocking=", "blocking=5 weeks", "fails=5s", "", "rewrite"]
)
def test_what_cannot_be_allowed_is_misuse_and_is_named(word: str) -> None:
    with pytest.raises(Misuse) as refused:
        read_terms([word])
    assert f'"{word.partition("=")[0]}' in refused.value.message
    assert refused.value.hint


def test_a_line_accepts_one_finding_of_its_kind_at_or_below_it() -> None:
    text = (
        "-- accept: loses-data since March nothing writes it\nALTER TABLE big\n    DROP COLUMN a;\nDROP TABLE small;\n"
    )
    two = (found("loses-data", line=2), found("loses-data", "small", line=4))
    assert outcomes(text, *two) == [ACCEPTED, REFUSED]
    assert outcomes(text, found("fails")) == [REFUSED]
    assert outcomes(text.replace("March", "small"), *two) == [REFUSED, ACCEPTED], "its reason names the relation"
    both = text + "-- accept: loses-data too late, nothing follows\n"
    assert outcomes(both, *two) == [ACCEPTED, REFUSED]
    behind = "SELECT 1;\nALTER TABLE big\n    DROP COLUMN a; -- accept: loses-data never written\nDROP TABLE small;"
    assert outcomes(behind, *two) == [ACCEPTED, REFUSED]


def test_blocking_is_accepted_anywhere_in_its_transaction_for_it_lasts_to_the_end() -> None:
    text = "SELECT 1;\nALTER TABLE big ADD COLUMN x integer;\n-- accept: blocking at night\nUPDATE big SET x = 1;\n"
    assert outcomes(text, found("blocks-reads")) == [ACCEPTED]
    assert outcomes(text, found("blocks-reads"), transactional=False) == [REFUSED]


def test_an_acceptance_of_nothing_is_said_and_one_without_a_reason_refused() -> None:
    decided = decide([file_of()], {"/project/a b.sql": "-- accept: loses-data once did\nSELECT 1;"}, read_terms([]))
    assert [(file, a.line, a.kind) for file, a in decided.unmatched] == [("/project/a b.sql", 1, "loses-data")]
    assert decided.passes
    with pytest.raises(FileError, match="gives no reason"):
        decide([file_of()], {"/project/a b.sql": "-- accept: loses-data\nSELECT 1;"}, read_terms([]))


def report(form: str, *all_: Found, text: str = "") -> str:
    decided = decide([file_of(*all_)], {"/project/a b.sql": text}, read_terms([]))
    if form == "markdown":
        return as_markdown([(HOSTILE, [file_of(*all_)])], decided, ROOT)
    return in_form(as_findings(decided, ROOT), form)


def test_sarif_has_the_shape_of_its_schema_and_says_what_was_accepted() -> None:
    text = "-- accept: loses-data it is empty\nSELECT 1;"
    log = json.loads(report("sarif", found("loses-data", HOSTILE), found("fails", line=3), text=text))
    assert (log["version"], log["$schema"].endswith("sarif-2.1.0.json")) == ("2.1.0", True)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert run["tool"]["driver"]["name"] == "slate"
    assert set(rules) == {"loses-data", "fails"}
    for result in run["results"]:
        assert set(result) <= {"ruleId", "level", "message", "partialFingerprints", "locations", "suppressions"}
        assert result["ruleId"] in rules
        assert result["level"] in ("none", "note", "warning", "error")
        assert isinstance(result["message"]["text"], str)
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.sql"
        assert place["physicalLocation"]["region"]["startLine"] >= 1
    by_rule = {result["ruleId"]: result for result in run["results"]}
    assert by_rule["loses-data"]["suppressions"] == [{"kind": "inSource", "justification": "it is empty"}]
    assert (by_rule["fails"]["level"], by_rule["loses-data"]["level"]) == ("error", "note")


@pytest.mark.parametrize("form", ["json", "github", "gitlab", "sarif", "markdown"])
def test_a_name_that_is_no_utf8_is_told_in_every_form(form: str) -> None:
    said = report(form, found("loses-data", "big\udcff", file="/project/\udcff.sql"))
    assert "loses" in said
    if form == "sarif":
        (result,) = json.loads(said)["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "%FF.sql"


def test_a_workflow_command_is_one_line_and_nothing_in_it_ends_a_property() -> None:
    odd = found("loses-data", HOSTILE, file="/project/a,b:c%\n.sql")
    said = in_form(as_findings(decide([file_of(odd)], {}, read_terms([])), ROOT), "github")
    assert said.count("\n") == 0
    match = re.fullmatch(r"::error file=([^,:]*),line=2,title=loses-data::(.*)", said)
    assert match, said
    assert match[1] == "a%2Cb%3Ac%25%0A.sql"
    assert "100%25" in match[2]
    assert "%0A" in match[2]


def test_code_quality_has_what_gitlab_asks_for_each_with_its_own_fingerprint() -> None:
    issues = json.loads(report("gitlab", found("loses-data"), found("loses-data"), found("quiet-moment")))
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith(("/", "./"))
    assert len({issue["fingerprint"] for issue in issues}) == 3
    assert sorted(issue["severity"] for issue in issues) == ["info", "major", "major"]


def test_a_comment_shows_names_as_they_are_and_fits() -> None:
    text = report("markdown", found("loses-data", HOSTILE), found("quiet-moment"))
    assert text.startswith("### slate plan: ⛔ 1 finding in the way\n")
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (7, 5), line
    assert "<b>" not in re.sub(r"`[^\n]*?`", "", re.sub(r"``[^\n]*?``", "", text))
    many = [found("fails", f"table_{n}", line=n) for n in range(1, 3000)]
    long = report("markdown", *many)
    assert len(long) < 65_536
    assert "too long for a comment" in long
    assert report("markdown").startswith("### slate plan: ✅ may go on")


def test_text_and_code_in_a_comment_are_no_markup() -> None:
    assert escaped("a|b_c @x <i>\nhttps://h") == "a\\|b\\_c &#64;x &lt;i&gt; https:&#47;&#47;h"
    assert code("a`b|") == "``a`b\\|``"
    assert code("`") == "`` ` ``"


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_can_say_nothing(form: str) -> None:
    assert isinstance(in_form([], form), str)
    assert in_form([Finding("", 0, "drift", "", HOSTILE)], form)


@pytest.fixture
def shop_with_rows(shop: Workshop) -> Workshop:
    shop.write("0001_base", "CREATE TABLE big (id integer PRIMARY KEY, note text, gone text);", "DROP TABLE big;")
    shop.apply()
    shop.do("INSERT INTO shop.big SELECT g, 'n', 'g' FROM generate_series(1, 60000) AS g; ANALYZE shop.big")
    return shop


def test_a_plan_says_no_by_its_exit_code_until_the_finding_is_allowed_or_accepted(shop_with_rows: Workshop) -> None:
    shop = shop_with_rows
    shop.write(
        "0002_more", "ALTER TABLE big ADD COLUMN x integer;\nUPDATE big SET x = 1;\nALTER TABLE big DROP COLUMN gone;"
    )
    ran = shop.slate("plan")
    assert ran.returncode == 3, ran.stdout
    assert f"in the way: {shop.folder}/0002_more.sql:1 blocks-reads" in ran.stderr
    assert "loses-data" in ran.stderr
    assert shop.slate("plan", "--allow", "blocking=1h").returncode == 3
    assert shop.slate("plan", "--allow", "blocking=1h", "--allow", "loses-data").returncode == 0
    shop.write(
        "0002_more",
        "ALTER TABLE big ADD COLUMN x integer;\n-- accept: blocking nobody is there yet\nUPDATE big SET x = 1;\n"
        "-- accept: loses-data never written since March\nALTER TABLE big DROP COLUMN gone;",
    )
    ran = shop.slate("plan", "--json")
    gate = json.loads(ran.stdout)["gate"]
    assert (ran.returncode, gate["passes"], gate["refused"], gate["unmatched"]) == (0, True, [], [])
    assert {one["because"] for one in gate["accepted"]} == {"nobody is there yet", "never written since March"}
    shop.write("0002_more", "-- accept: fails it does not\nCREATE TABLE other ();")
    ran = shop.slate("plan")
    assert (ran.returncode, "accepts fails, of which nothing was found there" in ran.stderr) == (0, True)
    shop.write("0002_more", "-- accept: fails\nCREATE TABLE other ();")
    assert (shop.slate("plan").returncode, shop.slate("plan").stdout) == (1, "")
    assert shop.slate("plan", "--allow", "everything").returncode == 2
    assert shop.slate("plan", "--format", "xml").returncode == 2


@pytest.mark.parametrize("form", FORMATS)
def test_plan_drift_and_doctor_speak_every_form(shop_with_rows: Workshop, form: str) -> None:
    shop = shop_with_rows
    shop.do(
        "ALTER TABLE shop.big ADD COLUMN stray integer; CREATE TABLE shop.child (id integer PRIMARY KEY, b integer REFERENCES shop.big)"
    )
    shop.write("0002_more", "ALTER TABLE big DROP COLUMN gone;")
    for command in ("plan", "drift", "doctor"):
        ran = shop.slate(command, "--format", form)
        assert ran.returncode == 3, ran.stderr
        assert ran.stdout
        if form in ("json", "sarif", "gitlab"):
            json.loads(ran.stdout)
        if form == "json":
            assert ran.stdout == shop.slate(command, "--json").stdout or command == "plan"


def test_what_the_project_allows_is_a_setting(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    setting = tmp_path / "pyproject.toml"
    setting.write_text('[tool.slate]\nallow = ["blocking=5s", "loses-data"]\n')
    assert find_project(start=tmp_path).allow == ("blocking=5s", "loses-data")
    setting.write_text('[tool.slate]\nallow = "blocking=5s"\n')
    assert find_project(start=tmp_path).allow == ("blocking=5s",)
    for wrong in ("5", "[5]", "{a = 1}"):
        setting.write_text(f"[tool.slate]\nallow = {wrong}\n")
        with pytest.raises(Misuse, match="allow takes a list of texts"):
            find_project(start=tmp_path)
