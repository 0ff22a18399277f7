/**
 * The session keys of an access token, derived from the secret that this API shares with the issuer. Derived once for
 * each token and kept as long as the token is: for good reason the guard keeps those that come again.
 */

import { hkdfSync } from 'node:crypto'
import { apiSecretBytes, deriveSessionKey, sealedAlgorithm, sealedEncryption } from '@countersign/protocol'
import type { HkdfInput, SessionKeyUse } from '@countersign/protocol'
import { decodeBase64url, secretKey, TokenError } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import type { AccessToken } from '../access-token.ts'
import { GuardError } from '../guard-error.ts'

/** Each made when it is first asked for. */
export interface SessionKeys {
  /** Signs requests. */
  readonly signing: Key
  /** Opens requests. */
  readonly opening: Key
  /** Seals answers. */
  readonly sealing: Key
}

export interface SessionKeyOptions {
  readonly issuer: string
  readonly audience: string
  /** The secrets of this API by their versions, 32 bytes each in base64url. */
  readonly sessionSecrets: Readonly<Record<string, string>>
}

/**
 * Answers the keys of an access token, whose signature has held.
 *
 * @throws {GuardError} `session_key_unavailable`, `token_claim_invalid`
 */
export type FindSessionKeys = (accessToken: AccessToken) => SessionKeys

/** @throws {TypeError} if a secret is malformed. */
export function sessionKeyFinder({ issuer, audience, sessionSecrets }: SessionKeyOptions): FindSessionKeys {
  const secrets = new Map(Object.entries(sessionSecrets).map(([version, text]) => [version, parseSecret(text)]))
  const found = new WeakMap<AccessToken, SessionKeys>()

  const derive = (accessToken: AccessToken): SessionKeys => {
    const { grant, confirmation } = accessToken
    const secret = secrets.get(readVersion(accessToken))
    if (secret === undefined) throw unavailable('of a version that is not known here')
    const facts = {
      issuer,
      audience,
      clientId: grant.clientId,
      tokenId: grant.tokenId,
      jkt: confirmation.jkt,
    }
    return deriveLazily((use) => {
      try {
        return deriveSessionKey(secret, use, facts, hkdf)
      } catch (error) {
        throw unavailable('for facts that are too long', error)
      }
    })
  }

  return (accessToken) => {
    const known = found.get(accessToken)
    if (known !== undefined) return known
    const keys = derive(accessToken)
    found.set(accessToken, keys)
    return keys
  }
}

function deriveLazily(derive: (use: SessionKeyUse) => Uint8Array): SessionKeys {
  let signing: Key | undefined
  let opening: Key | undefined
  let sealing: Key | undefined
  const sealKey = (use: SessionKeyUse): Key => secretKey(sealedAlgorithm, derive(use), { enc: sealedEncryption })
  return {
    get signing() {
      return (signing ??= secretKey('HS256', derive('sig')))
    },
    get opening() {
      return (opening ??= sealKey('seal-req'))
    },
    get sealing() {
      return (sealing ??= sealKey('seal-res'))
    },
  }
}

function hkdf({ secret, info, lengthBytes }: HkdfInput): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), info, lengthBytes))
}

/** The version of the secret: a claim, so that secrets can be changed while tokens of the last one live. */
function readVersion({ grant }: AccessToken): string {
  const { cs_key: version } = grant.claims
  if (version === undefined) throw unavailable('not handed out with this token')
  if (typeof version !== 'number' || !Number.isSafeInteger(version)) {
    throw new GuardError('token_claim_invalid', "the claim 'cs_key' is malformed")
  }
  return `${version}`
}

function parseSecret(text: string): Uint8Array {
  try {
    const bytes = decodeBase64url(text)
    if (bytes.length === apiSecretBytes) return bytes
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
  }
  throw new TypeError(`each of sessionSecrets must be ${apiSecretBytes} bytes in base64url`)
}

function unavailable(why: string, cause?: unknown): GuardError {
  return new GuardError('session_key_unavailable', `the session keys are ${why}`, { cause })
}
