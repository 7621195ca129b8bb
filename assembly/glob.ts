// Path globs: which paths a diff leaves out.
//
// Takes: patterns and whole paths, both as bytes. Gives: whether one of the patterns matches. A directory that matches
// takes all below it along, which is the walk's business (order.ts).
// Follows gitignore: a pattern without a slash (but at its end) matches a name at any depth, one with a slash a path from
// the root; a slash at the end wants a directory; * ? and [a-z] stay within a component, ** spans any number of them;
// a backslash makes the next byte plain. There is no negation.

import { Vec } from './memory'

// Pattern:  | address | length | flags |
const PATTERN: usize = 12
const ANCHORED: u32 = 1
const DIRECTORIES_ONLY: u32 = 2

const patterns = changetype<Vec>(memory.data(offsetof<Vec>(), 16))

export function begin(): void {
  patterns.clear()
}

export function any(): bool {
  return patterns.length != 0
}

/** Adds the pattern of `length` bytes at `at`, which stay where they are. */
export function add(at: usize, length: usize): void {
  let flags: u32 = 0
  if (length > 0 && load<u8>(at + length - 1) == 0x2f) {
    flags |= DIRECTORIES_ONLY
    length--
  }
  for (let i: usize = 0; i < length; i++) if (load<u8>(at + i) == 0x2f) flags |= ANCHORED
  if (length > 0 && load<u8>(at) == 0x2f) {
    at++
    length--
  }
  if (length == 0) return
  const pattern = patterns.push(PATTERN)
  store<u32>(pattern, <u32>at)
  store<u32>(pattern, <u32>length, 4)
  store<u32>(pattern, flags, 8)
}

/** Whether any pattern matches a path, whose last component begins at `name`. */
export function matches(path: usize, length: usize, name: usize, isDirectory: bool): bool {
  for (let pattern = patterns.base, end = pattern + patterns.length; pattern < end; pattern += PATTERN) {
    const flags = load<u32>(pattern, 8)
    if (flags & DIRECTORIES_ONLY && !isDirectory) continue
    const start: usize = flags & ANCHORED ? 0 : name
    if (match(load<u32>(pattern), load<u32>(pattern, 4), path + start, length - start)) return true
  }
  return false
}

// Bytes that the last `one` has read of the pattern.
let read: usize = 0

/** Whether the pattern's next element, which is no star, matches one byte. */
function one(pattern: usize, left: usize, byte: u8): bool {
  const first = load<u8>(pattern)
  read = 1
  if (first == 0x3f) return byte != 0x2f
  if (first == 0x5c && left > 1) {
    read = 2
    return load<u8>(pattern, 1) == byte
  }
  if (first != 0x5b) return first == byte
  // A class. A bracket that nothing closes stands for itself.
  let at: usize = 1
  const not = at < left && (load<u8>(pattern, 1) == 0x21 || load<u8>(pattern, 1) == 0x5e)
  if (not) at++
  let found = false
  for (let start = at; at < left; at++) {
    let low = load<u8>(pattern + at)
    if (low == 0x5d && at > start) {
      read = at + 1
      return byte != 0x2f && found != not
    }
    if (low == 0x5c && at + 1 < left) low = load<u8>(pattern + ++at)
    let high = low
    if (at + 2 < left && load<u8>(pattern + at + 1) == 0x2d && load<u8>(pattern + at + 2) != 0x5d) {
      at += 2
      high = load<u8>(pattern + at)
      if (high == 0x5c && at + 1 < left) high = load<u8>(pattern + ++at)
    }
    if (byte >= low && byte <= high) found = true
  }
  return byte == 0x5b
}

/**
 * Two places to go back to are enough, one for the last * and one for the last double star: whatever an earlier one could still
 * take, the later one can take too. So the work is bounded by the product of the lengths, not exponential.
 */
function match(pattern: usize, patternLength: usize, text: usize, length: usize): bool {
  const NONE: usize = usize.MAX_VALUE
  let p: usize = 0
  let t: usize = 0
  let starP = NONE
  let starT: usize = 0
  let spanP = NONE
  let spanT: usize = 0
  while (p < patternLength || t < length) {
    if (p < patternLength) {
      if (load<u8>(pattern + p) == 0x2a) {
        const double = p + 1 < patternLength && load<u8>(pattern + p + 1) == 0x2a
        if (double && (p == 0 || load<u8>(pattern + p - 1) == 0x2f)) {
          if (p + 2 == patternLength) return t < length
          if (load<u8>(pattern + p + 2) == 0x2f) {
            p += 3
            spanP = p
            spanT = t
            starP = NONE
            continue
          }
        }
        p++
        starP = p
        starT = t
        continue
      }
      if (t < length && one(pattern + p, patternLength - p, load<u8>(text + t))) {
        p += read
        t++
        continue
      }
    }
    // A mismatch, or text left over: let the last star take one byte more, or the last double star one component.
    if (starP != NONE && starT < length && load<u8>(text + starT) != 0x2f) {
      starT++
      t = starT
      p = starP
    } else if (spanP != NONE) {
      while (spanT < length && load<u8>(text + spanT) != 0x2f) spanT++
      if (spanT == length) return false
      spanT++
      t = spanT
      p = spanP
      starP = NONE
    } else {
      return false
    }
  }
  return true
}
