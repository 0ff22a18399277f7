import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { exportProofJwk, generateProofKey, sha256Text } from '../crypto.ts'
import { makeDpopProof } from './dpop-proof.ts'

const now = 1_800_000_000
const facts = {
  method: 'POST',
  url: new URL('https://api.example/orders?limit=1#top'),
  now,
  nonce: undefined,
  accessToken: undefined,
}
const verify = (proof: string) =>
  jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['ES256'], currentDate: new Date(now * 1000) })

test('a proof speaks of method, URL without query, and time, and is signed by the key within (RFC 9449 §4.2)', async () => {
  const key = await generateProofKey(false)
  const { payload, protectedHeader } = await verify(await makeDpopProof(key, facts))
  expect(payload).toEqual({
    jti: expect.stringMatching(/^[\w-]{43}$/),
    htm: 'POST',
    htu: 'https://api.example/orders',
    iat: now,
  })
  expect(Object.keys(protectedHeader)).toEqual(['typ', 'alg', 'jwk'])
  expect(await calculateJwkThumbprint(protectedHeader.jwk!)).toBe(
    await calculateJwkThumbprint(await exportProofJwk(key)),
  )
})

test('with a token it holds its hash, with a nonce that nonce (RFC 9449 §4.2, §8)', async () => {
  const key = await generateProofKey(false)
  const proof = await makeDpopProof(key, { ...facts, accessToken: 'at-1', nonce: 'n-1' })
  expect((await verify(proof)).payload).toMatchObject({ ath: await sha256Text('at-1'), nonce: 'n-1' })
})

test('no two proofs are the same, but their header is, to the byte', async () => {
  const key = await generateProofKey(false)
  const [one, two] = [await makeDpopProof(key, facts), await makeDpopProof(key, facts)]
  expect(one).not.toBe(two)
  expect(one.split('.')[0]).toBe(two.split('.')[0])
})
