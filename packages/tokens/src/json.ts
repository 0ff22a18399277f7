/**
 * Strict JSON: one text, one meaning.
 *
 * Two parsers that disagree about a text (which of two equal members counts, what "__proto__" does, what a broken
 * UTF-8 sequence stands for) are a way past whichever of them checks. Such texts are refused.
 */

import { Buffer } from 'node:buffer'

import { decodeBase64urlInto } from './base64url.ts'
import { TokenError } from './errors.ts'
import { readPlainObject } from './plain-json.ts'

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

export interface JsonObject {
  readonly [name: string]: JsonValue
}

const maxDepth = 32
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
// Shared by all calls: each runs to its end before the next, and reads no more than it has written.
const workspace = Buffer.alloc(8192)

/**
 * The object that a JSON text (or its UTF-8 bytes) stands for. Refused: anything but an object, broken UTF-8 or a byte
 * order mark, lone surrogates, two members of one name at any level, a member "__proto__", more than 32 levels.
 *
 * @throws {TokenError} `token_malformed`
 * @see RFC 8259 §4, RFC 7493 §2
 */
export function parseJsonObject(text: string | Uint8Array): JsonObject {
  if (typeof text === 'string' && !text.isWellFormed()) throw malformed('a lone surrogate')
  const bytes =
    typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  return parseBytes(bytes, bytes.length)
}

/**
 * The object that a JSON text in base64url stands for.
 *
 * @throws {TokenError} `token_malformed`
 */
export function parseEncodedJsonObject(encoded: string): JsonObject {
  const space = encoded.length <= workspace.length ? workspace : Buffer.alloc(encoded.length)
  const length = decodeBase64urlInto(space, encoded)
  return readPlainObject(space, length) ?? parseBytes(space, length)
}

function parseBytes(bytes: Buffer, length: number): JsonObject {
  const { names, hasEscapes, isAscii } = scan(bytes, length)
  const value = parse(isAscii ? bytes.toString('latin1', 0, length) : decodeUtf8(bytes.subarray(0, length)))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('not an object')
  // `JSON.parse` keeps the last of equal members, whatever escapes they were written with: then some are missing.
  if (countMembers(value) !== names) throw malformed('two members of one name')
  if (hasEscapes && !isWellFormed(value)) throw malformed('a lone surrogate')
  return value as JsonObject
}

function malformed(rule: string): TokenError {
  return new TokenError('token_malformed', `not the JSON that is asked for: ${rule}`)
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw malformed('broken UTF-8')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Without the cause: its message quotes the text.
    throw malformed('a syntax error')
  }
}

interface Scan {
  /** How many member names the text holds, if it is JSON: as many as it has colons outside strings. */
  readonly names: number
  readonly hasEscapes: boolean
  /** Of what strings hold. Elsewhere, and just after a backslash, JSON has nothing else. */
  readonly isAscii: boolean
}

// Over bytes, not characters: this is on the path of every token, and half as slow.
function scan(bytes: Uint8Array, length: number): Scan {
  let names = 0
  let depth = 0
  let hasEscapes = false
  let allBits = 0
  for (let at = 0; at < length; at++) {
    switch (bytes[at]) {
      case 0x22: // "
        for (at++; at < length; at++) {
          const byte = bytes[at] ?? 0
          if (byte === 0x22) break
          allBits |= byte
          if (byte === 0x5c) {
            hasEscapes = true
            at++
          }
        }
        break
      case 0x3a: // :
        names++
        break
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > maxDepth) throw malformed(`more than ${maxDepth} levels`)
        break
      case 0x7d: // }
      case 0x5d: // ]
        depth--
        break
      default: // a number, a literal, white space, a comma: `JSON.parse` knows
    }
  }
  return { names, hasEscapes, isAscii: allBits < 0x80 }
}

function countMembers(value: object): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countNested(item), 0)
  let members = 0
  // Not `Object.keys`: this is on the path of every token, and costs a fifth. Were there inherited members to be met,
  // the counts would differ and the text be refused.
  for (const name in value) {
    if (name === '__proto__') throw malformed('a member "__proto__"')
    members += 1 + countNested((value as Record<string, unknown>)[name])
  }
  return members
}

function countNested(value: unknown): number {
  return typeof value === 'object' && value !== null ? countMembers(value) : 0
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([name, item]) => name.isWellFormed() && isWellFormed(item))
}
