"""What counts as a statement and a branch, read from bodies of every form."""

import pytest

from slate_pg.coverage.plpgsql import NotUnderstood, counting, read


def statements(body):
    return [(p.line, p.said) for p in read(body).statements]


def branches(body):
    return [p.said for p in read(body).branches]


def test_statements_are_told_by_line_and_what_they_say():
    body = """
DECLARE
    c CURSOR FOR SELECT CASE WHEN true THEN 1 END;
    v text := $q$ BEGIN; END $q$;
BEGIN
    v := 'a; b'; PERFORM 1;   -- c; d
    /* IF ; */ RETURN;
END"""
    assert statements(body) == [(6, "v := 'a; b'"), (6, "PERFORM 1"), (7, "RETURN")]


def test_every_branch_is_one_also_an_else_that_is_not_written():
    body = "BEGIN IF a THEN x := 1; ELSIF b THEN NULL; END IF; CASE c WHEN 1, 2 THEN y(); ELSE z(); END CASE; END"
    assert branches(body.replace("y()", "PERFORM y()").replace("z()", "PERFORM z()")) == [
        "IF a", "ELSIF b", "not IF a", "WHEN 1, 2", "ELSE of CASE c",
    ]  # fmt: skip


def test_loops_labels_blocks_and_handlers_are_read_to_their_ends():
    body = """<<top>> BEGIN
    <<rows>> FOR r IN SELECT a FROM t WHERE (CASE WHEN b THEN c END) LOOP
        WHILE true LOOP EXIT rows WHEN r.a > 1; END LOOP;
        FOREACH x IN ARRAY r.b LOOP CONTINUE; END LOOP;
        LOOP EXIT; END LOOP;
    END LOOP rows;
    DECLARE y int; BEGIN y := 1; EXCEPTION WHEN unique_violation OR others THEN RAISE; WHEN SQLSTATE '22012' THEN END;
END top;"""
    assert [said for _, said in statements(body)] == [
        "FOR r IN SELECT a FROM t WHERE (CASE WHEN b THEN c END)", "WHILE true", "EXIT rows WHEN r.a > 1",
        "FOREACH x IN ARRAY r.b", "CONTINUE", "LOOP", "EXIT", "y := 1", "RAISE",
    ]  # fmt: skip
    assert branches(body)[-2:] == ["EXCEPTION WHEN unique_violation OR others", "EXCEPTION WHEN SQLSTATE '22012'"]


def test_a_case_within_an_expression_is_no_statement():
    body = "BEGIN x := CASE WHEN a THEN b ELSE c END; RETURN QUERY SELECT CASE d WHEN 1 THEN 2 END; END"
    assert len(statements(body)) == 2
    assert branches(body) == []


def test_unreserved_words_may_be_variables():
    body = "DECLARE exception int; elsif int[]; BEGIN exception := 1; elsif[1] = 2; EXCEPTION WHEN others THEN END"
    assert [said for _, said in statements(body)] == ["exception := 1", "elsif[1] = 2"]
    assert branches(body) == ["EXCEPTION WHEN others"]


def test_a_function_created_inside_keeps_its_semicolons():
    body = "BEGIN CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; x := 1; END"
    assert [said for _, said in statements(body)][1:] == ["x := 1"]


def test_options_before_the_block_are_passed_over():
    assert statements("#variable_conflict use_column\n#print_strict_params on\nBEGIN NULL; END;") == [(3, "NULL")]


def test_counting_keeps_every_line_where_it_was():
    body = "BEGIN\n    IF a THEN\n        b := 1;\n    END IF;\n    <<l>>\n    LOOP EXIT; END LOOP;\nEND"
    found = read(body)
    text = counting(body, found.marks, lambda n: f"h{n}()")
    assert text.count("\n") == body.count("\n")
    assert "ELSE IF h2() THEN END IF; END IF;" in text
    assert text.index("IF h3()") < text.index("<<l>>"), "a label belongs to its loop"


@pytest.mark.parametrize(
    "statement", ["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET LOCAL x.y = 1", "LOCK TABLE t"]
)
def test_nothing_is_called_between_a_commit_and_what_takes_no_snapshot(statement):
    body = f"BEGIN COMMIT; {statement}; PERFORM 1; END"
    found = read(body)
    assert f"COMMIT; {statement};" in counting(body, found.marks, lambda n: f"h{n}()")
    assert [p.mark for p in found.statements] == [0, 0, 1]


@pytest.mark.parametrize("body", ["", "SELECT 1", "BEGIN IF a THEN END", "BEGIN x := 1;", "BEGIN END; END", "BEGIN (;"])
def test_what_is_no_body_is_refused_and_not_half_read(body):
    with pytest.raises(NotUnderstood, match="line 1: "):
        read(body)
