import { exportPrivateJwk, exportPublicJwk, generateKey } from '@countersign/tokens'
import { expect, test } from 'vitest'
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
