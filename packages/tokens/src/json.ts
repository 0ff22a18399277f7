/**
 * Strict JSON: one text, one meaning.
 *
 * Two parsers that disagree about a text (which of two equal members counts, what "__proto__" does, what a broken
 * UTF-8 sequence stands for) are a way past whichever of them checks. Such texts are refused.
 */

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [name: string]: JsonValue
}

import { TokenError } from './errors.ts'

/**
 * @throws {TokenError} `token_malformed`
 */
export function parseJsonObject(text: string | Uint8Array): JsonObject {
  void text
  throw new TokenError('token_malformed', 'not a JSON object')
}
