/**
 * Strict JSON: one text, one meaning.
 *
 * Two parsers that disagree about a text (which of two equal members counts, what "__proto__" does, what a broken
 * UTF-8 sequence stands for) are a way past whichever of them checks. Such texts are refused.
 */

import { TokenError } from './errors.ts'

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

export interface JsonObject {
  readonly [name: string]: JsonValue
}

const maxDepth = 32
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The object that a JSON text (or its UTF-8 bytes) stands for. Refused: anything but an object, broken UTF-8 or a byte
 * order mark, lone surrogates, two members of one name at any level, a member "__proto__", more than 32 levels.
 *
 * @throws {TokenError} `token_malformed`
 * @see RFC 8259 §4, RFC 7493 §2
 */
export function parseJsonObject(text: string | Uint8Array): JsonObject {
  const source = typeof text === 'string' ? text : decodeUtf8(text)
  const names = countNames(source)
  const value = parse(source)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('not an object')
  // `JSON.parse` keeps the last of equal members, whatever escapes they were written with: then some are missing.
  if (countMembers(value) !== names) throw malformed('two members of one name')
  if (!source.isWellFormed() || (source.includes('\\') && !isWellFormed(value))) throw malformed('a lone surrogate')
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

/** How many member names the text holds, were it JSON: as many as it has colons outside strings. */
function countNames(text: string): number {
  let names = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at)
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
    }
  }
  return names
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

function isEscaped(text: string, at: number): boolean {
  let backslash = at - 1
  while (text.charCodeAt(backslash) === 0x5c) backslash--
  return (at - backslash) % 2 === 0
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
