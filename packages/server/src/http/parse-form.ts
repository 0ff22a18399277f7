/**
 * Strict `application/x-www-form-urlencoded`: request bodies and query strings.
 *
 * Parsers that differ about a repeated parameter, a broken escape or a NUL are a way past whichever of them checks.
 * Such texts are refused. Which parameters there must be is left to the routes.
 */

import { ProblemError } from './problem.ts'

export type Form = Readonly<Record<string, string>>

/**
 * Answers the parameters by name. Those without a value count as omitted (RFC 6749 §3.1).
 *
 * @throws {ProblemError} `form_malformed` for a broken escape, bytes that are not UTF-8, a NUL, an empty name, more
 *   than 100 parameters.
 * @throws {ProblemError} `parameter_repeated`
 */
export function parseForm(text: string | Uint8Array): Form {
  // latin1 keeps each byte as one character, so that raw and escaped bytes are decoded by the same rule.
  const encoded = Buffer.from(text as Uint8Array).toString('latin1')
  // No prototype: a parameter named "constructor" is one like any other.
  const form: Record<string, string> = Object.create(null) as Record<string, string>
  const names = new Set<string>()
  const pairs = encoded === '' ? [] : encoded.split('&', maxParameters + 1)
  if (pairs.length > maxParameters) throw malformed(`there are more than ${maxParameters} parameters`)
  for (const pair of pairs) {
    const end = pair.indexOf('=')
    const name = decode(end === -1 ? pair : pair.slice(0, end))
    if (name === '') throw malformed('a parameter has no name')
    if (names.has(name)) throw repeated(name)
    names.add(name)
    const value = end === -1 ? '' : decode(pair.slice(end + 1))
    if (value !== '') form[name] = value
  }
  return form
}

const maxParameters = 100

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(encoded: string): string {
  const bytes = encoded.replaceAll('+', ' ').replace(/%(..?)?/g, (_, digits: string | undefined) => {
    if (digits === undefined || !/^[\dA-Fa-f]{2}$/.test(digits)) throw malformed('a percent escape is broken')
    return String.fromCharCode(parseInt(digits, 16))
  })
  if (bytes.includes('\0')) throw malformed('there is a NUL')
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'))
  } catch (cause) {
    throw malformed('there are bytes that are not UTF-8', cause)
  }
}

function malformed(rule: string, cause?: unknown): ProblemError {
  return new ProblemError(400, 'form_malformed', `the parameters are malformed: ${rule}`, { cause })
}

function repeated(name: string): ProblemError {
  return new ProblemError(400, 'parameter_repeated', 'a parameter is repeated', {
    errors: [{ field: name, rule: 'repeated', detail: 'must be given once' }],
  })
}
