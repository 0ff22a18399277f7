import { hash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { makeEvent } from '../audit/audit.ts'
import { selfSigned } from '../client-authentication/certificate.fixture.ts'
import { headerOf } from '../client-authentication/mutual-tls.fixture.ts'
import { issuer, startOAuthEndpoint } from '../client-authentication/oauth-endpoint.fixture.ts'
import type { OAuthEndpoint } from '../client-authentication/oauth-endpoint.fixture.ts'
import { dpopKey } from '../dpop/dpop-proof.fixture.ts'
import type { DpopKey } from '../dpop/dpop-proof.fixture.ts'
import type { Client, Grant } from '../store/records.ts'
import { guardEvents } from './index.ts'

let at: OAuthEndpoint
let http: FastifyInstance
let audience: string
let client: Client
beforeAll(async () => {
  const flags = { clientCertHeader: 'Client-Cert', trustedProxies: '127.0.0.1' }
  at = await startOAuthEndpoint(async (app, { store, ...ground }) => {
    http = app
    await app.register(guardEvents, { ...ground, ...store, eventsPerMinute: 150 })
  }, flags)
  audience = (await at.addApi()).audience
  client = await addReporter()
})
afterAll(() => at.close())

const addReporter = async () =>
  (await at.addConfidentialClient({ serves: [audience], scopes: ['countersign:events'] })).client

const arranged = () => makeEvent(at.clock, { type: 'test.arranged', actor: 'operator' })

async function grantTo(owner: Client, facts: Partial<Grant> = {}): Promise<Grant> {
  const nobody = { userId: null, authTime: null, amr: [], acr: null, resource: null }
  const times = { statusIndex: null, createdAt: at.clock(), revokedAt: null }
  const grant = {
    id: crypto.randomUUID(),
    clientId: owner.id,
    scope: 'countersign:events',
    ...nobody,
    ...times,
    ...facts,
  }
  await at.store.grants.issueClientGrant(grant, arranged())
  return grant
}

const tokenOf = async (owner: Client = client) => at.signAccessToken(await grantTo(owner))
const replay = (facts: object = {}) => ({ type: 'replayed', at: at.clock(), audience, ...facts })

function post(token: string | undefined, body: unknown, type = 'application/json') {
  return postWith({ 'content-type': type, ...(token !== undefined && { authorization: `Bearer ${token}` }) }, body)
}

async function postWith(fields: Readonly<Record<string, string>>, body: unknown) {
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { 'content-type': 'application/json', ...fields }
  const answer = await http.inject({ method: 'POST', url: '/api/events', headers, payload })
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: answer.body === '' ? {} : answer.json(),
  }
}

const trail = async () => (await at.store.audit.list({ limit: 1000 })).filter(({ type }) => type.startsWith('guard.'))

test('what comes with a token that holds is in the audit trail; what anybody can cause is counted', async () => {
  const whose = { tokenId: 't1', subject: 'u1', clientId: 'c1' }
  const events = [
    replay({ code: 'dpop_proof_replayed', ...whose }),
    { ...replay({ code: 'token_revoked', ...whose }), type: 'revoked' },
    { ...replay({ code: 'token_expired' }), type: 'refused' },
    { ...replay({ code: 'token_key_unknown', keyId: 'k' }), type: 'key_unknown' },
  ]
  const { status, body } = await post(await tokenOf(), { events })
  expect([status, body]).toEqual([204, {}])
  const told = await trail()
  expect(told.map(({ type }) => type)).toEqual(['guard.replayed', 'guard.revoked'])
  expect(at.counted.filter((reason) => reason.startsWith('guard.'))).toEqual([
    'guard.token_expired',
    'guard.token_key_unknown',
  ])
  for (const { actor, address } of told) expect([actor, address]).toEqual([`client:${client.id}`, '127.0.0.1'])
  expect(told[0]).toMatchObject({
    userId: 'u1',
    clientId: 'c1',
    detail: { audience, code: 'dpop_proof_replayed', token_id: 't1' },
  })
})

test('of a batch with one bad event nothing is kept', async () => {
  const before = await trail()
  const { status, body } = await post(await tokenOf(), { events: [replay(), { ...replay(), type: 'x' }] })
  expect([status, body.code]).toEqual([400, 'events_invalid'])
  expect(body.errors).toMatchObject([{ field: 'events.1.type', rule: 'form' }])
  expect(await trail()).toEqual(before)
})

test('with a token that is bound to a key: who proves it, once, for this very request (RFC 9449 §7)', async () => {
  const [key, thief] = [await dpopKey(), await dpopKey()]
  const token = await at.signAccessToken(await grantTo(client), { cnf: { jkt: key.jkt } })
  const ath = hash('sha256', token, 'base64url')
  const prove = (of: DpopKey, claims = {}) => of.makeProof(`${issuer}/api/events`, { claims: { ath, ...claims } })
  const send = (dpop: string) => postWith({ authorization: `DPoP ${token}`, dpop }, { events: [replay()] })
  const proof = await prove(key)
  expect((await send(proof)).status).toBe(204)
  for (const { dpop, code } of [
    { dpop: proof, code: 'dpop_proof_replayed' },
    { dpop: await prove(thief), code: 'dpop_key_mismatch' },
    { dpop: await prove(key, { ath: 'A'.repeat(43) }), code: 'dpop_token_mismatch' },
    { dpop: await prove(key, { htu: `${issuer}/oauth/userinfo` }), code: 'dpop_uri_mismatch' },
  ]) {
    const { status, body, headers } = await send(dpop)
    expect([status, body.code]).toEqual([401, code])
    expect(headers['www-authenticate']).toMatch(/^DPoP /)
  }
  expect((await post(token, { events: [replay()] })).body.code).toBe('dpop_proof_required')
})

