import { statusListSize } from '@countersign/protocol'
import { generateKey, hashToken, makeOpaqueToken, signJwt, verifyJwt } from '@countersign/tokens'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeEvent } from '../audit/audit.ts'
import { systemClock } from '../clock.ts'
import { openKeyRings } from '../keys/key-ring.ts'
import type { KeyRings } from '../keys/key-ring.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/records.ts'
import { createPasswordHasher } from '../users/index.ts'
import { createAdministration } from './index.ts'
import type { Administration } from './index.ts'

const issuer = 'https://id.example'
const bank = 'https://bank.example'
const hasher = createPasswordHasher({ memoryKiB: 64, passes: 1 })
let store: Store
let keys: KeyRings
let administration: Administration
/** Seconds that have passed. */
let passed = 0
const clock = () => systemClock() + passed
beforeAll(async () => {
  store = await openStore({ memory: true })
  keys = await openKeyRings({ store, masterKey: await generateKey('dir', { enc: 'A256GCM' }), clock: systemClock })
  administration = createAdministration({ store, keys, hasher, clock, issuer, actor: 'operator' })
  await administration.createClient({ id: 'countersign-cli', name: 'Command', public: true, firstParty: true })
  await administration.createApi({ audience: bank, scopes: ['read', 'pay'], singleUseScopes: ['pay'], alg: 'RS256' })
})
afterAll(async () => {
  keys.close()
  await store.close()
})

const lastEvent = async () => (await store.audit.list({ limit: 1, newest: true }))[0]
const mint = (options: Partial<Parameters<Administration['mintToken']>[0]> = {}) =>
  administration.mintToken({ subject: 'alice', lifetimeSeconds: 60, ...options })

describe('a minted token', () => {
  test('is signed, has a grant, and a place in the status lists of its own', async () => {
    const { token, claims } = await mint({ scopes: ['read', 'write', 'read'] })
    const now = clock()
    expect(verifyJwt(token, keys.verificationKeys(), { issuer, audience: issuer, typ: 'at+jwt', now }).claims).toEqual(
      claims,
    )
    expect(claims).toMatchObject({ sub: 'alice', scope: 'read write', exp: Number(claims.iat) + 60 })
    expect(claims).not.toHaveProperty('single_use')
    const grant = await store.grants.find(String(claims['sid']))
    expect(grant).toMatchObject({ userId: null, resource: null, revokedAt: null })
    expect(grant!.statusIndex).toBeLessThan(statusListSize)
    expect(claims['status']).toEqual({ status_list: { idx: grant!.statusIndex, uri: `${issuer}/oauth/status/0` } })
    expect(await lastEvent()).toMatchObject({
      ...{ type: 'token.minted', actor: 'operator', grantId: grant!.id },
      detail: { subject: 'alice', audience: issuer, scope: 'read write', lifetimeSeconds: 60 },
    })
    const places = await Promise.all(Array.from({ length: 10 }, async () => (await mint()).claims['status']))
    expect(new Set(places.map((place) => JSON.stringify(place))).size).toBe(10)
  })

  test('for an API is what the API wants: its algorithm, and single use where a scope makes it so', async () => {
    const { token, claims } = await mint({ audience: bank, scopes: ['pay'] })
    expect(JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString())).toMatchObject({ alg: 'RS256' })
    expect(claims).toMatchObject({ aud: bank, single_use: true })
    expect((await mint({ audience: bank, scopes: ['read'] })).claims).not.toHaveProperty('single_use')
    expect((await mint({ audience: bank, scopes: ['read'], singleUse: true })).claims).toMatchObject({
      single_use: true,
    })
  })

  test('has ended, where its lifetime lies below zero', async () => {
    const { claims } = await mint({ lifetimeSeconds: -60 })
    expect(claims.exp).toBeLessThan(clock())
    expect(claims.iat).toBeLessThan(claims.exp!)
  })

  test('dies with its API', async () => {
    await administration.createApi({ audience: 'urn:gone' })
    const { claims } = await mint({ audience: 'urn:gone' })
    await administration.deleteApi('urn:gone')
    expect((await store.grants.find(String(claims['sid'])))?.revokedAt).not.toBeNull()
  })
})

