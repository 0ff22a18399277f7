/**
 * Sealed bodies: a JWE (RFC 7516, `dir` and A256CBC-HS512), as an app makes and opens it, and its parts, as anybody can take
 * them apart.
 */

import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto'

/** What stands between the dots. */
export interface SealedBody {
  /** As it was sent: these characters are authenticated. */
  readonly header: string
  /** Empty: there is one key, and both have it. */
  readonly encryptedKey: string
  readonly iv: Buffer
  readonly ciphertext: Buffer
  readonly tag: Buffer
}

/** The request that a body is sealed for. */
export interface SealedRequest {
  readonly method: string
  readonly url: string
  readonly accessToken: string
  readonly contentType: string
  /** Default: a new one. */
  readonly nonce?: string
}

const halfBytes = 32

export function sealBody(plaintext: string, key: Buffer, request: SealedRequest): string {
  const { method, url, accessToken, contentType, nonce = randomBytes(32).toString('base64url') } = request
  const members = {
    ...{ alg: 'dir', enc: 'A256CBC-HS512', typ: 'countersign-sealed+jwe', cty: contentType },
    ...{ crit: ['cs_dir', 'cs_htm', 'cs_htu', 'cs_ath'], cs_dir: 'req', cs_htm: method, cs_htu: url },
    ...{ cs_ath: createHash('sha256').update(accessToken).digest('base64url') },
    ...{ iat: Math.floor(Date.now() / 1000), nonce },
  }
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', key.subarray(halfBytes), iv)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  const body = { header: encodeHeader(members), encryptedKey: '', iv, ciphertext, tag: Buffer.alloc(0) }
  return formatSealed({ ...body, tag: makeTag(body, key) })
}

/** Undefined if it was not sealed with this key. */
export function openBody(sealed: string, key: Buffer): string | undefined {
  const body = parseSealed(sealed)
  if (!makeTag(body, key).equals(body.tag)) return undefined
  const decipher = createDecipheriv('aes-256-cbc', key.subarray(halfBytes), body.iv)
  return Buffer.concat([decipher.update(body.ciphertext), decipher.final()]).toString()
}

/** Half of an HMAC over all the other parts: the key's first half is for it, the second for the cipher (RFC 7518 §5.2.2.1). */
export function makeTag({ header, iv, ciphertext }: Omit<SealedBody, 'tag'>, key: Buffer): Buffer {
  const headerBits = Buffer.alloc(8)
  headerBits.writeUInt32BE(header.length * 8, 4)
  const mac = createHmac('sha512', key.subarray(0, halfBytes))
  for (const part of [header, iv, ciphertext, headerBits]) mac.update(part)
  return mac.digest().subarray(0, halfBytes)
}

export function parseSealed(sealed: string): SealedBody {
  const [header = '', encryptedKey = '', ...parts] = sealed.split('.')
  const [iv, ciphertext, tag] = [0, 1, 2].map((at) => Buffer.from(parts[at] ?? '', 'base64url')) as [
    Buffer,
    Buffer,
    Buffer,
  ]
  return { header, encryptedKey, iv, ciphertext, tag }
}

export function formatSealed({ header, encryptedKey, iv, ciphertext, tag }: SealedBody): string {
  return [header, encryptedKey, ...[iv, ciphertext, tag].map((bytes) => bytes.toString('base64url'))].join('.')
}

export function encodeHeader(members: object): string {
  return Buffer.from(JSON.stringify(members)).toString('base64url')
}

export function decodeHeader({ header }: Pick<SealedBody, 'header'>): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(header, 'base64url').toString()) as Readonly<Record<string, unknown>>
}
