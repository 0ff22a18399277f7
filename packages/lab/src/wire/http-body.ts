/**
 * The fields of an HTTP body, form or JSON, read strictly: what two readers could take differently is refused.
 */

import type { Buffer } from 'node:buffer'

import { parseJsonObject } from '@countersign/tokens'

import { HttpRefusal } from './http-refusal.ts'
import { parseKeyValues } from './key-values.ts'
import { MessageRefusal, echoName } from './message-refusal.ts'

/** A field by name; undefined where there is none. One that is not a string is refused when it is asked for. */
export type ReadField = (name: string) => string | undefined

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * @throws {HttpRefusal} 415 for another type than form or JSON, else 400
 */
export function parseFields(contentType: string | undefined, body: Buffer): ReadField {
  if (contentType === undefined && body.length === 0) return () => undefined
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const isUtf8 = parameters.every((parameter) => /^\s*(charset="?utf-8"?)?\s*$/.test(parameter))
  if (isUtf8 && type.trim() === 'application/json') return jsonFields(body)
  if (isUtf8 && type.trim() === 'application/x-www-form-urlencoded') return formFields(body)
  throw new HttpRefusal(415, 'Unsupported media type')
}

function jsonFields(body: Buffer): ReadField {
  const object = parseJson(body)
  return (name) => {
    const value = Object.hasOwn(object, name) ? object[name] : undefined
    if (value === undefined || typeof value === 'string') return value
    throw malformed('Malformed message')
  }
}

function parseJson(body: Buffer): Readonly<Record<string, unknown>> {
  let text: string
  let value: unknown
  try {
    text = utf8.decode(body)
    value = JSON.parse(text)
  } catch {
    throw malformed('Malformed JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('Expected an object')
  try {
    return parseJsonObject(text)
  } catch {
    const name = findDuplicateMember(text)
    throw name === undefined ? malformed('Malformed JSON') : malformed(`Duplicate field '${echoName(name)}'`)
  }
}

/** The first member name that is there twice in one object of a text known to be JSON. */
function findDuplicateMember(text: string): string | undefined {
  const open: Set<string>[] = []
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}]/g)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (token.endsWith(':')) {
      const name = JSON.parse(token.slice(0, -1)) as string
      const names = open.at(-1)
      if (names?.has(name)) return name
      names?.add(name)
    }
  }
  return undefined
}

function formFields(body: Buffer): ReadField {
  const fields = parseForm(body)
  return (name) => fields[name]
}

function parseForm(body: Buffer): Readonly<Record<string, string>> {
  try {
    return parseKeyValues(body)
  } catch (error) {
    throw error instanceof MessageRefusal ? malformed(error.message) : error
  }
}

function malformed(text: string): HttpRefusal {
  return new HttpRefusal(400, text)
}
