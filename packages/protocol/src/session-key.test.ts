import { createHmac, hkdfSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { deriveSessionKey, sessionKeyBytes, sessionKeyInfo } from './session-key.ts'
import type { HkdfInput, SessionKeyFacts, SessionKeyUse } from './session-key.ts'

const secret = Uint8Array.from({ length: 32 }, (_, at) => at)
const facts: SessionKeyFacts = {
  issuer: 'https://id.example',
  audience: 'https://api.example',
  clientId: 'app',
  tokenId: 'token-1',
  jkt: 'thumb',
}
const uses = ['sig', 'seal-req', 'seal-res'] as const

const hkdf = ({ secret: ikm, info, lengthBytes }: HkdfInput): string =>
  Buffer.from(hkdfSync('sha256', ikm, new Uint8Array(), info, lengthBytes)).toString('hex')

const derive = (use: SessionKeyUse, changed: Partial<SessionKeyFacts> = {}): string =>
  deriveSessionKey(secret, use, { ...facts, ...changed }, hkdf)

test('the info is each part after its length in two bytes', () => {
  const text = Buffer.from(sessionKeyInfo('sig', { ...facts, clientId: 'ä', jkt: undefined })).toString('latin1')
  const expected = [
    '\0\x0ecountersign/v1',
    '\0\x03sig',
    '\0\x12https://id.example',
    '\0\x13https://api.example',
    '\0\x02\xc3\xa4',
    '\0\x07token-1',
    '\0\0',
  ]
  expect(text).toBe(expected.join(''))
})

test('a key is HKDF-SHA256 with an empty salt, as RFC 5869 §2 puts it together from HMACs', () => {
  const mac = (key: Uint8Array, ...data: readonly Uint8Array[]): Buffer =>
    data.reduce((hmac, part) => hmac.update(part), createHmac('sha256', key)).digest()
  const extracted = mac(new Uint8Array(32), secret)
  for (const use of uses) {
    const info = sessionKeyInfo(use, facts)
    const first = mac(extracted, info, Uint8Array.of(1))
    const second = mac(extracted, first, info, Uint8Array.of(2))
    const key = Buffer.concat([first, second]).subarray(0, sessionKeyBytes[use])
    expect(derive(use)).toBe(key.toString('hex'))
  }
})

test('a key of another use, token, client, API, issuer or bound key is another key', () => {
  const keys = [
    ...uses.map((use) => derive(use)),
    ...(['issuer', 'audience', 'clientId', 'tokenId', 'jkt'] as const).map((name) =>
      derive('sig', { [name]: 'other' }),
    ),
    derive('sig', { jkt: undefined }),
    // The same text, parted elsewhere.
    derive('sig', { clientId: 'apptoken', tokenId: '-1' }),
  ]
  expect(new Set(keys.map((key) => key.slice(0, 64))).size).toBe(keys.length)
})

test('an asynchronous HKDF makes an asynchronous derivation', async () => {
  const key = deriveSessionKey(secret, 'sig', facts, async (input) => hkdf(input))
  expect(key).toBeInstanceOf(Promise)
  expect(await key).toBe(derive('sig'))
})

for (const length of [0, 16, 31, 33, 64]) {
  test(`a secret of ${length} bytes derives nothing`, () => {
    expect(() => deriveSessionKey(new Uint8Array(length), 'sig', facts, hkdf)).toThrow(TypeError)
  })
}

test('facts that are longer than an HKDF takes derive nothing', () => {
  const others = sessionKeyInfo('sig', { ...facts, tokenId: '' }).length
  expect(() => derive('sig', { tokenId: 'x'.repeat(1024 - others) })).not.toThrow()
  expect(() => derive('sig', { tokenId: 'x'.repeat(1025 - others) })).toThrow(TypeError)
})
