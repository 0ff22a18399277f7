/**
 * Session keys: symmetric keys that belong to one access token, derived on demand from a secret that the authorization
 * server and one API share. Nobody stores them.
 *
 * Pure: HKDF is passed in. Handing the keys to the client is the server's, using them the client's and the guard's.
 */

/** What a session key is for: to sign requests, to seal requests, to seal their answers. */
export type SessionKeyUse = 'sig' | 'seal-req' | 'seal-res'

/** How long the key for each use is, in bytes. */
export const sessionKeyBytes: Readonly<Record<SessionKeyUse, number>> = { sig: 32, 'seal-req': 64, 'seal-res': 64 }

/** How long the secret of an API is, in bytes. */
export const apiSecretBytes = 32

/** The access token that the keys belong to. */
export interface SessionKeyFacts {
  /** "iss". */
  readonly issuer: string
  /** "aud": the API whose secret it is. */
  readonly audience: string
  /** "client_id". */
  readonly clientId: string
  /** "jti". */
  readonly tokenId: string
  /** The "jkt" that the token is bound to, if it is. */
  readonly jkt: string | undefined
}

export interface HkdfInput {
  readonly secret: Uint8Array
  readonly info: Uint8Array
  readonly lengthBytes: number
}

/**
 * Answers what `hkdf` does: HKDF (RFC 5869) with SHA-256 and an empty salt, by `node:crypto` or WebCrypto.
 *
 * @throws {TypeError} if the secret has not 32 bytes, or the facts are longer than HKDF in Node takes: 1024 bytes.
 */
export function deriveSessionKey<T>(
  secret: Uint8Array,
  use: SessionKeyUse,
  facts: SessionKeyFacts,
  hkdf: (input: HkdfInput) => T,
): T {
  if (secret.byteLength !== apiSecretBytes) throw new TypeError(`the secret of an API has ${apiSecretBytes} bytes`)
  return hkdf({ secret, info: sessionKeyInfo(use, facts), lengthBytes: sessionKeyBytes[use] })
}

/** The most that Node's HKDF takes, far below what two length bytes can tell. */
const maxInfoBytes = 1024

/**
 * Answers HKDF's `info`: each part after its length in two bytes, so that no two lists of parts are the same bytes.
 *
 * @throws {TypeError} if it is longer than 1024 bytes.
 */
export function sessionKeyInfo(use: SessionKeyUse, facts: SessionKeyFacts): Uint8Array<ArrayBuffer> {
  const { issuer, audience, clientId, tokenId, jkt = '' } = facts
  const parts = ['countersign/v1', use, issuer, audience, clientId, tokenId, jkt].map((part) =>
    new TextEncoder().encode(part),
  )
  const length = parts.reduce((sum, part) => sum + 2 + part.length, 0)
  if (length > maxInfoBytes) throw new TypeError(`what a session key is derived for has at most ${maxInfoBytes} bytes`)
  const info = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    info.set([part.length >> 8, part.length & 0xff], at)
    info.set(part, at + 2)
    at += 2 + part.length
  }
  return info
}
