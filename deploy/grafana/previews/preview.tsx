// Draws panels of a committed dashboard. Options, colours, units, mappings, transformations and sorting are read from its JSON.
import React from 'react';
import { createRoot } from 'react-dom/client';
import { flushSync } from 'react-dom';
import {
  DataFrame, FieldDisplay, ThemeContext, TimeRange, VizOrientation, dateTime, getDisplayValueAlignmentFactors, getFieldDisplayValues, transformDataFrame,
} from '@grafana/data';
import { BarGauge, BigValue, GlobalStyles, PanelChrome, Table, VizRepeater } from '@grafana/ui';
import { lastValueFrom } from 'rxjs';
import { Panel, as_is, configured, theme } from './configured';
import { Answers, series, tables } from './frames';
import { Lines } from './lines';
import { Timeline } from './timeline';

interface Lived { from: number; to: number; step: number } // milliseconds
declare const PREVIEW: { dashboard: { title: string; panels: Panel[] }; answers: Record<number, Answers>; lived: Lived; caption: string };

const [from, to] = [dateTime(PREVIEW.lived.from), dateTime(PREVIEW.lived.to)];
const range: TimeRange = { from, to, raw: { from, to } };
const WIDTH = 1600, COLUMN = WIDTH / 24, ROW = 38, GAP = 8;

function values(panel: Panel, data: DataFrame[]): FieldDisplay[] {
  return getFieldDisplayValues({
    data: configured(panel, data), reduceOptions: panel.options.reduceOptions, fieldConfig: panel.fieldConfig,
    replaceVariables: as_is, theme, timeZone: 'utc',
  });
}

function drawn(panel: Panel, data: DataFrame[], width: number, height: number) {
  if (panel.type === 'table') {
    return <Table data={configured(panel, data)[0]} width={width} height={height} initialSortBy={panel.options.sortBy} />;
  }
  if (panel.type === 'timeseries') {
    return <Lines panel={panel} data={data} range={range} width={width} height={height} />;
  }
  if (panel.type === 'state-timeline') {
    return <Timeline panel={panel} data={data} range={range} width={width} height={height} />;
  }
  const is_stat = panel.type === 'stat';
  return (
    <VizRepeater<FieldDisplay, any>
      source={data} getValues={() => values(panel, data)} renderCounter={0} width={width} height={height} autoGrid={is_stat}
      itemSpacing={3} orientation={is_stat ? VizOrientation.Auto : VizOrientation.Horizontal} minVizHeight={is_stat ? 0 : panel.options.minVizHeight}
      maxVizHeight={is_stat ? undefined : panel.options.maxVizHeight}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={({ value, width, height, count, alignmentFactors }) =>
        is_stat ? (
          <BigValue
            value={value.display} width={width} height={height} theme={theme} count={count} text={panel.options.text}
            colorMode={panel.options.colorMode} graphMode={panel.options.graphMode} textMode={panel.options.textMode}
          />
        ) : (
          <BarGauge
            value={value.display} field={value.field} width={width} height={height} theme={theme} display={value.view?.getFieldDisplayProcessor(value.colIndex!)}
            text={panel.options.text} alignmentFactors={alignmentFactors} orientation={VizOrientation.Horizontal} displayMode={panel.options.displayMode}
          />
        )
      }
    />
  );
}

async function prepared(panel: Panel): Promise<DataFrame[]> {
  const answers = PREVIEW.answers[panel.id];
  if (panel.type !== 'table') {
    return series(panel.targets, answers, PREVIEW.lived.step);
  }
  const steps = panel.transformations!.map((one) => ({ id: one.id, options: one.options }));
  return lastValueFrom(transformDataFrame(steps, tables(panel.targets, answers)));
}

async function main() {
  const ready = await Promise.all(PREVIEW.dashboard.panels.map(async (panel) => ({ panel, data: await prepared(panel) })));
  const place = ({ x, y, w, h }: any) => ({ left: x * COLUMN, top: y * ROW, width: w * COLUMN - GAP, height: h * ROW - GAP });
  const bottom = Math.max(...PREVIEW.dashboard.panels.map(({ gridPos }) => (gridPos.y + gridPos.h) * ROW));
  const page = (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={{ background: theme.colors.background.canvas, padding: 16, width: WIDTH + 24, height: bottom + 64 }}>
        <h3 style={{ margin: '0 0 12px' }}>
          {PREVIEW.dashboard.title} <span style={{ color: theme.colors.text.secondary, fontSize: 14 }}>{PREVIEW.caption}</span>
        </h3>
        <div style={{ position: 'relative' }}>
          {ready.map(({ panel, data }) => {
            const { left, top, width, height } = place(panel.gridPos);
            return (
              <div key={panel.id} style={{ position: 'absolute', left, top }}>
                <PanelChrome title={panel.title} width={width} height={height}>
                  {(inner, tall) => drawn(panel, data, inner, tall)}
                </PanelChrome>
              </div>
            );
          })}
        </div>
      </div>
    </ThemeContext.Provider>
  );
  flushSync(() => createRoot(document.getElementById('root')!).render(page));
}

main().catch((fault) => console.error(`not drawn: ${fault.stack ?? fault}`));