test('with a token that is bound to a certificate: who has shown it (RFC 8705 §3)', async () => {
  const [own, other] = [await selfSigned(), await selfSigned()]
  const token = await at.signAccessToken(await grantTo(client), { cnf: { 'x5t#S256': own.thumbprint } })
  const send = (certificate: Readonly<Record<string, string>>) =>
    postWith({ authorization: `Bearer ${token}`, ...certificate }, { events: [replay()] })
  expect((await send({ 'client-cert': headerOf(own) })).status).toBe(204)
  expect((await send({ 'client-cert': headerOf(other) })).body.code).toBe('certificate_mismatch')
  expect((await send({})).body.code).toBe('certificate_required')
})

describe('refuses', () => {
  test('who has no token, or one that is not for this', async () => {
    const grant = await grantTo(client)
    for (const { token, code, status } of [
      { token: undefined, code: 'missing_token', status: 401 },
      { token: 'x', code: 'token_malformed', status: 401 },
      { token: await at.signAccessToken(grant, { aud: audience }), code: 'token_audience_mismatch', status: 401 },
      { token: await at.signAccessToken(grant, { scope: 'openid' }), code: 'insufficient_scope', status: 403 },
      { token: await at.signAccessToken(grant, { exp: at.clock() - 60 }), code: 'token_expired', status: 401 },
      { token: await at.signAccessToken(grant, {}, { typ: 'JWT' }), code: 'token_type_mismatch', status: 401 },
      { token: await at.signAccessToken(grant, { sid: 'unknown' }), code: 'token_revoked', status: 401 },
    ]) {
      const answer = await post(token, { events: [replay()] })
      expect([answer.status, answer.body.code]).toEqual([status, code])
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
      if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer/)
    }
  })

  test('a token whose grant is revoked, or whose client is gone, also one that got it in exchange', async () => {
    const [revoked, orphan, former] = [await grantTo(client), await addReporter(), await addReporter()]
    const exchanged = await at.signAccessToken(await grantTo(client), { client_id: former.id })
    const tokens = [await at.signAccessToken(revoked), await tokenOf(orphan), exchanged]
    await at.store.grants.revoke(revoked.id, at.clock(), arranged())
    for (const { id } of [orphan, former]) await at.store.clients.delete(id, at.clock(), arranged())
    for (const token of tokens) {
      const { status, body } = await post(token, { events: [replay()] })
      expect([status, body.code]).toEqual([401, 'token_revoked'])
    }
  })

  test('a token of a person, or one that another client got in exchange', async () => {
    const { grant } = await at.issueCode({ clientId: client.id, scope: 'countersign:events' })
    const [own, other] = [await grantTo(client), await addReporter()]
    for (const token of [await at.signAccessToken(grant), await at.signAccessToken(own, { client_id: other.id })]) {
      const { status, body } = await post(token, { events: [replay()] })
      expect([status, body.code]).toEqual([403, 'client_token_required'])
    }
  })

  test('events of an API that is not the client’s, though the others are', async () => {
    const { audience: foreign } = await at.addApi()
    const { status, body } = await post(await tokenOf(), { events: [replay(), replay({ audience: foreign })] })
    expect([status, body.code]).toEqual([403, 'audience_not_served'])
  })

  for (const { name, body, type, status, code } of [
    {
      name: 'a form',
      body: 'events=1',
      type: 'application/x-www-form-urlencoded',
      status: 415,
      code: 'content_type_unsupported',
    },
    { name: 'what is no JSON', body: '{"events":', status: 400, code: 'json_malformed' },
    { name: 'a member that comes twice', body: '{"events":[],"events":[]}', status: 400, code: 'json_malformed' },
    { name: 'a bare list', body: '[]', status: 400, code: 'json_malformed' },
    { name: 'more than 64 KiB', body: `{"events":["${'x'.repeat(65_536)}"]}`, status: 413, code: 'body_too_large' },
    { name: 'no events', body: '{"events":[]}', status: 400, code: 'events_invalid' },
  ]) {
    test(`${name}: ${code}`, async () => {
      const answer = await post(await tokenOf(), body, type)
      expect([answer.status, answer.body.code]).toEqual([status, code])
    })
  }

  test('another method', async () => {
    const answer = await at.get('/api/events')
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST'])
  })

  test('more events of a client than a minute has place for, and tells when to come again; others’ are taken', async () => {
    const [flooding, quiet] = [await tokenOf(await addReporter()), await tokenOf(await addReporter())]
    const hundred = { events: Array.from({ length: 100 }, () => replay()) }
    expect((await post(flooding, hundred)).status).toBe(204)
    const before = (await trail()).length
    const { status, body, headers } = await post(flooding, hundred)
    expect([status, body.code]).toEqual([429, 'too_many_events'])
    expect(Number(headers['retry-after'])).toBeGreaterThan(50)
    expect((await trail()).length).toBe(before)
    expect((await post(quiet, hundred)).status).toBe(204)
  })
})
