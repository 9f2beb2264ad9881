"""Runs are spans and figures where OpenTelemetry is installed and asked for, and it is not loaded otherwise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from slate_pg.errors import MigrationFailed
from slate_pg.migrations import runner
from slate_pg.migrations.telling import Teller
from slate_pg.migrations.tracing import Tracing
from tests.workshop import Workshop


def traced(shop: Workshop, command: str = "apply") -> tuple[list[ReadableSpan], dict[str, list[Any]]]:
    """Run a command with OpenTelemetry's exporters in memory; return the spans in order of their ends, and the points."""
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    teller = Teller(command, listeners=[Tracing(provider, MeterProvider(metric_readers=[reader]))])
    with shop.run() as run, suppress(MigrationFailed):
        teller.perform(run, runner.apply if command == "apply" else runner.rollback, "north")
    data = reader.get_metrics_data()
    found = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []
    return list(spans.get_finished_spans()), {m.name: list(m.data.data_points) for m in found}


def test_a_run_is_a_span_with_one_below_it_for_each_migration(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer);", "DROP TABLE t;")
    shop.write("shop_0002_u", "CREATE TABLE u (id integer);", "DROP TABLE u;")
    spans, points = traced(shop)
    assert [s.name for s in spans] == ["shop_0001_t", "shop_0002_u", "slate apply"]
    *migrations, whole = spans
    assert {s.parent.span_id for s in migrations if s.parent} == {whole.context.span_id}
    assert whole.attributes is not None
    assert whole.attributes["db.system.name"] == "postgresql"
    assert whole.attributes["db.namespace"] == shop.watch.info.dbname
    assert (whole.attributes["slate.schema"], whole.attributes["slate.server"]) == ("shop", "north")
    assert [(p.value, p.attributes["slate.outcome"]) for p in points["slate.migrations"]] == [(2, "applied")]
    assert points["slate.migration.duration"][0].count == 2
    assert 0 < points["slate.run.duration"][0].sum < 600
    spans, points = traced(shop, "rollback")
    assert [s.name for s in spans] == ["shop_0002_u", "slate rollback"]
    assert points["slate.migrations"][0].attributes["slate.outcome"] == "rolled back"


def test_what_failed_is_an_error_in_its_span_and_the_run_s(shop: Workshop) -> None:
    shop.write("shop_0001_t", "SELECT nowhere;")
    spans, points = traced(shop)
    assert [(s.name, s.status.status_code) for s in spans] == [
        ("shop_0001_t", StatusCode.ERROR), ("slate apply", StatusCode.ERROR),
    ]  # fmt: skip
    assert spans[0].attributes is not None
    assert spans[0].attributes["db.response.status_code"] == "42703"
    assert points["slate.migrations"][0].attributes["slate.outcome"] == "failed"


def applied(shop: Workshop, **more: str) -> subprocess.CompletedProcess[str]:
    """Apply in a process of its own, and say on its last line which modules of OpenTelemetry it has loaded."""
    code = (
        "import sys\nfrom slate_pg.cli import main\n"
        "try:\n    main()\nfinally:\n    print(sorted(m for m in sys.modules if m.startswith('opentelemetry')), file=sys.stderr)"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, "-c", code, "apply", "--migrations", str(shop.folder.parent), "-d", shop.url],
        env={**kept, "PYTHONPATH": str(Path(__file__).parents[2] / "toolkit"), **more}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("more", [{}, {"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "console"}])
def test_it_is_not_loaded_unless_its_environment_asks_for_it(shop: Workshop, more: dict[str, str]) -> None:
    shop.write("shop_0001_t", "SELECT 1;")
    done = applied(shop, **more)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "[]"), done.stderr


def test_the_environment_chooses_where_spans_go_and_which_trace_they_are_of(shop: Workshop) -> None:
    shop.write("shop_0001_t", "SELECT 1;")
    trace = "0af7651916cd43dd8448eb211c80319c"
    done = applied(shop, OTEL_TRACES_EXPORTER="console", TRACEPARENT=f"00-{trace}-b7ad6b7169203331-01")
    assert done.returncode == 0, done.stderr
    decoder, text, spans = json.JSONDecoder(), done.stdout, []
    while "{" in text:
        found, end = decoder.raw_decode(text[text.index("{") :])
        spans.append(found)
        text = text[text.index("{") + end :]
    assert {s["name"] for s in spans} == {"shop_0001_t", "slate apply"}
    assert {s["context"]["trace_id"] for s in spans} == {f"0x{trace}"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"OTEL_TRACES_EXPORTER": "nowhere"}, "no exporter nowhere of traces is installed"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, "no exporter otlp_proto_http of traces is installed"),
    ],
)
def test_what_is_wrong_with_it_is_warned_of_and_stops_nothing(shop: Workshop, more: dict[str, str], said: str) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer);")
    done = applied(shop, **more)
    assert (done.returncode, shop.ledger()) == (0, ["shop_0001_t"]), done.stderr
    assert said in done.stderr
