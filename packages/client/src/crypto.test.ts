import { calculateJwkThumbprint, compactDecrypt, CompactEncrypt, compactVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { decodeBase64url, encodeBase64url, encodeJson, utf8 } from './base64url.ts'
import {
  exportProofJwk,
  exportStoredKey,
  generateProofKey,
  importSessionKeys,
  importStoredKey,
  seal,
  signWithProofKey,
  signWithSessionKey,
  thumbprint,
  unseal,
} from './crypto.ts'
import type { SessionKeys } from './crypto.ts'

const bytes = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length))
const raw = { signing: bytes(32), sealing: bytes(64), opening: bytes(64) }

describe('a proof key', () => {
  test('signs what jose verifies, and has the thumbprint that jose calculates', async () => {
    const key = await generateProofKey(false)
    const jwk = await exportProofJwk(key)
    const content = `${encodeJson({ alg: 'ES256' })}.${encodeJson({ ok: true })}`
    const signature = encodeBase64url(await signWithProofKey(key, utf8(content)))
    await compactVerify(`${content}.${signature}`, key.publicKey)
    expect(await thumbprint(jwk)).toBe(await calculateJwkThumbprint(jwk))
    expect(Object.keys(jwk)).toEqual(['kty', 'crv', 'x', 'y'])
  })

  test('cannot be exported, unless it was made so', async () => {
    const { privateKey } = await generateProofKey(false)
    await expect(exportStoredKey(privateKey)).rejects.toThrow()
  })
})

describe('A256CBC-HS512', () => {
  const additional = encodeJson({ alg: 'dir', enc: 'A256CBC-HS512' })

  test.for([0, 1, 15, 16, 17, 1000])('jose opens what we seal: %i bytes', async (length) => {
    const keys = await importSessionKeys(raw, false)
    const plaintext = bytes(length)
    const { iv, ciphertext, tag } = await seal(keys.sealing, plaintext, utf8(additional))
    const jwe = [additional, '', ...[iv, ciphertext, tag].map((part) => encodeBase64url(part))].join('.')
    expect(new Uint8Array((await compactDecrypt(jwe, raw.sealing)).plaintext)).toEqual(plaintext)
  })

  test('we open what jose seals, and nothing that was changed', async () => {
    const keys = await importSessionKeys(raw, false)
    const jwe = await new CompactEncrypt(utf8('an answer'))
      .setProtectedHeader({ alg: 'dir', enc: 'A256CBC-HS512' })
      .encrypt(raw.opening)
    const [header = '', , iv = '', ciphertext = '', tag = ''] = jwe.split('.')
    const sealed = {
      iv: decodeBase64url(iv),
      ciphertext: decodeBase64url(ciphertext),
      tag: decodeBase64url(tag),
    }
    expect(await unseal(keys.opening, sealed, utf8(header))).toEqual(utf8('an answer'))
    for (const part of ['iv', 'ciphertext', 'tag'] as const) {
      const changed = sealed[part].slice()
      changed[0]! ^= 1
      expect(await unseal(keys.opening, { ...sealed, [part]: changed }, utf8(header)), part).toBeUndefined()
    }
    expect(await unseal(keys.opening, sealed, utf8(`${header}A`))).toBeUndefined()
    expect(await unseal(keys.opening, { ...sealed, tag: sealed.tag.slice(0, 16) }, utf8(header))).toBeUndefined()
    const other = await importSessionKeys({ ...raw, opening: bytes(64) }, false)
    expect(await unseal(other.opening, sealed, utf8(header))).toBeUndefined()
  })
})

test('session keys do what they did after a stay in a file', async () => {
  const keys = await importSessionKeys(raw, true)
  const stay = async (key: CryptoKey) =>
    importStoredKey(JSON.parse(JSON.stringify(await exportStoredKey(key))) as JsonWebKey)
  const after: SessionKeys = {
    signing: await stay(keys.signing),
    sealing: { mac: await stay(keys.sealing.mac), cipher: await stay(keys.sealing.cipher) },
    opening: { mac: await stay(keys.opening.mac), cipher: await stay(keys.opening.cipher) },
  }
  expect(await signWithSessionKey(after, utf8('x'))).toEqual(await signWithSessionKey(keys, utf8('x')))
  const sealed = await seal(keys.sealing, utf8('x'), utf8('header'))
  // Each key does one thing: the one that seals requests opens none.
  await expect(unseal(after.sealing, sealed, utf8('header'))).rejects.toThrow()
  await expect(importStoredKey({ kty: 'oct', alg: 'none' })).rejects.toThrow(TypeError)
})
