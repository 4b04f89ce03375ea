// What Grafana's server adds to its packages at start: which options of a field may be overridden, and the transformations.
import {
  FieldConfigOptionsRegistry, Registry, identityOverrideProcessor, standardTransformers, standardTransformersRegistry,
} from '@grafana/data';

const option = (id: string) => {
  const isCustom = id.startsWith('custom.');
  const path = id.replace('custom.', '');
  return {
    id, path, isCustom, name: id, settings: {}, shouldApply: () => true, process: identityOverrideProcessor,
    editor: () => null, override: () => null,
  };
};

export const options = new Registry(() =>
  [
    'unit', 'color', 'mappings', 'noValue', 'min', 'max', 'thresholds', 'links', 'custom.width', 'custom.cellOptions',
    'custom.lineWidth', 'custom.fillOpacity', 'custom.showPoints', 'custom.stacking',
  ].map(option)
) as unknown as FieldConfigOptionsRegistry;

standardTransformersRegistry.setInit(() =>
  [standardTransformers.mergeTransformer, standardTransformers.filterFieldsByNameTransformer, standardTransformers.organizeFieldsTransformer].map((one) => ({
    id: one.id, name: one.name, transformation: one, editor: () => null, imageDark: '', imageLight: '',
  })) as never
);
