import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { noon } from '../../guard.fixture.ts'
import { proofMaker } from './dpop.fixture.ts'
import { recallProofKey } from './proof-key.ts'
import { verifyDpopProof } from './verify-dpop-proof.ts'
import type { ExpectedDpopProof } from './verify-dpop-proof.ts'

const expected: ExpectedDpopProof = { method: 'GET', uri: 'https://api.example/', now: noon, skew: 5 }
const client = await proofMaker()

describe('a good proof', () => {
  for (const alg of ['ES256', 'Ed25519'] as const) {
    test(`of ${alg} says whose it is, and what is to be spent`, async () => {
      const { jkt, jwk, makeProof } = await proofMaker(alg)
      const proof = verifyDpopProof(makeProof({ claims: { jti: 'once', nonce: 'n' } }), expected)
      expect(proof).toMatchObject({ jkt, jti: 'once', iat: noon, nonce: 'n', key: { alg, kind: 'public' } })
      expect(proof.key.keyObject.export({ format: 'jwk' })).toEqual(jwk)
    })
  }

  test('may call Ed25519 by its older name', async () => {
    const { jkt, makeProof } = await proofMaker('Ed25519')
    expect(verifyDpopProof(makeProof({ header: { alg: 'EdDSA' } }), expected).jkt).toBe(jkt)
  })

  test('is good as often as it is asked about: spending is for the caller', () => {
    const proof = client.makeProof()
    expect(verifyDpopProof(proof, expected)).toEqual(verifyDpopProof(proof, expected))
  })

  test('has its key remembered by its header, unless that is filled with what nobody needs', async () => {
    const { jkt, makeProof } = await proofMaker()
    for (const { padding, isRemembered } of [
      { padding: '', isRemembered: true },
      { padding: 'x'.repeat(1024), isRemembered: false },
    ]) {
      const proof = makeProof({ header: { padding } })
      expect(verifyDpopProof(proof, expected).jkt).toBe(jkt)
      expect(recallProofKey(proof.slice(0, proof.indexOf('.'))) !== undefined).toBe(isRemembered)
    }
  })

  for (const { name, changes = {}, expectation = {} } of [
    { name: 'of a minute ago', changes: { claims: { iat: noon - 60 } } },
    { name: 'from a clock that is ahead by the skew', changes: { claims: { iat: noon + 5 } } },
    { name: 'made within a second', changes: { claims: { iat: noon + 0.5 } } },
    { name: 'whose URI has a query and a fragment', changes: { claims: { htu: 'https://api.example/?a=b#c' } } },
    {
      name: 'whose URI is spelt otherwise',
      changes: { claims: { htu: 'HTTPS://API.example:443/%7Ea/./b' } },
      expectation: { uri: 'https://api.example/~a/b?c=d' },
    },
    { name: 'of a request with a query', expectation: { uri: 'https://api.example/?a=b' } },
    { name: 'with claims that nobody asked for', changes: { claims: { exp: 0, htq: 'x', events: {} } } },
    { name: 'with header members that name no key', changes: { header: { cty: 'x', 'x-note': 'y' } } },
    { name: 'for the access token', changes: { accessToken: 'abc' }, expectation: { accessToken: 'abc' } },
    { name: 'with an "ath" where no token is expected', changes: { accessToken: 'abc' } },
    { name: 'of the key that is expected', expectation: { jkt: client.jkt } },
    {
      name: 'whose JWK has what WebCrypto adds',
      changes: { header: { jwk: { ...client.jwk, key_ops: ['verify'], ext: true } } },
    },
  ]) {
    test(`may be one ${name}`, () => {
      expect(verifyDpopProof(client.makeProof(changes), { ...expected, ...expectation }).jkt).toBe(client.jkt)
    })
  }
})

test('the examples of RFC 9449', () => {
  const { accessToken, examples } = JSON.parse(
    readFileSync(new URL('../../../vectors/rfc9449/examples.json', import.meta.url), 'utf8'),
  ) as {
    readonly accessToken: string
    readonly examples: readonly {
      readonly jwt: string
      readonly jkt: string | null
      readonly payload: { readonly htm: string; readonly htu: string; readonly iat: number; readonly ath?: string }
    }[]
  }
  const proofs = examples.filter(({ jkt }) => jkt !== null)
  expect(proofs).toHaveLength(3)
  for (const { jwt, jkt, payload } of proofs) {
    const forToken = payload.ath === undefined ? {} : { accessToken }
    const request = { method: payload.htm, uri: payload.htu, now: payload.iat + 1, skew: 5, ...forToken }
    expect(verifyDpopProof(jwt, request).jkt).toBe(jkt)
    expect(() => verifyDpopProof(jwt, { ...request, now: noon })).toThrow(
      expect.objectContaining({ code: 'dpop_proof_expired' }),
    )
  }
})
