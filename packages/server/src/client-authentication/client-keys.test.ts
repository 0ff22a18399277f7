import { exportPrivateJwk, exportPublicJwk, generateKey } from '@countersign/tokens'
import { expect, test } from 'vitest'
import { verifyClientAssertion } from './client-assertion.ts'
import { clientKeys } from './client-keys.ts'

const jwksOf = async (count: number): Promise<string> =>
  JSON.stringify({
    keys: await Promise.all(Array.from({ length: count }, async () => exportPublicJwk(await generateKey('ES256')))),
  })

test('of one text they are parsed once, of another anew: a client that changes its keys is known by the new ones', async () => {
  const [jwks, others] = [await jwksOf(1), await jwksOf(1)]
  expect(clientKeys(jwks)).toBe(clientKeys(JSON.stringify(JSON.parse(jwks))))
  expect(clientKeys(others).map(exportPublicJwk)).toEqual((JSON.parse(others) as { keys: object[] }).keys)
})

test('an assertion that nobody signed does not have them parsed', async () => {
  const jwks = await jwksOf(100)
  const forged = [{ alg: 'ES256', kid: 'none' }, { sub: 'c' }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat('A'.repeat(86))
    .join('.')
  const timeOf = (text: string): number => {
    const startAt = performance.now()
    expect(() => verifyClientAssertion(forged, text, { clientId: 'c', issuer: 'i', now: 1 })).toThrow(
      expect.objectContaining({ code: 'token_key_unknown' }),
    )
    return performance.now() - startAt
  }
  // White space makes another text of it.
  const parsed = Array.from({ length: 10 }, (_, at) => timeOf(jwks + ' '.repeat(at)))
  const recalled = Array.from({ length: 10 }, () => timeOf(jwks))
  expect(Math.min(...recalled)).toBeLessThan(Math.min(...parsed) / 4)
})

test('no more are kept than of a thousand texts', async () => {
  const jwks = await jwksOf(1)
  const first = clientKeys(jwks)
  for (let at = 1; at <= 1000; at++) clientKeys(jwks + ' '.repeat(at))
  expect(clientKeys(jwks)).not.toBe(first)
})

test('private keys are not among them', async () => {
  const jwk = exportPrivateJwk(await generateKey('ES256'))
  expect(clientKeys(JSON.stringify({ keys: [jwk] }))).toEqual([])
})
