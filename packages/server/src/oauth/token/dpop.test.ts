import { decodeUnverified } from '@countersign/tokens'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basic, issuer } from '../../client-authentication/oauth-endpoint.fixture.ts'
import { dpopKey } from '../../dpop/dpop-proof.fixture.ts'
import type { DpopKey, ProofChanges } from '../../dpop/dpop-proof.fixture.ts'
import { startTokenEndpoint } from './token-route.fixture.ts'
import type { TokenEndpointUnderTest } from './token-route.fixture.ts'

const htu = `${issuer}/oauth/token`
let at: TokenEndpointUnderTest
let owner: DpopKey
let thief: DpopKey
beforeAll(async () => {
  at = await startTokenEndpoint()
  owner = await dpopKey()
  thief = await dpopKey()
})
afterAll(() => at.close())

const proofOf = async (key: DpopKey, claims: ProofChanges['claims'] = {}) => ({
  dpop: await key.makeProof(htu, { claims: { nonce: at.nonces.make(), ...claims } }),
})
const claimsOf = (token: string) => decodeUnverified(token).claims

/** A code of a public client, and what it buys with a proof of the owner. */
async function signIn(facts: { readonly dpopJkt?: string } = {}) {
  const { id: clientId } = await at.addClient()
  const issued = await at.issueCode({ clientId, ...facts })
  return { clientId, issued, redeem: async (headers: Record<string, string>) => at.redeem(issued, {}, headers) }
}

describe('tokens are bound to the key of the proof that comes with the request (RFC 9449 §5)', () => {
  for (const alg of ['ES256', 'Ed25519'] as const) {
    test(`of a public client, with ${alg}: the access token and the refresh token`, async () => {
      const key = await dpopKey(alg)
      const { redeem, clientId } = await signIn()
      const { status, body, headers } = await redeem(await proofOf(key))
      expect([status, body.token_type]).toEqual([200, 'DPoP'])
      expect(claimsOf(body.access_token)['cnf']).toEqual({ jkt: key.jkt })
      expect(at.nonces.check(String(headers['dpop-nonce']))).toBe(true)

      const refused = [await at.refresh(clientId, body.refresh_token)]
      refused.push(await at.refresh(clientId, body.refresh_token, {}, await proofOf(thief)))
      for (const answer of refused) expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant'])
      const refreshed = await at.refresh(clientId, body.refresh_token, {}, await proofOf(key))
      expect(refreshed.body.token_type).toBe('DPoP')
      expect(claimsOf(refreshed.body.access_token)['cnf']).toEqual({ jkt: key.jkt })
    })
  }

  test('of a confidential client: the access token; its refresh token is bound to the client, which may change its key', async () => {
    const { client, secret } = await at.addConfidentialClient()
    const { code, verifier } = await at.issueCode({ clientId: client.id })
    const send = async (form: Record<string, string>, key: DpopKey) =>
      at.token(form, { ...basic(client.id, secret), ...(await proofOf(key)) })
    const first = await send({ grant_type: 'authorization_code', code, code_verifier: verifier }, owner)
    expect(claimsOf(first.body.access_token)['cnf']).toEqual({ jkt: owner.jkt })
    const second = await send({ grant_type: 'refresh_token', refresh_token: first.body.refresh_token }, thief)
    expect(claimsOf(second.body.access_token)['cnf']).toEqual({ jkt: thief.jkt })
  })

  test('of a client that acts for itself', async () => {
    const { client, secret } = await at.addConfidentialClient({ grantTypes: ['client_credentials'] })
    const headers = { ...basic(client.id, secret), ...(await proofOf(owner)) }
    const { body } = await at.token({ grant_type: 'client_credentials' }, headers)
    expect([body.token_type, claimsOf(body.access_token)['cnf']]).toEqual(['DPoP', { jkt: owner.jkt }])
  })

  test('and to nothing without one: the refresh token is bound when a proof comes', async () => {
    const { redeem, clientId } = await signIn()
    const { body } = await redeem({})
    expect([body.token_type, claimsOf(body.access_token)]).toEqual([
      'Bearer',
      expect.not.objectContaining({ cnf: expect.anything() }),
    ])
    const bound = await at.refresh(clientId, body.refresh_token, {}, await proofOf(owner))
    expect(bound.body.token_type).toBe('DPoP')
    expect((await at.refresh(clientId, bound.body.refresh_token)).body.error).toBe('invalid_grant')
  })

  test('a lost answer may be had again with the key, and not without (RFC 9700 §4.14)', async () => {
    const { redeem, clientId, issued } = await signIn()
    const { body } = await redeem(await proofOf(owner))
    expect((await at.refresh(clientId, body.refresh_token, {}, await proofOf(owner))).status).toBe(200)
    const retried = await at.refresh(clientId, body.refresh_token, {}, await proofOf(owner))
    expect(retried.status).toBe(200)
    expect((await at.refresh(clientId, body.refresh_token, {}, await proofOf(thief))).body.error).toBe('invalid_grant')
    expect((await at.store.grants.find(issued.grant.id))?.revokedAt).not.toBeNull()
  })
})

