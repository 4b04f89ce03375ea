// Fields as a dashboard configures them: what its JSON says, and where it says nothing, what the plugin of the panel does.
import { DataFrame, applyFieldOverrides, createTheme } from '@grafana/data';
import { Target } from './frames';
import { options } from './registries';

export interface Panel {
  id: number; type: string; title: string; gridPos: any; fieldConfig: any; options: any; targets: Target[]; transformations?: any[];
}

export const theme = createTheme({ colors: { mode: 'dark' } });
export const as_is = (text: string) => text;

// Panels of lines give each series a colour of its own, unless told otherwise.
const unsaid: Record<string, object> = { timeseries: { color: { mode: 'palette-classic' } } };

export function configured(panel: Panel, data: DataFrame[]): DataFrame[] {
  const { defaults, overrides } = panel.fieldConfig;
  return applyFieldOverrides({
    data, fieldConfig: { defaults: { ...unsaid[panel.type], ...defaults }, overrides }, replaceVariables: as_is, theme, timeZone: 'utc',
    fieldConfigRegistry: options,
  });
}
