"""Spans and metrics of runs, where OpenTelemetry is installed and its environment asks for it.

Imported only then. Nothing that goes wrong in it stops a run.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata

from opentelemetry import metrics, propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode

from slate_pg import __version__
from slate_pg.errors import SlateError
from slate_pg.migrations.telling import APPLIED, FAILED, ROLLED_BACK, RUN_FINISHED, RUN_STARTED, STARTED, Event

_NAME = "slate_pg"
_PARENT = ("traceparent", "tracestate")  # as CI systems hand them on, in capitals


def open_tracing(environ: Mapping[str, str] = os.environ) -> tuple[Tracing, Callable[[], None]]:
    """Return what makes spans and metrics of events, and what sends those that were not sent yet.

    Where nobody has set OpenTelemetry up in this process, its SDK is, as the environment says.
    """
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        _configure(environ)
    carrier = {name: environ[name.upper()] for name in _PARENT if environ.get(name.upper())}
    parent = propagate.extract(carrier) if carrier else None
    return Tracing(trace.get_tracer_provider(), metrics.get_meter_provider(), parent), _flush


def _configure(environ: Mapping[str, str]) -> None:
    """Set the SDK up with the exporters that the environment names. SlateError where one is not installed."""
    spans, points = (_exporters(kind, environ) for kind in ("traces", "metrics"))
    if not (spans or points):
        return
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import MetricExporter, PeriodicExportingMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

    provider = TracerProvider()
    for made in [load() for load in spans]:
        if isinstance(made, SpanExporter):
            provider.add_span_processor(BatchSpanProcessor(made))
    trace.set_tracer_provider(provider)
    readers = [PeriodicExportingMetricReader(m) for load in points if isinstance(m := load(), MetricExporter)]
    metrics.set_meter_provider(MeterProvider(metric_readers=readers))


def _exporters(kind: str, environ: Mapping[str, str]) -> list[Callable[[], object]]:
    """Return what makes the exporters of traces or metrics. SlateError where one is not installed."""
    by_default = "otlp" if any(name.startswith("OTEL_EXPORTER_OTLP_") for name in environ) else "none"
    names = [n.strip() for n in environ.get(f"OTEL_{kind.upper()}_EXPORTER", by_default).split(",")]
    made: list[Callable[[], object]] = []
    for name in [n for n in names if n not in ("", "none")]:
        protocol = environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf").partition("/")[0]
        called = f"otlp_proto_{protocol}" if name == "otlp" else name
        found = [*metadata.entry_points(group=f"opentelemetry_{kind}_exporter", name=called)]
        if not found:
            raise SlateError(
                f"no exporter {called} of {kind} is installed",
                hint="Install it, as in pip install opentelemetry-exporter-otlp-proto-http.",
            )
        made.append(found[0].load())
    return made


def _flush() -> None:
    for provider in (trace.get_tracer_provider(), metrics.get_meter_provider()):
        flush = getattr(provider, "force_flush", None)
        if flush:
            flush()


@dataclass
class Tracing:
    """Makes a span of each run, one below it of each migration, and counts and times them."""

    tracers: trace.TracerProvider
    meters: metrics.MeterProvider
    parent: Context | None = None
    _runs: dict[str, Span] = field(default_factory=dict)
    _under_way: dict[str, Span] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._tracer = self.tracers.get_tracer(_NAME, __version__)
        meter = self.meters.get_meter(_NAME, __version__)
        self._counted = meter.create_counter("slate.migrations", "{migration}", "Migrations that were run.")
        self._timed = meter.create_histogram("slate.migration.duration", "s", "How long a migration took.")
        self._run_timed = meter.create_histogram("slate.run.duration", "s", "How long the run of an installation took.")

    def __call__(self, event: Event) -> None:
        """Take an event."""
        with self._lock:
            if event.event == RUN_STARTED:
                self._begin(event)
            elif event.event == STARTED:
                self._start(event)
            elif event.event in (APPLIED, ROLLED_BACK, FAILED):
                self._end(event)
            elif event.event == RUN_FINISHED:
                self._finish(event)

    def _begin(self, event: Event) -> None:
        name = f"slate {event.command}"
        self._runs[event.run] = self._tracer.start_span(name, self.parent, trace.SpanKind.CLIENT, _attributes(event))

    def _start(self, event: Event) -> None:
        run = self._runs.get(event.run)
        context = trace.set_span_in_context(run) if run else self.parent
        attributes = {**_attributes(event), "slate.migration": str(event.more["id"])}
        self._under_way[event.run] = self._tracer.start_span(
            str(event.more["id"]), context, trace.SpanKind.CLIENT, attributes
        )

    def _end(self, event: Event) -> None:
        outcome = "failed" if event.event == FAILED else event.event.removeprefix("migration ")
        kind = {"slate.command": event.command, "slate.product": event.product, "slate.outcome": outcome}
        self._counted.add(1, kind)
        if event.event != FAILED:
            self._timed.record(_seconds(event), kind)
        _close(self._under_way.pop(event.run, None), event)

    def _finish(self, event: Event) -> None:
        kind = {"slate.command": event.command, "slate.product": event.product,
                "slate.outcome": str(event.more["outcome"])}  # fmt: skip
        self._run_timed.record(_seconds(event), kind)
        _close(self._under_way.pop(event.run, None), event)
        _close(self._runs.pop(event.run, None), event)


def _attributes(event: Event) -> dict[str, str | int]:
    """Return what a span says of where it was: OpenTelemetry's own names, and Slate's. Pure."""
    found = {
        "db.system.name": "postgresql", "db.namespace": event.server["dbname"], "server.address": event.server["host"],
        "server.port": event.server["port"], "slate.command": event.command, "slate.product": event.product,
        "slate.schema": event.schema, "slate.server": event.server["name"],
    }  # fmt: skip
    return {name: value for name, value in found.items() if isinstance(value, str | int)}


def _seconds(event: Event) -> float:
    took = event.more["milliseconds"]
    return took / 1000 if isinstance(took, int | float) else 0.0


def _close(span: Span | None, event: Event) -> None:
    """End a span, as failed where the event has an error or was interrupted."""
    if span is None:
        return
    error = event.more.get("error")
    if isinstance(error, dict):
        span.set_status(Status(StatusCode.ERROR, str(error["message"])))
        if error["sqlstate"]:
            span.set_attribute("db.response.status_code", str(error["sqlstate"]))
            span.set_attribute("error.type", str(error["sqlstate"]))
    elif event.more.get("outcome") == "interrupted":
        span.set_status(Status(StatusCode.ERROR, "interrupted"))
    span.end()
