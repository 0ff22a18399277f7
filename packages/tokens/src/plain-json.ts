/**
 * A quick way through the plainest JSON objects: flat, without white space, escapes or letters beyond ASCII, of strings,
 * lists of strings, booleans and natural numbers. Headers and claims sets are, most of them. All else is left to `json.ts`.
 *
 * It takes a tenth off the time to verify an HMAC token: `JSON.parse` is no faster on such a text, and the check that no
 * member was given twice comes on top.
 */

import type { Buffer } from 'node:buffer'

const quote = 0x22
const comma = 0x2c
const digitZero = 0x30
const digitNine = 0x39
const colon = 0x3a
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
/** Whatever is made of so few digits is exact. */
const mostDigits = 15

type PlainObject = Record<string, string | string[] | number | boolean>

/** The object, if the first `length` bytes are one of the plainest kind, each member given once. */
export function readPlainObject(bytes: Buffer, length: number): PlainObject | undefined {
  if (bytes[0] !== openBrace) return undefined
  const text = bytes.toString('latin1', 0, length)
  const object: PlainObject = {}
  let members = 0
  let at = 0
  do {
    const nameEnd = endOfString(bytes, at + 1, length)
    if (nameEnd === -1 || bytes[nameEnd + 1] !== colon) return undefined
    const name = readName(bytes, at + 2, nameEnd, text)
    const start = nameEnd + 2
    if (bytes[start] === quote) {
      const end = endOfString(bytes, start, length)
      if (end === -1) return undefined
      object[name] = text.slice(start + 1, end)
      at = end + 1
    } else if (bytes[start] === openBracket) {
      const end = endOfStrings(bytes, start, length)
      // By this name an object would be inherited from, and its members counted.
      if (end === -1 || name === '__proto__') return undefined
      // No quote is in a string: what is between two of them is what is between two strings.
      object[name] = text.slice(start + 2, end - 1).split('","')
      at = end + 1
    } else {
      const value = readNatural(bytes, start) ?? readBoolean(text, start)
      if (value === undefined) return undefined
      object[name] = value
      at = start + String(value).length
    }
    members++
  } while (bytes[at] === comma)
  const isWhole = bytes[at] === closeBrace && at + 1 === length
  // Fewer, if one was given twice; and "__proto__" is never counted.
  return isWhole && countMembers(object) === members ? object : undefined
}

/** Where the string that opens here has its closing quote. */
function endOfString(bytes: Uint8Array, open: number, length: number): number {
  if (bytes[open] !== quote) return -1
  for (let at = open + 1; at < length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === quote) return at
    if (byte < 0x20 || byte > 0x7e || byte === backslash) return -1
  }
  return -1
}

/** Where the list that opens here closes: one of strings, and of one at least. */
function endOfStrings(bytes: Uint8Array, open: number, length: number): number {
  let at = open
  do {
    const end = endOfString(bytes, at + 1, length)
    if (end === -1) return -1
    at = end + 1
  } while (bytes[at] === comma)
  return bytes[at] === closeBracket ? at : -1
}

function readNatural(bytes: Uint8Array, start: number): number | undefined {
  let value = 0
  let at = start
  for (let byte = bytes[at] ?? 0; byte >= digitZero && byte <= digitNine; byte = bytes[++at] ?? 0) {
    value = value * 10 + byte - digitZero
  }
  return at > start && at - start <= mostDigits && bytes[start] !== digitZero ? value : undefined
}

function readBoolean(text: string, start: number): boolean | undefined {
  if (text.startsWith('true', start)) return true
  return text.startsWith('false', start) ? false : undefined
}

function countMembers(object: object): number {
  let members = 0
  for (const _ in object) members++
  return members
}

// Names are the same from text to text, and a property is set faster by a text that has been a name before.
const names: (string | undefined)[] = new Array<undefined>(64).fill(undefined)

function readName(bytes: Uint8Array, start: number, end: number, text: string): string {
  const slot = ((bytes[start] ?? 0) * 7 + (bytes[end - 1] ?? 0) * 3 + end - start) % names.length
  const known = names[slot]
  if (known !== undefined && isAt(known, bytes, start, end)) return known
  const name = text.slice(start, end)
  names[slot] = name
  return name
}

function isAt(name: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let at = 0; at < name.length; at++) if (name.charCodeAt(at) !== bytes[start + at]) return false
  return true
}
