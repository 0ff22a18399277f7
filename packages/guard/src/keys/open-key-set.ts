/** Where the guard's keys come from: a fixed JWK Set, the caller's own ring, or a JWK Set behind a URI. */

import type { JwkSet, Key } from '@countersign/tokens'
import { parseIssuerUri } from '../fetch-text.ts'
import { GuardError } from '../guard-error.ts'
import { parseKeysByPurpose } from './key-purposes.ts'
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
    return remoteKeySet({ uri: parseIssuerUri(keys), maxStaleSeconds: jwksMaxStaleSeconds, fetch })
  if (typeof keys === 'function') {
    // The caller's own keys are those of tokens.
    return { use: (work, purpose = 'token') => work(purpose === 'token' ? ask(keys) : []), close: () => undefined }
  }
  const fixed = parseKeysByPurpose(keys)
  return { use: (work, purpose = 'token') => work(fixed[purpose]), close: () => undefined }
}

function ask(keys: () => readonly Key[]): readonly Key[] {
  try {
    return keys()
  } catch (cause) {
    throw new GuardError('keys_unavailable', 'the keys of the issuer are not available', { cause })
  }
}
