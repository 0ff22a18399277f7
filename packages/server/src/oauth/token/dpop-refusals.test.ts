import { generateKeyPair, exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basic, issuer } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Answer } from '../../client-authentication/oauth-endpoint.fixture.ts'
import { dpopKey } from '../../dpop/dpop-proof.fixture.ts'
import type { DpopKey, ProofChanges } from '../../dpop/dpop-proof.fixture.ts'
import { startTokenEndpoint } from './token-route.fixture.ts'
import type { TokenEndpointUnderTest } from './token-route.fixture.ts'

const htu = `${issuer}/oauth/token`
const form = { grant_type: 'client_credentials' }
let at: TokenEndpointUnderTest
let key: DpopKey
let credentials: { readonly authorization: string }
beforeAll(async () => {
  at = await startTokenEndpoint()
  key = await dpopKey()
  const { client, secret } = await at.addConfidentialClient({ grantTypes: ['client_credentials'] })
  credentials = basic(client.id, secret)
})
afterAll(() => at.close())

const send = (dpop: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  at.token(form, { ...credentials, dpop, ...headers })
const now = (): number => Math.floor(Date.now() / 1000)
const make = (changes: ProofChanges = {}, uri = htu): Promise<string> => key.makeProof(uri, changes)
const withClaims = (claims: Readonly<Record<string, unknown>>) => () => make({ claims })
const withHeader = (header: Readonly<Record<string, unknown>>) => () => make({ header })

describe('is refused, with nothing issued, and counted by the rule that it breaks: a proof', () => {
  for (const { name, proof, code } of [
    { name: 'that is empty', proof: async () => '', code: 'dpop_proof_malformed' },
    { name: 'that is no JWS', proof: async () => 'proof', code: 'dpop_proof_malformed' },
    {
      name: 'that is cut off',
      proof: async () => (await make()).replace(/\.[^.]*$/, ''),
      code: 'dpop_proof_malformed',
    },
    { name: 'that is too large', proof: withClaims({ more: 'x'.repeat(9000) }), code: 'dpop_proof_too_large' },
    { name: 'beside another', proof: async () => `${await make()}, ${await make()}`, code: 'dpop_proof_duplicated' },
    { name: 'beside an empty one', proof: async () => `, ${await make()}`, code: 'dpop_proof_duplicated' },
    { name: 'of another type', proof: withHeader({ typ: 'JWT' }), code: 'dpop_type_mismatch' },
    { name: 'without its key', proof: withHeader({ jwk: undefined }), code: 'dpop_key_refused' },
    { name: 'with its private key', proof: () => make({ header: { jwk: key.privateJwk } }), code: 'dpop_key_refused' },
    {
      name: 'with a symmetric key',
      proof: withHeader({ jwk: { kty: 'oct', k: 'c2VjcmV0' } }),
      code: 'dpop_key_refused',
    },
    { name: 'that names its key elsewhere', proof: withHeader({ kid: 'k1' }), code: 'dpop_header_refused' },
    {
      name: 'by another key than it holds',
      proof: async () => make({ signer: (await generateKeyPair('ES256')).privateKey }),
      code: 'dpop_signature_invalid',
    },
    {
      name: 'by an algorithm that is not taken',
      proof: async () => {
        const { privateKey, publicKey } = await generateKeyPair('RS256')
        return make({ header: { alg: 'RS256', jwk: await exportJWK(publicKey) }, signer: privateKey })
      },
      code: 'dpop_algorithm_refused',
    },
    { name: 'without an id', proof: withClaims({ jti: undefined }), code: 'dpop_claim_missing' },
    { name: 'with an id that is no text', proof: withClaims({ jti: 7 }), code: 'dpop_claim_invalid' },
    { name: 'without a time', proof: withClaims({ iat: undefined }), code: 'dpop_claim_missing' },
    { name: 'for another method', proof: withClaims({ htm: 'GET' }), code: 'dpop_method_mismatch' },
    { name: 'for the method in lower case', proof: withClaims({ htm: 'post' }), code: 'dpop_method_mismatch' },
    { name: 'for another endpoint', proof: () => make({}, `${issuer}/oauth/revoke`), code: 'dpop_uri_mismatch' },
    { name: 'for an API', proof: () => make({}, 'https://orders.example/oauth/token'), code: 'dpop_uri_mismatch' },
    {
      name: 'for plain HTTP',
      proof: () => make({}, htu.replace('https:', 'http:')),
      code: 'dpop_uri_mismatch',
    },
    {
      name: 'for another port',
      proof: () => make({}, 'https://id.example:4000/oauth/token'),
      code: 'dpop_uri_mismatch',
    },
    { name: 'for a path only', proof: () => make({}, '/oauth/token'), code: 'dpop_uri_mismatch' },
    { name: 'that is a minute old', proof: () => make({ claims: { iat: now() - 62 } }), code: 'dpop_proof_expired' },
    { name: 'of the future', proof: () => make({ claims: { iat: now() + 30 } }), code: 'dpop_proof_in_future' },
  ]) {
    test(name, async () => {
      const before = at.counted.length
      const { status, body, headers } = await send(await proof())
      expect([status, body.error]).toEqual([400, 'invalid_dpop_proof'])
      expect(body).not.toHaveProperty('access_token')
      expect(at.counted.slice(before)).toContain(code)
      expect(at.nonces.check(String(headers['dpop-nonce']))).toBe(true)
    })
  }

  test('that comes again, also many times at once', async () => {
    const proof = await make()
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(proof)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    const { status, body } = await send(proof)
    expect([status, body.error]).toEqual([400, 'invalid_dpop_proof'])
    expect(at.counted).toContain('dpop_proof_replayed')
  })
})

test('the proof of a client that does not authenticate is not spent: the client can send it', async () => {
  const proof = await make()
  for (const authorization of [basic('nobody', 'x').authorization, credentials.authorization.slice(0, -8)]) {
    const { status, body } = await send(proof, { authorization })
    expect([status, body.error]).toEqual([401, 'invalid_client'])
  }
  expect((await send(proof)).status).toBe(200)
})

test('the host that a request names does not matter: a proof is for the issuer', async () => {
  expect((await send(await make(), { host: 'evil.example' })).status).toBe(200)
  const elsewhere = await make({}, 'https://evil.example/oauth/token')
  expect((await send(elsewhere, { host: 'evil.example' })).body.error).toBe('invalid_dpop_proof')
})

test('the URI may be spelled in another way that means the same (RFC 9449 §4.3)', async () => {
  expect((await send(await make({}, 'HTTPS://ID.example:443/oauth/./token?x=1'))).status).toBe(200)
})

describe('nonces (RFC 9449 §8)', () => {
  const origin = { origin: 'https://app.example' }
  const nonceOf = ({ headers }: Answer): string => String(headers['dpop-nonce'])

  test('are demanded of browsers, given out with the demand, and good for many proofs', async () => {
    const asked = await send(await make(), origin)
    expect([asked.status, asked.body.error]).toEqual([400, 'use_dpop_nonce'])
    for (let proofs = 0; proofs < 3; proofs++) {
      const proof = await make({ claims: { nonce: nonceOf(asked) } })
      expect((await send(proof, origin)).status).toBe(200)
    }
  })

  test('are told to pages of registered origins', async () => {
    const { headers } = await send(await make(), origin)
    expect(headers['access-control-expose-headers']).toMatch(/\bDPoP-Nonce\b/)
  })

  for (const { name, nonce } of [
    { name: 'a text', nonce: () => 'nonce' },
    { name: 'another server’s', nonce: () => 'A'.repeat(30) },
    { name: 'one that is altered', nonce: () => at.nonces.make().replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')) },
  ]) {
    test(`${name} is none, wherever it comes from`, async () => {
      for (const headers of [{}, origin]) {
        const { status, body } = await send(await make({ claims: { nonce: nonce() } }), headers)
        expect([status, body.error]).toEqual([400, 'use_dpop_nonce'])
      }
    })
  }

  test('one that is no text makes the proof malformed', async () => {
    expect((await send(await make({ claims: { nonce: 7 } }))).body.error).toBe('invalid_dpop_proof')
  })

  test('are good for a minute', async () => {
    const nonce = at.nonces.make()
    at.pass(61)
    const iat = now() + 61
    expect((await send(await make({ claims: { nonce, iat } }))).body.error).toBe('use_dpop_nonce')
    expect((await send(await make({ claims: { nonce: at.nonces.make(), iat } }))).status).toBe(200)
    at.pass(-61)
  })

  test('come with no answer to a request without a proof', async () => {
    const { status, headers } = await at.token(form, credentials)
    expect(status).toBe(200)
    expect(headers).not.toHaveProperty('dpop-nonce')
  })
})