describe('a code that is bound to a key (RFC 9449 §10)', () => {
  test('is redeemed with it', async () => {
    const { redeem } = await signIn({ dpopJkt: owner.jkt })
    expect((await redeem(await proofOf(owner))).status).toBe(200)
  })

  for (const { name, headers } of [
    { name: 'with another key', headers: () => proofOf(thief) },
    { name: 'without a proof', headers: async () => ({}) },
  ]) {
    test(`is not redeemed ${name}, and then by nobody`, async () => {
      const { redeem } = await signIn({ dpopJkt: owner.jkt })
      expect((await redeem(await headers())).body.error).toBe('invalid_grant')
      expect((await redeem(await proofOf(owner))).body.error).toBe('invalid_grant')
    })
  }
})

test('a client that is to have bound tokens only gets none without a proof (RFC 9449 §5.2)', async () => {
  const { client, secret } = await at.addConfidentialClient({ grantTypes: ['client_credentials'], dpopBound: true })
  const form = { grant_type: 'client_credentials' }
  const { status, body } = await at.token(form, basic(client.id, secret))
  expect([status, body.error]).toEqual([400, 'invalid_dpop_proof'])
  expect((await at.token(form, { ...basic(client.id, secret), ...(await proofOf(owner)) })).status).toBe(200)
})

test('a proof that is refused spends neither the code nor the refresh token', async () => {
  const { redeem, clientId } = await signIn()
  expect((await redeem(await proofOf(owner, { htm: 'GET' }))).body.error).toBe('invalid_dpop_proof')
  const { body } = await redeem(await proofOf(owner))
  const wrong = await proofOf(owner, { nonce: 'made up' })
  expect((await at.refresh(clientId, body.refresh_token, {}, wrong)).body.error).toBe('use_dpop_nonce')
  expect((await at.refresh(clientId, body.refresh_token, {}, await proofOf(owner))).status).toBe(200)
})

test('proofs that were made ahead in a browser are worth nothing, wherever they are sent from (RFC 9449 §11.2)', async () => {
  const { redeem, clientId } = await signIn()
  const { body } = await redeem({ ...(await proofOf(owner)), origin: 'https://app.example' })
  const tomorrow = Math.floor(Date.now() / 1000) + 86_400
  const prepared = []
  for (const nonce of [undefined, at.nonces.make()]) prepared.push(await proofOf(owner, { iat: tomorrow, nonce }))
  at.pass(86_400)
  for (const proof of prepared) {
    expect((await at.refresh(clientId, body.refresh_token, {}, proof)).body.error).toBe('use_dpop_nonce')
  }
  expect((await at.refresh(clientId, body.refresh_token, {}, await proofOf(owner, { iat: tomorrow }))).status).toBe(200)
  at.pass(-86_400)
})
