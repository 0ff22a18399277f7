/**
 * Vectors of others, from `packages/tokens/vectors`, and what became of each.
 */

import { readFileSync } from 'node:fs'
import { TokenError } from '../errors.ts'
import { parseJwk } from '../jwk/parse-jwk.ts'
import type { Key } from '../jwk/key.ts'
import { decryptJwe } from './decrypt.ts'

/** Reads a file of vectors; the caller says what form it has. */
export function readVectors(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../vectors/${path}`, import.meta.url), 'utf8'))
}

/** Answers the plaintext, or the code of the refusal, by the key or by the JWE. Any other error is thrown on. */
export function decryptOrCode(jwe: string, jwk: unknown, alg?: string): Buffer | string {
  try {
    const key = parseJwk(jwk, alg === undefined ? {} : { alg: alg as Key['alg'] })
    return decryptJwe(jwe, key, { maxBytes: 65_536 }).plaintext
  } catch (error) {
    if (error instanceof TokenError) return error.code
    throw error
  }
}
