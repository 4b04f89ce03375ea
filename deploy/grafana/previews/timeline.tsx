// Panels of statuses over time. Grafana's packages have no component for them: bars on uPlot, with Grafana's axes and legend.
// Of a panel's own options the height of rows, the opacity and the legend are read; neither borders nor values are drawn.
import React from 'react';
import { DataFrame, Field, FieldMatcherID, FieldType, TimeRange, colorManipulator, fieldMatchers, getFieldDisplayName } from '@grafana/data';
import { AxisPlacement, ScaleDirection, ScaleOrientation } from '@grafana/schema';
import { UPlotChart, UPlotConfigBuilder, VizLayout, VizLegend, VizLegendItem, preparePlotFrame } from '@grafana/ui';
import { Panel, configured, theme } from './configured';

type Plot = Parameters<NonNullable<React.ComponentProps<typeof UPlotChart>['plotRef']>>[0];
interface Span { value: number; from: number; to: number }

// How long a field had which value. Each sample holds until the next; one that is missing ends it.
function spans(times: number[], field: Field, until: number): Span[] {
  const found: Span[] = [];
  field.values.forEach((value, at) => {
    const to = times[at + 1] ?? until;
    const last = found[found.length - 1];
    if (value == null) {
      return;
    }
    if (last?.value === value && last.to === times[at]) {
      last.to = to;
    } else {
      found.push({ value, from: times[at], to });
    }
  });
  return found;
}

function rows(joined: DataFrame, panel: Panel, range: TimeRange) {
  const [time, ...fields] = joined.fields;
  const { fillOpacity } = panel.fieldConfig.defaults.custom;
  return (plot: Plot) => {
    const { ctx } = plot;
    const tall = (plot.bbox.height / fields.length) * panel.options.rowHeight;
    ctx.save();
    fields.forEach((field, row) => {
      const top = plot.valToPos(row + 0.5, 'y', true) - tall / 2;
      for (const { value, from, to } of spans(time.values, field, range.to.valueOf())) {
        const left = plot.valToPos(from, 'x', true);
        ctx.fillStyle = colorManipulator.alpha(field.display!(value).color!, fillOpacity / 100);
        ctx.fillRect(left, top, plot.valToPos(to, 'x', true) - left, tall);
      }
    });
    ctx.restore();
  };
}

function plotted(joined: DataFrame, panel: Panel, range: TimeRange): UPlotConfigBuilder {
  const names = joined.fields.slice(1).map((field) => getFieldDisplayName(field, joined));
  const built = new UPlotConfigBuilder('utc');
  const { Horizontal, Vertical } = ScaleOrientation;
  built.addScale({
    scaleKey: 'x', isTime: true, orientation: Horizontal, direction: ScaleDirection.Right,
    range: () => [range.from.valueOf(), range.to.valueOf()],
  });
  built.addScale({ scaleKey: 'y', orientation: Vertical, direction: ScaleDirection.Down, range: () => [0, names.length] });
  built.addAxis({ scaleKey: 'x', isTime: true, placement: AxisPlacement.Bottom, timeZone: 'utc', theme, grid: { show: false } });
  built.addAxis({
    scaleKey: 'y', placement: AxisPlacement.Left, theme, grid: { show: false }, ticks: { show: false },
    splits: () => names.map((_, row) => row + 0.5), values: () => names,
  });
  names.forEach(() => built.addSeries({ scaleKey: 'y', theme, pathBuilder: () => null, pointsBuilder: () => false }));
  built.setCursor({ show: false });
  built.addHook('draw', rows(joined, panel, range));
  return built;
}

// The values that occur, by their words and colours.
function legend(fields: Field[]): VizLegendItem[] {
  const values = [...new Set(fields.flatMap((field) => field.values.filter((value) => value != null)))].sort();
  return values.map((value) => {
    const { text, color } = fields[0].display!(value);
    return { label: text, color, yAxis: 1 };
  });
}

export const Timeline = (props: { panel: Panel; data: DataFrame[]; range: TimeRange; width: number; height: number }) => {
  const { panel, data, range, width, height } = props;
  const [joined, built] = React.useMemo(() => {
    const any = { x: fieldMatchers.get(FieldMatcherID.firstTimeField).get({}), y: fieldMatchers.get(FieldMatcherID.byType).get(FieldType.number) };
    const frame = preparePlotFrame(configured(panel, data), any, range)!;
    return [frame, plotted(frame, panel, range)];
  }, [panel, data, range]);
  const { showLegend, placement, displayMode } = panel.options.legend;
  const below = showLegend ? (
    <VizLayout.Legend placement={placement}>
      <VizLegend placement={placement} displayMode={displayMode} items={legend(joined.fields.slice(1))} />
    </VizLayout.Legend>
  ) : null;
  return (
    <VizLayout width={width} height={height} legend={below}>
      {(inner, tall) => <UPlotChart config={built} data={joined.fields.map((field) => field.values) as never} width={inner} height={tall} />}
    </VizLayout>
  );
};
