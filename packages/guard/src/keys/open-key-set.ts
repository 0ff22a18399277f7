/** Where the guard's keys come from: a fixed JWK Set, the caller's own ring, or a JWK Set behind a URI. */

import { parseJwkSet } from '@countersign/tokens'
import type { JwkSet, Key } from '@countersign/tokens'
import { GuardError } from '../guard-error.ts'
import type { KeySet } from './key-set.ts'
import { remoteKeySet } from './remote-key-set.ts'

export interface KeySetOptions {
  readonly keys: JwkSet | string | (() => readonly Key[])
  readonly jwksMaxStaleSeconds: number
  readonly fetch: typeof fetch
}

/**
 * @throws {TokenError} if a fixed JWK Set is malformed.
 * @throws {TypeError} if a URI is neither https nor of this machine.
 */
export function openKeySet({ keys, jwksMaxStaleSeconds, fetch }: KeySetOptions): KeySet {
  if (typeof keys === 'string')
    return remoteKeySet({ uri: parseJwksUri(keys), maxStaleSeconds: jwksMaxStaleSeconds, fetch })
  if (typeof keys === 'function') return { use: (work) => work(ask(keys)), close: () => undefined }
  const fixed = parseJwkSet(keys)
  return { use: (work) => work(fixed), close: () => undefined }
}

function ask(keys: () => readonly Key[]): readonly Key[] {
  try {
    return keys()
  } catch (cause) {
    throw new GuardError('keys_unavailable', 'the keys of the issuer are not available', { cause })
  }
}

/** Whoever can change the set in transit issues tokens: `http:` is for this machine alone. */
function parseJwksUri(uri: string): string {
  const { protocol, hostname } = new URL(uri)
  const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback)) {
    throw new TypeError('the JWK Set URI must be https, or http on a loopback address')
  }
  return uri
}
