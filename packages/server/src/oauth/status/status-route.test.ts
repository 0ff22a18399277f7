import { hash } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import { isStatusRevoked, parseStatusList, statusListType } from '@countersign/protocol'
import { parseJwkSet, verifyJwt } from '@countersign/tokens'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeEvent } from '../../audit/audit.ts'
import { issuer, startOAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { OAuthEndpoint } from '../../client-authentication/oauth-endpoint.fixture.ts'
import { statusLists } from './index.ts'

let at: OAuthEndpoint
/** Seconds of the process, to be moved on. */
const time = { now: 0 }
beforeAll(async () => {
  at = await startOAuthEndpoint((app, { store, keys, clock }) =>
    app.register(statusLists, { issuer, keys, clock, grants: store.grants, monotonic: () => time.now }),
  )
})
afterAll(() => at.close())

const event = () => makeEvent(at.clock, { type: 'test.arranged', actor: 'operator' })
const pass = (seconds: number) => {
  time.now += seconds
  at.pass(seconds)
}

/** Reads a list as a guard does. */
async function readList(number = 0) {
  const { status, body } = await at.get(`/oauth/status/${number}`)
  expect(status).toBe(200)
  const { keys } = await at.keys.jwks()
  const statusKeys = parseJwkSet({ keys: keys.filter((jwk) => jwk.cs_use === 'status') })
  const { claims } = verifyJwt(String(body), statusKeys, { typ: statusListType, now: at.clock(), maxBytes: 65_536 })
  const list = parseStatusList(claims, (lst) => inflateSync(Buffer.from(lst, 'base64url')))
  return { claims, isRevoked: (idx: number) => isStatusRevoked(list!.bits, idx) }
}

let lastIndex = 100
const issueGrant = async () => {
  const client = await at.addClient()
  return { client, ...(await at.issueCode({ clientId: client.id, statusIndex: ++lastIndex })) }
}

test('a list is signed by the key of lists, says what draft-ietf-oauth-status-list-21 §5.1 asks for, and is for anybody', async () => {
  const { status, headers } = await at.get('/oauth/status/0', { origin: 'https://anywhere.example' })
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('application/statuslist+jwt')
  expect(headers['access-control-allow-origin']).toBe('*')
  expect(headers['cache-control']).toBe('public, no-cache')
  const now = at.clock()
  const { claims } = await readList()
  expect(claims).toEqual({
    sub: `${issuer}/oauth/status/0`,
    iat: now,
    exp: now + 60,
    ttl: 2,
    status_list: { bits: 1, lst: expect.any(String) },
  })
})

test('whatever ended a grant, its place is revoked a fifth of a second later at most', async () => {
  const grants = await Promise.all(Array.from({ length: 5 }, issueGrant))
  const alive = await issueGrant()
  const places = grants.map(({ grant }) => grant.statusIndex!)
  const before = await readList()
  expect(places.map(before.isRevoked)).toEqual([false, false, false, false, false])
  const [revoked, disabled, deleted, orphaned, replayed] = grants
  await at.store.grants.revoke(revoked!.grant.id, at.clock(), event())
  await at.store.users.disable(disabled!.grant.userId, at.clock(), event())
  await at.store.users.delete(deleted!.grant.userId, at.clock(), event())
  await at.store.clients.delete(orphaned!.client.id, at.clock(), event())
  for (let time = 0; time < 2; time++) {
    await at.store.grants.redeemCode(hash('sha256', replayed!.code, 'base64url'), at.clock(), event())
  }
  time.now += 0.25
  const { isRevoked } = await readList()
  expect(places.map(isRevoked)).toEqual([true, true, true, true, true])
  expect(isRevoked(alive.grant.statusIndex!)).toBe(false)
})

test('within a second the list is the same text, unless something was revoked', async () => {
  const list = async () => (await at.get('/oauth/status/0')).body as string
  const { grant } = await issueGrant()
  pass(1)
  const first = await list()
  time.now += 0.5
  expect(await list()).toBe(first)
  await at.store.grants.revoke(grant.id, at.clock(), event())
  time.now += 0.25
  const second = await list()
  expect(second).not.toBe(first)
  pass(1)
  expect(await list()).not.toBe(second)
})

test('a cache that has the newest list is told so (RFC 9110 §13.1.2)', async () => {
  const { headers } = await at.get('/oauth/status/0')
  const etag = String(headers['etag'])
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const { status, body, headers: again } = await at.get('/oauth/status/0', { 'if-none-match': known })
    expect([status, body, again['etag']]).toEqual([304, '', etag])
  }
  expect((await at.get('/oauth/status/0', { 'if-none-match': '"other"' })).status).toBe(200)
  pass(1)
  expect((await at.get('/oauth/status/0', { 'if-none-match': etag })).status).toBe(200)
})

test('a list follows a rotation of its key, and a revoked key signs none', async () => {
  const { kid } = await at.keys.statusKey()
  await at.keys.revoke(kid!)
  pass(1)
  await readList()
  expect((await at.keys.statusKey()).kid).not.toBe(kid)
})

describe('refuses', () => {
  for (const path of ['2', '99', '-1', '00', '01', '1e3', 'x', '1234567890', '0.0', '%30']) {
    test(`the list ${path}, which there is not: 404`, async () => {
      const { status, headers } = await at.get(`/oauth/status/${path}`)
      expect(status).toBe(404)
      expect(headers['content-type']).toMatch(/^application\/json/)
    })
  }

  test('a list of the past: 501 (§8.4)', async () => {
    expect((await at.get('/oauth/status/0?time=1686925000')).status).toBe(501)
  })

  test('to be written to: 405', async () => {
    expect((await at.post('/oauth/status/0', {})).status).toBe(405)
  })
})

test('a second list is there as soon as a grant has a place in it', async () => {
  const client = await at.addClient()
  const { grant } = await at.issueCode({ clientId: client.id, statusIndex: 131_072 * 3 + 7 })
  await at.store.grants.revoke(grant.id, at.clock(), event())
  pass(1)
  const { claims, isRevoked } = await readList(3)
  expect(claims.sub).toBe(`${issuer}/oauth/status/3`)
  expect([6, 7].map(isRevoked)).toEqual([false, true])
  expect((await readList(0)).isRevoked(7)).toBe(false)
})
