// The public exports, by name.

export { createEngine, diffLayers } from './diff.js'
export { type ErrorCode, type ErrorPlace, LayerDiffError } from './errors.js'
export { openImage } from './images.js'
export { parseReference } from './registry/reference.js'
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
  FileRange,
  Healthcheck,
  HistoryEntry,
  Image,
  ImageConfig,
  ImageInput,
  ImageLayer,
  ImagePlatform,
  IndexOptions,
  LayerBytes,
  LayerDiff,
  LayerDiffJson,
  LayerIndex,
  LayerInput,
  LayerProgress,
  LayerSource,
  Limits,
  OpenImageOptions,
  Reference,
  Side,
  Totals,
  Warning,
  WarningCode,
} from './types.js'
