// The public exports, by name.

export { createEngine, diffLayers } from './diff.js'
export { type ErrorCode, type ErrorPlace, LayerDiffError } from './errors.js'
export { escapeText } from './text.js'
export type {
  Cause,
  Change,
  ChangeField,
  ChangeJson,
  Changes,
  DiffOptions,
  DirectoryNode,
  Engine,
  EngineOptions,
  EngineStats,
  Entry,
  EntryJson,
  EntryType,
  IndexOptions,
  LayerBytes,
  LayerDiff,
  LayerDiffJson,
  LayerIndex,
  LayerInput,
  LayerProgress,
  LayerSource,
  Limits,
  Side,
  Totals,
  Warning,
  WarningCode,
} from './types.js'
