import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basic, issuer } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Answer } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Api, Client } from '../../store/records.ts'
import { startTokenEndpoint } from './token-route.fixture.ts'
import type { TokenEndpointUnderTest } from './token-route.fixture.ts'

let at: TokenEndpointUnderTest
let api: Api
let client: Client
let secret: string
beforeAll(async () => {
  at = await startTokenEndpoint()
  api = await at.addApi()
  const facts = {
    grantTypes: ['client_credentials'] as const,
    audiences: [api.audience],
    scopes: ['openid', 'orders:read'],
  }
  ;({ client, secret } = await at.addConfidentialClient(facts))
})
afterAll(() => at.close())

function ask(form: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return at.token({ grant_type: 'client_credentials', ...form }, basic(client.id, secret))
}

test('a client gets a token for an API, with itself as the subject, and nothing of a user', async () => {
  const { status, body } = await ask({ resource: api.audience })
  expect(status).toBe(200)
  expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type'])
  const claims = decodeJwt(body.access_token)
  expect(claims).toMatchObject({ sub: client.id, client_id: client.id, aud: api.audience, scope: 'orders:read' })
  for (const absent of ['auth_time', 'acr', 'amr']) expect(claims).not.toHaveProperty(absent)
  expect(decodeProtectedHeader(body.access_token)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' })
  expect(await at.trail(String(claims['sid']))).toEqual(['token.issued'])
})

test('without a resource the token is for the issuer', async () => {
  expect(decodeJwt((await ask()).body.access_token)['aud']).toBe(issuer)
  expect(decodeJwt((await ask({ resource: issuer })).body.access_token)['aud']).toBe(issuer)
})

test('the token refers to the place of its grant in the status lists, and no other token does', async () => {
  const places = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const { sid, status } = decodeJwt((await ask()).body.access_token)
      const grant = await at.store.grants.find(String(sid))
      expect(status).toEqual({ status_list: { idx: grant?.statusIndex, uri: `${issuer}/oauth/status/0` } })
      return grant?.statusIndex
    }),
  )
  expect(new Set(places).size).toBe(20)
})

test('a single-use token where it is asked for', async () => {
  expect(decodeJwt((await ask({ single_use: 'true' })).body.access_token)['single_use']).toBe(true)
})

describe('refuses', () => {
  for (const { name, form, code } of [
    {
      name: 'a resource that the client may not name',
      form: { resource: 'https://other.example' },
      code: 'invalid_target',
    },
    { name: 'a resource that is no absolute URI', form: { resource: 'orders' }, code: 'invalid_target' },
    { name: 'a scope that the client has not', form: { scope: 'orders:write' }, code: 'invalid_scope' },
    { name: 'a scope of a person', form: { scope: 'openid' }, code: 'invalid_scope' },
    { name: 'single_use=TRUE', form: { single_use: 'TRUE' }, code: 'invalid_request' },
    {
      name: 'a grant type that is not the client’s',
      form: { grant_type: 'refresh_token' },
      code: 'unauthorized_client',
    },
    { name: 'a grant type that we do not know', form: { grant_type: 'password' }, code: 'unsupported_grant_type' },
    {
      name: 'the name of an inherited property as grant type',
      form: { grant_type: 'constructor' },
      code: 'unsupported_grant_type',
    },
  ]) {
    test(name, async () => {
      const { status, body } = await ask(form)
      expect([status, body.error]).toEqual([400, code])
    })
  }

  test('a request without a grant type', async () => {
    const { status, body } = await at.token({ x: 'y' }, basic(client.id, secret))
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  })

  test('a public client', async () => {
    const open = await at.addClient({ grantTypes: ['client_credentials'] })
    const { body } = await at.token({ grant_type: 'client_credentials', client_id: open.id })
    expect(body.error).toBe('unauthorized_client')
  })
})

test('a browser on a registered origin may read the answer, another may not', async () => {
  const origin = (from: string): Promise<Answer> =>
    at.token({ grant_type: 'client_credentials' }, { ...basic(client.id, secret), origin: from })
  expect((await origin('https://app.example')).headers['access-control-allow-origin']).toBe('https://app.example')
  expect((await origin('https://evil.example')).headers).not.toHaveProperty('access-control-allow-origin')
})
