// Every word that the element says, in English; a page replaces those that it wants in another language.
//
// `{name}` stands for a value. Where a number decides the form, there is an entry for each plural category of the language,
// as Intl.PluralRules calls them: `{ one: '{n} change', other: '{n} changes' }`.

/** A text for each plural category of a language; `{n}` and other names in braces stand for values. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string }

export const ENGLISH = {
  // The summary
  before: 'Before',
  after: 'After',
  difference: 'Difference',
  unchangedShare: '{share} of the paths are the same',
  added: 'added',
  removed: 'removed',
  modified: 'modified',
  unchanged: 'unchanged',
  noDifferences: 'No differences.',
  warnings: { one: '{n} warning', other: '{n} warnings' },
  more: 'And {n} more.',
  renamed: { one: '{n} file was only renamed', other: '{n} files were only renamed' },
  notVerified: { one: '{n} layer was not verified.', other: '{n} layers were not verified.' },
  platform: 'Platform',
  imageId: 'Image ID',
  unnamed: 'unnamed',
  // Notable changes
  notable: 'Notable changes',
  notableHint: 'Told from names and attributes: a hint, and no verdict.',
  showReason: 'Show these {n} in the tree',
  reasonSetuid: 'setuid bit gained',
  reasonSetgid: 'setgid bit gained',
  reasonCapability: 'capability gained',
  reasonWorldWritable: 'may be written by everybody',
  reasonDevice: 'device node',
  reasonCredential: 'looks like a key or credential',
  reasonEscapingSymlink: 'symlink climbs above the root',
  reasonRootOwner: 'now owned by root',
  reasonExecutable: 'new executable',
  // Layers
  layers: 'Layers',
  layersShared: { one: '{n} layer shared', other: '{n} layers shared' },
  layerShared: 'shared',
  layerMoved: 'moved, was {place}',
  layerClaimed: 'the same by its ID, contents not read',
  layerRemoved: 'only before',
  layerAdded: 'only after',
  layerChanges: { one: '{n} change', other: '{n} changes' },
  unknownCommand: 'unknown command',
  showLayer: 'Show only what layer {place} changed',
  allLayers: 'All layers',
  overTheWire: 'as stored',
  onDisk: 'on disk',
  sharedBytes: 'shared',
  removedBytes: 'only before',
  addedBytes: 'only after',
  // The tree
  files: 'Files',
  filter: 'Filter by path or glob',
  filterKinds: 'Kinds',
  anyField: 'Any field',
  filterField: 'Which field differs',
  filterNotable: 'Whether it is notable',
  anyNotable: 'Notable or not',
  allNotable: 'All notable',
  sort: 'Sort',
  sortByPath: 'Sort by path',
  sortByDelta: 'Sort by delta',
  filtering: 'Filtering…',
  shownChanges: { one: '{n} change', other: '{n} changes' },
  shownPaths: { one: '{n} path', other: '{n} paths' },
  shownOf: '{n} of {all} changes',
  shownOfPaths: '{n} of {all} paths',
  nothingPasses: 'No change passes the filter.',
  nextChange: 'Next change',
  asTree: 'Tree',
  asMap: 'Map',
  name: 'Name',
  kind: 'Kind',
  sizeBefore: 'Before',
  sizeAfter: 'After',
  delta: 'Delta',
  mode: 'Mode',
  owner: 'Owner',
  hardLink: 'hard link',
  fieldContent: 'content',
  fieldType: 'type',
  fieldMode: 'mode',
  fieldOwner: 'owner',
  fieldLink: 'link',
  fieldDevice: 'device',
  fieldXattrs: 'xattrs',
  fieldMtime: 'mtime',
  typeFile: 'file',
  typeDirectory: 'directory',
  typeSymlink: 'symlink',
  typeChar: 'character device',
  typeBlock: 'block device',
  typeFifo: 'fifo',
  // One change
  close: 'Close',
  type: 'Type',
  size: 'Size',
  content: 'Content',
  contentNotRead: 'not read',
  mtime: 'Mtime',
  linkTarget: 'Link target',
  firstHardLink: 'First hard link',
  device: 'Device',
  layer: 'Layer',
  differs: 'differs',
  showContent: 'Show content',
  readingContent: 'Reading…',
  contentCut: 'There is more of it than is shown.',
  contentEmpty: 'The content is the same, or empty.',
  implicit: '{type}, without an entry of its own',
  notUtf8: '{path} (not UTF-8)',
  causeNone: 'No layer of the after side has this path.',
  causeWhiteout: 'Removed by a whiteout in {layer}.',
  causeOpaque: 'Removed by an opaque directory in {layer}, which hides all that lies below it.',
  causeReplaced: 'Something else took its place, or its parent’s, in {layer}.',
  causeAdded: 'Added by {layer}.',
  causeWritten: 'Written by {layer}.',
  layerPlace: 'layer {place}',
  renamedTo: 'renamed to',
  renamedFrom: 'renamed from',
  // The map
  map: 'Where the bytes went',
  mapRoot: 'all files',
  mapEmpty: 'Nothing here grew or shrank.',
  mapRest: { one: '{n} smaller one', other: '{n} smaller ones' },
  // Packages
  packages: 'Packages',
  packagesChanged: { one: '{n} changed', other: '{n} changed' },
  package: 'Package',
  version: 'Version',
  morePackages: { one: 'Show one more', other: 'Show {n} more' },
  // Config and history
  config: 'Config',
  layersTogether: 'all layers together',
  setting: 'Setting',
  set: 'set',
  unset: 'not set',
  history: 'History',
  historyImage: 'Image',
  historyCreated: 'Created',
  historyCommand: 'Created by',
  historySize: 'Size',
  historyComment: 'Comment',
  missing: '<missing>',
  // One image, several, a pull
  stack: 'Stack, from the top down',
  wholeImage: 'Merged tree up to layer {place}',
  layerOnly: 'What layer {place} changed',
  showMerged: 'Merged tree',
  showChanges: 'Changes',
  showHidden: 'Show what is hidden',
  waste: 'Waste',
  wasteAfter: 'Waste (after)',
  wasted: '{bytes} ({share} of what is stored) is never seen: written over or deleted by upper layers.',
  nothingWasted: 'Everything that is stored is seen.',
  diveScore: 'Efficiency as dive scores it: {efficiency}.',
  storedBy: 'Stored by layers',
  images: 'Images',
  timesSaved: 'Saved',
  stored: 'Stored {stored}, without sharing {sum}: {saved} saved, {share}.',
  nothingShared: 'Stored {stored}; nothing is shared.',
  pulling: 'Pulling {name}',
  pulled: 'Pulled {name}',
  // Work and failure
  idle: 'Nothing to compare yet.',
  working: 'Working…',
  opening: 'Opening…',
  comparing: 'Merging and comparing…',
  reading: '{done} of {all} layers read',
  phaseWaiting: 'waiting',
  phaseReading: '{bytes} of {all}, {speed}/s',
  phaseReadingOpen: '{bytes}, {speed}/s',
  phaseDone: '{bytes}, {entries}',
  entries: { one: '{n} entry', other: '{n} entries' },
  cancel: 'Cancel',
  cancelled: 'Cancelled.',
  again: 'Start again',
  failed: 'This could not be compared',
  unread: 'This could not be read',
  fault: 'Something went wrong in this page',
  errorSide: 'Side',
  errorLayer: 'Layer',
  errorPath: 'Path',
  errorOffset: 'At byte',
  errorCode: 'Code',
  retry: 'Try again',
} as const satisfies Record<string, string | Plural>

/** All words; those with forms stay so. */
export type Words = {
  readonly [Key in keyof typeof ENGLISH]: (typeof ENGLISH)[Key] extends string ? string : Plural
}

export type TextKey = { [Key in keyof Words]: Words[Key] extends string ? Key : never }[keyof Words]
type PluralKey = Exclude<keyof Words, TextKey>

/** Puts values into words. */
export class Speech {
  private readonly words: Words

  constructor(
    own: Partial<Words>,
    private readonly pluralOf: (n: number) => Intl.LDMLPluralRule,
    private readonly count: (n: number) => string,
  ) {
    this.words = { ...ENGLISH, ...own }
  }

  say(key: TextKey, values: Readonly<Record<string, string>> = {}): string {
    return fill(this.words[key], values)
  }

  /** `1 change`, `2 changes`. */
  many(key: PluralKey, n: number): string {
    const forms = this.words[key]
    return fill(forms[this.pluralOf(n)] ?? forms.other, { n: this.count(n) })
  }
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}