describe('a token is revoked', () => {
  test('with the grant that it hangs on, and guards will read its place', async () => {
    const [{ token, claims }, { claims: other }] = [await mint(), await mint()]
    const revoked = await administration.revokeToken(token)
    expect(revoked).toMatchObject({ id: claims['sid'], clientId: 'countersign-cli', userId: null })
    expect(await store.grants.find(revoked.id)).toMatchObject({ revokedAt: revoked.revokedAt })
    expect(await store.grants.listRevokedIndexes(clock() - 60)).toContain(revoked.statusIndex)
    expect(await store.grants.find(String(other['sid']))).toMatchObject({ revokedAt: null })
    const { type, actor, grantId, clientId } = (await lastEvent())!
    expect([type, actor, grantId, clientId]).toEqual(['grant.revoked', 'operator', revoked.id, 'countersign-cli'])
  })

  test('a refresh token, too, and one that was used', async () => {
    const { claims } = await mint()
    const text = makeOpaqueToken('rt')
    const grantId = String(claims['sid'])
    const ends = { expiresAt: clock() + 60, familyExpiresAt: clock() + 60 }
    const record = { hash: hashToken(text), grantId, clientId: 'countersign-cli', jkt: null, ...ends }
    const event = makeEvent(clock, { type: 'test.arranged', actor: 'system' })
    expect(await store.grants.issueTokens(grantId, record, event)).toBe('issued')
    passed += 61
    expect(await administration.revokeToken(text)).toMatchObject({ id: grantId })
    await expect(administration.revokeToken(text)).rejects.toMatchObject({ code: 'grant_already_revoked' })
  })
})

describe('is refused', () => {
  for (const { name, options, code, field } of [
    {
      name: 'a token of more than an hour',
      options: { lifetimeSeconds: 3601 },
      code: 'token_invalid',
      field: 'lifetime',
    },
    { name: 'a token without a subject', options: { subject: '' }, code: 'token_invalid', field: 'subject' },
    { name: 'a scope that is two', options: { scopes: ['a b'] }, code: 'token_invalid', field: 'scopes' },
    { name: 'an API that there is not', options: { audience: 'https://nowhere.example' }, code: 'api_not_found' },
  ]) {
    test(`to mint ${name}: ${code}`, async () => {
      const before = await lastEvent()
      const problems = field === undefined ? [] : [expect.objectContaining({ field })]
      await expect(mint(options)).rejects.toMatchObject({ name: 'AdminError', code, problems })
      expect(await lastEvent()).toEqual(before)
    })
  }

  test('to mint where no server has run: client_not_found', async () => {
    const empty = await openStore({ memory: true })
    const alone = createAdministration({ store: empty, keys, hasher, clock, issuer, actor: 'operator' })
    await expect(alone.mintToken({ subject: 'alice', lifetimeSeconds: 60 })).rejects.toMatchObject({
      code: 'client_not_found',
    })
    await empty.close()
  })

  test('to revoke what is revoked, forgotten, over, or no token of ours', async () => {
    const { token } = await mint()
    await administration.revokeToken(token)
    const { token: expired } = await mint({ lifetimeSeconds: -60 })
    const claims = { ...(await mint()).claims, sid: 'forgotten' }
    const forgotten = signJwt(claims, await keys.signingKey('ES256'), { typ: 'at+jwt' })
    const homeless = await Promise.all(
      [undefined, 7].map(async (sid) => signJwt({ ...claims, sid }, await keys.signingKey('ES256'), { typ: 'at+jwt' })),
    )
    const forged = signJwt(claims, await generateKey('ES256', { kid: (await keys.signingKey('ES256')).kid! }), {
      typ: 'at+jwt',
    })
    const idToken = signJwt(claims, await keys.signingKey('ES256'), { typ: 'JWT' })
    for (const [text, code] of [
      [token, 'grant_already_revoked'],
      [forgotten, 'grant_not_found'],
      [expired, 'token_expired'],
      ...homeless.map((text) => [text, 'token_claim_invalid'] as const),
      [forged, 'token_signature_invalid'],
      [idToken, 'token_type_mismatch'],
      [makeOpaqueToken('rt'), 'token_malformed'],
    ] as const) {
      await expect(administration.revokeToken(text), code).rejects.toMatchObject({ code })
    }
  })

  test('both without the keys of the server', async () => {
    const keyless = createAdministration({ store, hasher, clock, issuer, actor: 'operator' })
    await expect(keyless.mintToken({ subject: 'alice', lifetimeSeconds: 60 })).rejects.toThrow(TypeError)
    await expect(keyless.revokeToken((await mint()).token)).rejects.toThrow(TypeError)
  })
})
