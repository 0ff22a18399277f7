import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vector from '../vectors/rfc7636/appendix-b.json' with { type: 'json' }
import { OAuthError } from './oauth-error.ts'
import { makeCodeChallenge, parseCodeChallenge, verifyCodeVerifier } from './pkce.ts'
import type { Sha256 } from './pkce.ts'

const sha256: Sha256 = (data) => createHash('sha256').update(data).digest()
const { code_verifier: verifier, code_challenge: challenge } = vector

test('the example of RFC 7636 Appendix B', async () => {
  expect(await makeCodeChallenge(verifier, sha256)).toBe(challenge)
  expect(await verifyCodeVerifier(verifier, challenge, sha256)).toBe(true)
  expect(parseCodeChallenge(challenge, 'S256')).toBe(challenge)
})

test('WebCrypto serves as the hash', async () => {
  const webSha256: Sha256 = async (data) => new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(data)))
  expect(await makeCodeChallenge(verifier, webSha256)).toBe(challenge)
})

describe('parseCodeChallenge', () => {
  for (const { name, challenge: given, method } of [
    { name: 'a missing challenge', challenge: undefined, method: 'S256' },
    { name: 'a missing method, which would mean plain', challenge, method: undefined },
    { name: 'plain', challenge: verifier, method: 'plain' },
    { name: 'a method in another case', challenge, method: 's256' },
    { name: 'the empty challenge', challenge: '', method: 'S256' },
    { name: '42 characters', challenge: challenge.slice(1), method: 'S256' },
    { name: '44 characters', challenge: `${challenge}A`, method: 'S256' },
    { name: 'padding', challenge: `${challenge}=`, method: 'S256' },
    { name: 'a final line feed', challenge: `${challenge}\n`, method: 'S256' },
    { name: 'plain base64', challenge: challenge.replace('-', '+'), method: 'S256' },
    { name: 'spare bits that are not zero', challenge: challenge.replace(/M$/, 'N'), method: 'S256' },
  ]) {
    test(`refuses ${name}`, () => {
      expect(() => parseCodeChallenge(given, method)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
    })
  }

  test('never throws anything but OAuthError', () => {
    const text = fc.option(fc.string({ unit: 'binary' }), { nil: undefined })
    fc.assert(
      fc.property(text, fc.oneof(text, fc.constant('S256')), (given, method) => {
        try {
          parseCodeChallenge(given, method)
        } catch (error) {
          if (!(error instanceof OAuthError)) throw error
        }
      }),
    )
  })
})

describe('verifyCodeVerifier (RFC 7636 §4.1, §4.6)', () => {
  test('43 and 128 unreserved characters are verifiers', async () => {
    for (const given of ['~'.repeat(43), `${'a-._~'.repeat(25)}xyz`]) {
      expect(await verifyCodeVerifier(given, await makeCodeChallenge(given, sha256), sha256)).toBe(true)
    }
  })

  for (const given of ['', 'a'.repeat(42), 'a'.repeat(129), 'é'.repeat(43), `${'a'.repeat(43)}\n`, 'a+'.repeat(30)]) {
    test(`${JSON.stringify(given.slice(0, 45))} (${given.length}) is none, whatever its hash`, async () => {
      const hash = createHash('sha256').update(given).digest('base64url')
      expect(await verifyCodeVerifier(given, hash, sha256)).toBe(false)
      await expect(makeCodeChallenge(given, sha256)).rejects.toMatchObject({ code: 'invalid_request' })
    })
  }

  test('the challenge itself is no verifier, nor is the verifier of another', async () => {
    expect(await verifyCodeVerifier(challenge, challenge, sha256)).toBe(false)
    const other = randomBytes(32).toString('base64url')
    expect(await verifyCodeVerifier(other, challenge, sha256)).toBe(false)
  })
})
