/**
 * All cryptography of the client, on WebCrypto: proof keys (ECDSA P-256), session keys, sealing with A256CBC-HS512.
 *
 * Bytes and keys only. What is signed or sealed is said in `proofs/` and `sealed/`.
 */

import { encodeBase64url, utf8 } from './base64url.ts'
import type { Bytes } from './base64url.ts'

/** The public half of a proof key, its members in the order in which every proof spells them. */
export interface ProofJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
}

/** What a sealed body is encrypted and authenticated with (RFC 7518 §5.2.2.1). */
export interface SealKey {
  readonly mac: CryptoKey
  readonly cipher: CryptoKey
}

/** The keys that an access token came with, one for each use. */
export interface SessionKeys {
  readonly signing: CryptoKey
  readonly sealing: SealKey
  readonly opening: SealKey
}

export interface Sealed {
  readonly iv: Bytes
  readonly ciphertext: Bytes
  readonly tag: Bytes
}

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const hmacSha256 = { name: 'HMAC', hash: 'SHA-256' }
const hmacSha512 = { name: 'HMAC', hash: 'SHA-512' }

/** The algorithms of keys as they stand in JWKs: for storages that cannot keep a `CryptoKey`. */
const jwkAlgorithms: ReadonlyMap<string | undefined, AlgorithmIdentifier | EcKeyImportParams | HmacImportParams> =
  new Map<string | undefined, AlgorithmIdentifier | EcKeyImportParams | HmacImportParams>([
    ['ES256', ecdsa],
    ['HS256', hmacSha256],
    ['HS512', hmacSha512],
    ['A256CBC', 'AES-CBC'],
  ])

/** Answers 32 random bytes as text. */
export function randomText(): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(32)))
}

export async function sha256(data: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(data)))
}

/** Answers the SHA-256 of a text, as text. */
export async function sha256Text(text: string): Promise<string> {
  return encodeBase64url(await sha256(utf8(text)))
}

export async function generateProofKey(extractable: boolean): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ecdsa, extractable, ['sign', 'verify'])
}

export async function exportProofJwk({ publicKey }: CryptoKeyPair): Promise<ProofJwk> {
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey)
  return { kty: 'EC', crv: 'P-256', x, y }
}

/** @see RFC 7638 §3.2 */
export async function thumbprint({ crv, kty, x, y }: ProofJwk): Promise<string> {
  return sha256Text(JSON.stringify({ crv, kty, x, y }))
}

/** ES256, as r and s (RFC 7518 §3.4). */
export async function signWithProofKey({ privateKey }: CryptoKeyPair, data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign(ecdsa, privateKey, data))
}

export async function signWithSessionKey({ signing }: SessionKeys, data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', signing, data))
}

export interface SessionKeyBytes {
  /** 32 bytes. */
  readonly signing: Bytes
  /** 64 bytes. */
  readonly sealing: Bytes
  /** 64 bytes. */
  readonly opening: Bytes
}

export async function importSessionKeys(bytes: SessionKeyBytes, extractable: boolean): Promise<SessionKeys> {
  const [signing, sealing, opening] = await Promise.all([
    crypto.subtle.importKey('raw', bytes.signing, hmacSha256, extractable, ['sign']),
    importSealKey(bytes.sealing, extractable, 'encrypt'),
    importSealKey(bytes.opening, extractable, 'decrypt'),
  ])
  return { signing, sealing, opening }
}

/** @see RFC 7518 §5.2.2.1 */
export async function seal({ mac, cipher }: SealKey, plaintext: Bytes, additional: Bytes): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(16))
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, cipher, plaintext))
  return { iv, ciphertext, tag: await sealTag(mac, { iv, ciphertext }, additional) }
}

/**
 * Answers the plaintext; `undefined` if it was sealed with another key or has been changed. Nothing is decrypted before
 * the tag holds.
 *
 * @see RFC 7518 §5.2.2.2
 */
export async function unseal({ mac, cipher }: SealKey, sealed: Sealed, additional: Bytes): Promise<Bytes | undefined> {
  const { iv, ciphertext, tag } = sealed
  if (!(await equalBytes(tag, await sealTag(mac, sealed, additional)))) return undefined
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv }, cipher, ciphertext))
}

/** For storages that cannot keep a `CryptoKey`. The key must have been made extractable. */
export async function exportStoredKey(key: CryptoKey): Promise<JsonWebKey> {
  // WebCrypto writes no "alg" for keys on a curve.
  return { alg: 'ES256', ...(await crypto.subtle.exportKey('jwk', key)) }
}

/** @throws {TypeError} if it is no key that `exportStoredKey` wrote. */
export async function importStoredKey(jwk: JsonWebKey): Promise<CryptoKey> {
  const algorithm = jwkAlgorithms.get(jwk.alg)
  if (algorithm === undefined) throw new TypeError('a stored key is of an unknown algorithm')
  return crypto.subtle.importKey('jwk', jwk, algorithm, true, (jwk.key_ops ?? []) as KeyUsage[])
}

async function importSealKey(bytes: Bytes, extractable: boolean, usage: 'encrypt' | 'decrypt'): Promise<SealKey> {
  const [mac, cipher] = await Promise.all([
    crypto.subtle.importKey('raw', bytes.subarray(0, 32), hmacSha512, extractable, ['sign']),
    crypto.subtle.importKey('raw', bytes.subarray(32), 'AES-CBC', extractable, [usage]),
  ])
  return { mac, cipher }
}

async function sealTag(mac: CryptoKey, { iv, ciphertext }: Omit<Sealed, 'tag'>, additional: Bytes): Promise<Bytes> {
  const data = new Uint8Array(additional.length + iv.length + ciphertext.length + 8)
  data.set(additional)
  data.set(iv, additional.length)
  data.set(ciphertext, additional.length + iv.length)
  new DataView(data.buffer).setBigUint64(data.length - 8, BigInt(additional.length) * 8n)
  return new Uint8Array(await crypto.subtle.sign('HMAC', mac, data)).slice(0, 32)
}

/** In constant time: WebCrypto compares MACs so, and a MAC under a key that nobody knows tells nothing of its text. */
async function equalBytes(a: Bytes, b: Bytes): Promise<boolean> {
  const secret = crypto.getRandomValues(new Uint8Array(32))
  const key = await crypto.subtle.importKey('raw', secret, hmacSha256, false, ['sign', 'verify'])
  return crypto.subtle.verify('HMAC', key, await crypto.subtle.sign('HMAC', key, a), b)
}
