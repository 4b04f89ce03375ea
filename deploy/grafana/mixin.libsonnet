// The dashboards, recording rules and alerts as a monitoring mixin (https://monitoring.mixins.dev): what is committed here,
// for those who render their monitoring with Jsonnet 0.18 or later:
//   local wispwatch = import 'wispwatch/deploy/grafana/mixin.libsonnet';
local rules(text) = std.parseYaml(text).groups;

{
  grafanaDashboardFolder:: 'wispwatch',
  grafanaDashboards+:: {
    'wispwatch-overview.json': import 'dashboards/wispwatch-overview.json',
    'wispwatch-asset.json': import 'dashboards/wispwatch-asset.json',
    'wispwatch-aws.json': import 'dashboards/wispwatch-aws.json',
    'wispwatch-trends.json': import 'dashboards/wispwatch-trends.json',
  },
  prometheusRules+:: {
    groups+: rules(importstr '../prometheus/rules/wispwatch-recording.yaml')
             + rules(importstr '../prometheus/rules/wispwatch-memory.yaml'),
  },
  prometheusAlerts+:: { groups+: rules(importstr '../prometheus/rules/wispwatch-alerts.yaml') },
}
