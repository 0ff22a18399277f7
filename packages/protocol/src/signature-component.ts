/**
 * The values of what an HTTP message signature covers: header fields, and components derived from the message
 * (RFC 9421 §2).
 *
 * Of the parameters of components only "name" of `@query-param` is known: no signature here covers part of a field,
 * a field in another form, or the request of a response.
 */

import { formatFieldString } from './structured-field.ts'

/** What is covered: a field name in lower case, or a derived component such as `@method`. */
export interface SignatureComponent {
  readonly name: string
  /** The "name" of `@query-param`, as it is decoded. */
  readonly queryParam?: string
}

export interface SignedRequest {
  readonly method: string
  /** The whole URI, normalised, without a fragment. */
  readonly targetUri: string
  readonly fieldLines: FieldLines
}

export interface SignedResponse {
  readonly status: number
  readonly fieldLines: FieldLines
}

/** Answers the values of a field, one for each line that it came on. The name in lower case. */
export type FieldLines = (name: string) => readonly string[]

/** Answers the identifier as it stands in the base and in "@signature-params". @see RFC 9421 §2 */
export function formatComponent({ name, queryParam }: SignatureComponent): string {
  const suffix = queryParam === undefined ? '' : `;name=${formatFieldString(encodeQueryParam(queryParam))}`
  return formatFieldString(name) + suffix
}

/**
 * Answers the component's value; undefined if the message has none, or one that cannot be signed: of several lines, or of
 * more than ASCII.
 *
 * @see RFC 9421 §2.1, §2.2
 */
export function componentValue(
  { name, queryParam }: SignatureComponent,
  message: SignedRequest | SignedResponse,
): string | undefined {
  // Only `@query-param` has a name, and must have one.
  if ((queryParam !== undefined) !== (name === '@query-param')) return undefined
  const value = queryParam === undefined ? plainValue(name, message) : queryParamValue(queryParam, message)
  return value !== undefined && /^[\t\x20-\x7e]*$/.test(value) ? value : undefined
}

function plainValue(name: string, message: SignedRequest | SignedResponse): string | undefined {
  if (!name.startsWith('@')) return fieldValue(message.fieldLines(name))
  if ('status' in message) return name === '@status' ? `${message.status}` : undefined
  return Object.hasOwn(derivedComponents, name) ? derivedComponents[name]?.(message) : undefined
}

/** RFC 9421 §2.2. */
const derivedComponents: Readonly<Record<string, (request: SignedRequest) => string>> = {
  '@method': ({ method }) => method,
  '@target-uri': ({ targetUri }) => targetUri,
  '@authority': ({ targetUri }) => new URL(targetUri).host,
  '@scheme': ({ targetUri }) => new URL(targetUri).protocol.slice(0, -1),
  '@request-target': ({ targetUri }) => /^[^:]+:\/\/[^/]+(.*)$/.exec(targetUri)?.[1] ?? '',
  '@path': ({ targetUri }) => new URL(targetUri).pathname,
  '@query': ({ targetUri }) => new URL(targetUri).search || '?',
}

/** The lines in one: trimmed, without line folding, joined. @see RFC 9421 §2.1 */
function fieldValue(lines: readonly string[]): string | undefined {
  const [line, ...others] = lines
  if (line === undefined) return undefined
  // As most are: nothing to be done, and nothing that JavaScript takes for white space and HTTP does not.
  if (others.length === 0 && plainLine.test(line)) return line
  if (!lines.every((text) => /^[\t\r\n\x20-\x7e]*$/.test(text))) return undefined
  return lines.map((text) => text.trim().replaceAll(/\r?\n[\t ]+/g, ' ')).join(', ')
}

/** Visible at both ends. */
const plainLine = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

/** A parameter that comes twice has no value: which of them the receiver takes is not known. @see RFC 9421 §2.2.8 */
function queryParamValue(queryParam: string, message: SignedRequest | SignedResponse): string | undefined {
  if ('status' in message) return undefined
  const [value, ...others] = new URL(message.targetUri).searchParams.getAll(queryParam)
  return value !== undefined && others.length === 0 ? encodeQueryParam(value) : undefined
}

/** All but the unreserved of `application/x-www-form-urlencoded` escaped, the space too. */
function encodeQueryParam(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
