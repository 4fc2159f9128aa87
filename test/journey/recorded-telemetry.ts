/** An OpenTelemetry SDK in memory: what would be exported, as lists. */

import {
  context as contexts,
  metrics,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Meter,
  type ObservableCallback,
  type Span,
  type SpanContext,
  type SpanOptions,
} from "@opentelemetry/api";

/** One span, ended or not. */
export interface RecordedSpan {
  readonly context: SpanContext;
  readonly parentId: string | undefined;
  readonly kind: SpanKind;
  readonly attributes: Record<string, unknown>;
  readonly exceptions: unknown[];
  name: string;
  failed: boolean;
  ends: number;
}

export interface RecordedMeasure {
  readonly name: string;
  readonly value: number;
  readonly labels: Attributes;
}

export interface RecordedTelemetry {
  readonly spans: readonly RecordedSpan[];
  readonly measures: readonly RecordedMeasure[];
  /** What the observable instruments say now. */
  observe(): readonly RecordedMeasure[];
  clear(): void;
}

const digits = (count: number, value: number): string => value.toString(16).padStart(count, "0");

/** Registers itself as the tracer and meter provider of the process. */
export function recordTelemetry(): RecordedTelemetry {
  const spans: RecordedSpan[] = [];
  const measures: RecordedMeasure[] = [];
  const callbacks = new Map<ObservableCallback, string>();
  let last = 0;
  const startSpan = (name: string, options: SpanOptions = {}, parent: Context = contexts.active()): Span => {
    const above = trace.getSpanContext(parent);
    last += 1;
    const span: RecordedSpan = {
      context: {
        traceId: above?.traceId ?? digits(32, last),
        spanId: digits(16, last),
        traceFlags: TraceFlags.SAMPLED,
      },
      parentId: above?.spanId,
      kind: options.kind ?? SpanKind.INTERNAL,
      attributes: { ...options.attributes },
      exceptions: [],
      name,
      failed: false,
      ends: 0,
    };
    spans.push(span);
    return openSpan(span);
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) as never });
  const record = (name: string) => ({
    add: (value: number, labels: Attributes = {}) => void measures.push({ name, value, labels }),
    record: (value: number, labels: Attributes = {}) => void measures.push({ name, value, labels }),
    addCallback: (callback: ObservableCallback) => void callbacks.set(callback, name),
    removeCallback: (callback: ObservableCallback) => void callbacks.delete(callback),
  });
  const meter = new Proxy({} as Meter, { get: () => record });
  metrics.setGlobalMeterProvider({ getMeter: () => meter });
  return {
    spans,
    measures,
    observe() {
      const observed: RecordedMeasure[] = [];
      for (const [callback, name] of callbacks) {
        void callback({ observe: (value, labels = {}) => void observed.push({ name, value, labels }) });
      }
      return observed;
    },
    clear() {
      spans.length = 0;
      measures.length = 0;
    },
  };
}

function openSpan(span: RecordedSpan): Span {
  const open: Span = {
    spanContext: () => span.context,
    setAttribute: (name, value) => {
      span.attributes[name] = value;
      return open;
    },
    setAttributes: (attributes) => {
      Object.assign(span.attributes, attributes);
      return open;
    },
    addEvent: () => open,
    addLink: () => open,
    addLinks: () => open,
    setStatus: ({ code }) => {
      span.failed = code === SpanStatusCode.ERROR;
      return open;
    },
    updateName: (name) => {
      span.name = name;
      return open;
    },
    end: () => void (span.ends += 1),
    isRecording: () => true,
    recordException: (error) => void span.exceptions.push(error),
  };
  return open;
}

/** The spans as lines, children indented below their parents, in the order of their begin. */
export function drawSpans(spans: readonly RecordedSpan[]): readonly string[] {
  const ids = new Set(spans.map(({ context }) => context.spanId));
  const draw = (span: RecordedSpan, depth: number): readonly string[] => [
    `${"  ".repeat(depth)}${span.name}`,
    ...spans.filter(({ parentId }) => parentId === span.context.spanId).flatMap((child) => draw(child, depth + 1)),
  ];
  return spans.filter(({ parentId }) => parentId === undefined || !ids.has(parentId)).flatMap((span) => draw(span, 0));
}
