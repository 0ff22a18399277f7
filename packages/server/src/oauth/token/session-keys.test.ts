import { hkdfSync } from 'node:crypto'
import { decodeUnverified } from '@countersign/tokens'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basic, issuer } from '../../client-authentication/oauth-endpoint.fixture.ts'
import { dpopKey } from '../../dpop/dpop-proof.fixture.ts'
import type { Api } from '../../store/records.ts'
import { startTokenEndpoint } from './token-route.fixture.ts'
import type { TokenEndpointUnderTest } from './token-route.fixture.ts'

let at: TokenEndpointUnderTest
let api: Api
beforeAll(async () => {
  at = await startTokenEndpoint()
  api = await at.addApi({ sessionKeys: true, singleUseScopes: ['orders:write'] })
  await at.apiSecrets.make(api.audience, at.clock())
})
afterAll(() => at.close())

/** A service that asks for tokens for the API. */
async function addService(audiences: readonly string[] = [api.audience]) {
  const grantTypes = ['client_credentials'] as const
  const { client, secret } = await at.addConfidentialClient({ grantTypes, audiences })
  const ask = async (form: Record<string, string> = {}, headers: Record<string, string> = {}) => {
    const all = { grant_type: 'client_credentials', resource: api.audience, scope: 'orders:read', ...form }
    return at.token(all, { ...basic(client.id, secret), ...headers })
  }
  return { clientId: client.id, ask }
}

/** The derivation as the API does it, written down once more. */
function derive(secret: Uint8Array, use: string, parts: readonly string[], length: number): string {
  const info = ['countersign/v1', use, ...parts].map((part) => {
    const bytes = Buffer.from(part)
    return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes])
  })
  return Buffer.from(hkdfSync('sha256', secret, '', Buffer.concat(info), length)).toString('base64url')
}

describe('session keys', () => {
  for (const isBound of [false, true]) {
    test(`are those that the API derives, of a token that is ${isBound ? '' : 'not '}bound to a key`, async () => {
      const { clientId, ask } = await addService()
      const key = await dpopKey()
      const headers = isBound ? { dpop: await key.makeProof(`${issuer}/oauth/token`) } : {}
      const { status, body } = await ask({ session_keys: 'true' }, headers)
      expect(status).toBe(200)
      const { cs_key: version, jti } = decodeUnverified(body.access_token).claims
      const [known] = await at.apiSecrets.list(api.audience)
      if (known === undefined) throw new Error('there is no secret')
      expect(version).toBe(known.version)
      const parts = [issuer, api.audience, clientId, String(jti), isBound ? key.jkt : '']
      expect(body.session_keys).toEqual({
        sig: derive(known.secret, 'sig', parts, 32),
        'seal-req': derive(known.secret, 'seal-req', parts, 64),
        'seal-res': derive(known.secret, 'seal-res', parts, 64),
      })
    })
  }

  test('come with no token that they were not asked for with', async () => {
    const { ask } = await addService()
    const { body } = await ask()
    expect(body).not.toHaveProperty('session_keys')
    expect(decodeUnverified(body.access_token).claims).not.toHaveProperty('cs_key')
  })

  test('come from the secret that is active', async () => {
    const { audience } = await at.addApi({ sessionKeys: true })
    const { ask } = await addService([audience])
    const form = { session_keys: 'true', resource: audience }
    const versionNow = async () => decodeUnverified((await ask(form)).body.access_token).claims['cs_key']
    const first = await at.apiSecrets.make(audience, at.clock())
    const second = await at.apiSecrets.make(audience, at.clock() + 3600)
    expect(await versionNow()).toBe(first?.version)
    at.pass(3600)
    expect(await versionNow()).toBe(second?.version)
    at.pass(-3600)
  })

  test('come with a refreshed token, too', async () => {
    const { id: clientId } = await at.addClient({ audiences: [api.audience] })
    const issued = await at.issueCode({ clientId, resource: api.audience, scope: 'orders:read' })
    const { body } = await at.redeem(issued)
    const refreshed = await at.refresh(clientId, body.refresh_token, { session_keys: 'true' })
    expect(refreshed.body.session_keys).toHaveProperty('sig')
  })

  test('are refused for the issuer, for an API that has none, and for one whose creation was interrupted', async () => {
    const [without, unfinished] = [await at.addApi(), await at.addApi({ sessionKeys: true })]
    const { ask } = await addService([without.audience, unfinished.audience])
    for (const resource of [issuer, without.audience, unfinished.audience]) {
      const { status, body } = await ask({ session_keys: 'true', resource })
      expect([status, body.error]).toEqual([400, 'invalid_request'])
    }
  })
})

describe('a token with a scope that is for one request', () => {
  const isSingleUse = (text: string) => decodeUnverified(text).claims['single_use'] === true

  test('is single-use, asked for or not', async () => {
    const { ask } = await addService()
    expect(isSingleUse((await ask({ scope: 'orders:read orders:write' })).body.access_token)).toBe(true)
    expect(isSingleUse((await ask()).body.access_token)).toBe(false)
  })

  test('is not, where that scope was left out at the refresh', async () => {
    const { id: clientId } = await at.addClient({ audiences: [api.audience] })
    const issued = await at.issueCode({ clientId, resource: api.audience, scope: 'orders:read orders:write' })
    const { body } = await at.redeem(issued)
    expect(isSingleUse(body.access_token)).toBe(true)
    const refreshed = await at.refresh(clientId, body.refresh_token, { scope: 'orders:read' })
    expect(isSingleUse(refreshed.body.access_token)).toBe(false)
  })
})
