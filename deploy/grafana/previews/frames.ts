// Answers of Prometheus as data frames, as Grafana's Prometheus data source makes them.
import { DataFrame, Field, FieldType } from '@grafana/data';

export interface Target { refId: string; expr: string; format: string; legendFormat: string }
interface Series { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }
export type Answers = Record<string, Series[]>;

const named = (legend: string, labels: Record<string, string>) =>
  legend.replace(/\{\{(\w+)\}\}/g, (_, label) => labels[label] ?? '').trim();

const field = (name: string, type: FieldType, values: unknown[], more: Partial<Field> = {}): Field =>
  ({ name, type, values, config: {}, ...more }) as Field;

// One frame a series, called by the legend of its query; of queries over time, with a sample every `step` milliseconds.
export function series(targets: Target[], answers: Answers, step: number): DataFrame[] {
  return targets.flatMap((target) =>
    answers[target.refId].map((one) => {
      const points = one.values ?? [one.value!];
      return {
        refId: target.refId,
        length: points.length,
        fields: [
          field('Time', FieldType.time, points.map(([at]) => at * 1000), { config: { interval: step } }),
          field('Value', FieldType.number, points.map(([, value]) => Number(value)), {
            labels: one.metric,
            config: { displayNameFromDS: named(target.legendFormat, one.metric) },
          }),
        ],
      };
    })
  );
}

// One frame a query, with a column for each label.
export function tables(targets: Target[], answers: Answers): DataFrame[] {
  return targets.map((target) => {
    const found = answers[target.refId];
    const labels = [...new Set(found.flatMap((one) => Object.keys(one.metric)))].sort();
    const value = targets.length > 1 ? `Value #${target.refId}` : 'Value';
    return {
      refId: target.refId,
      length: found.length,
      fields: [
        field('Time', FieldType.time, found.map((one) => one.value![0] * 1000)),
        ...labels.map((label) => field(label, FieldType.string, found.map((one) => one.metric[label] ?? ''))),
        field(value, FieldType.number, found.map((one) => Number(one.value![1]))),
      ],
    };
  });
}
