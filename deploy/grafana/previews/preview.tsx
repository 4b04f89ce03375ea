// Draws panels of a committed dashboard. Options, colours, units, mappings, transformations and sorting are read from its JSON.
import React from 'react';
import { createRoot } from 'react-dom/client';
import { flushSync } from 'react-dom';
import {
  DataFrame, FieldDisplay, ThemeContext, VizOrientation, applyFieldOverrides, createTheme, getDisplayValueAlignmentFactors, getFieldDisplayValues,
  transformDataFrame,
} from '@grafana/data';
import { BarGauge, BigValue, GlobalStyles, PanelChrome, Table, VizRepeater } from '@grafana/ui';
import { lastValueFrom } from 'rxjs';
import { Answers, series, tables } from './frames';
import { options } from './registries';

interface Panel { id: number; type: string; title: string; gridPos: any; fieldConfig: any; options: any; targets: any[]; transformations?: any[] }
declare const PREVIEW: { dashboard: { title: string; panels: Panel[] }; answers: Record<number, Answers>; caption: string };

const theme = createTheme({ colors: { mode: 'dark' } });
const WIDTH = 1600, COLUMN = WIDTH / 24, ROW = 38, GAP = 8;
const as_is = (text: string) => text;

const overridden = (panel: Panel, data: DataFrame[]) =>
  applyFieldOverrides({ data, fieldConfig: panel.fieldConfig, replaceVariables: as_is, theme, fieldConfigRegistry: options });

function values(panel: Panel, data: DataFrame[]): FieldDisplay[] {
  return getFieldDisplayValues({
    data: overridden(panel, data), reduceOptions: panel.options.reduceOptions, fieldConfig: panel.fieldConfig,
    replaceVariables: as_is, theme, timeZone: 'utc',
  });
}

function drawn(panel: Panel, data: DataFrame[], width: number, height: number) {
  if (panel.type === 'table') {
    return <Table data={overridden(panel, data)[0]} width={width} height={height} initialSortBy={panel.options.sortBy} />;
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
    return series(panel.targets, answers);
  }
  const configured = panel.transformations!.map((one) => ({ id: one.id, options: one.options }));
  return lastValueFrom(transformDataFrame(configured, tables(panel.targets, answers)));
}

// What is not drawn here, timelines of statuses and lines over time, leaves no hole.
function closeRanks(panels: Panel[]) {
  let above = 0;
  for (const panel of panels) {
    panel.gridPos.y -= above;
    if (!PREVIEW.answers[panel.id]) {
      above += panel.gridPos.h;
    }
  }
}

async function main() {
  closeRanks(PREVIEW.dashboard.panels);
  const panels = PREVIEW.dashboard.panels.filter((panel) => PREVIEW.answers[panel.id]);
  const ready = await Promise.all(panels.map(async (panel) => ({ panel, data: await prepared(panel) })));
  const place = ({ x, y, w, h }: any) => ({ left: x * COLUMN, top: y * ROW, width: w * COLUMN - GAP, height: h * ROW - GAP });
  const bottom = Math.max(...panels.map(({ gridPos }) => (gridPos.y + gridPos.h) * ROW));
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
