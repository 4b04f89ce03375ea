// Panels of lines over time.
import React from 'react';
import { DataFrame, TimeRange } from '@grafana/data';
import { TimeSeries } from '@grafana/ui';
import { Panel, configured } from './configured';

export const Lines = (props: { panel: Panel; data: DataFrame[]; range: TimeRange; width: number; height: number }) => {
  const { panel, data, range, width, height } = props;
  const frames = React.useMemo(() => configured(panel, data), [panel, data]);
  return <TimeSeries frames={frames} timeRange={range} timeZone="utc" legend={panel.options.legend} width={width} height={height} />;
};
