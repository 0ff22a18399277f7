import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Api, Role, Store } from '../records.ts'
import { api, client, event, isTold, name, now, signedUp, tally } from './samples.fixture.ts'
import type { MakeStore } from './samples.fixture.ts'

export function clientStoreConformance(storeName: string, makeStore: MakeStore): void {
  describe(`clients in ${storeName}`, () => {
    let store: Store
    beforeAll(async () => void (store = await makeStore()))
    afterAll(() => store.close())

    test('a client is found and listed as inserted', async () => {
      const spa = client({
        authentication: 'none',
        secretHash: null,
        firstParty: false,
        origins: [],
        idTokenAlg: 'ES256',
      })
      const service = client({
        authentication: 'private_key_jwt',
        jwks: '{"keys":[]}',
        grantTypes: ['client_credentials'],
      })
      const machine = client({
        authentication: 'tls_client_auth',
        tlsSubject: 'CN=machine',
        certificateThumbprints: ['thumbprint'],
        dpopBound: true,
      })
      for (const one of [spa, service, machine]) {
        expect(await store.clients.insert(one, event())).toBe('inserted')
        expect(await store.clients.find(one.id)).toEqual(one)
      }
      expect(await store.clients.list()).toEqual(expect.arrayContaining([spa, service]))
      expect(await store.clients.find(name('nobody'))).toBeUndefined()
    })

    test('an id is given once, and what did not happen is not told', async () => {
      const first = client()
      await store.clients.insert(first, event())
      const told = event()
      expect(await store.clients.insert(client({ id: first.id, name: 'Another' }), told)).toBe('taken')
      expect(await store.clients.find(first.id)).toEqual(first)
      expect(await isTold(store, told)).toBe(false)
    })

    test('deleting a client happens once and revokes the grants that it holds', async () => {
      const { app, issueCode, newGrant } = await signedUp(store)
      const { grant, code } = await issueCode()
      const told = event()
      expect(await store.clients.delete(app.id, now + 5, told)).toBe(true)
      expect(await store.clients.delete(app.id, now + 6, event())).toBe(false)
      expect(await store.clients.find(app.id)).toBeUndefined()
      expect(await isTold(store, told)).toBe(true)
      expect(await store.grants.find(grant.id)).toMatchObject({ revokedAt: now + 5 })
      expect(await store.grants.redeemCode(code.hash, now, event())).toEqual({ status: 'unknown' })
      const late = newGrant()
      expect(await store.grants.issueCode(late, { ...code, hash: name('code'), grantId: late.id }, event())).toBe(
        'refused',
      )
      expect(await store.grants.issueClientGrant({ ...newGrant(), userId: null }, event())).toBe('refused')
    })
  })
}

export function apiStoreConformance(storeName: string, makeStore: MakeStore): void {
  describe(`APIs in ${storeName}`, () => {
    let store: Store
    beforeAll(async () => void (store = await makeStore()))
    afterAll(() => store.close())

    test('an API is found and listed as inserted, and its audience is given once', async () => {
      const orders = api()
      const [first, second] = [event(), event()]
      expect(await store.apis.insert(orders, first)).toBe('inserted')
      expect(await store.apis.insert(api({ audience: orders.audience }), second)).toBe('taken')
      expect(await store.apis.find(orders.audience)).toEqual(orders)
      expect(await store.apis.find('https://nobody.example')).toBeUndefined()
      expect(await store.apis.list()).toEqual([orders])
      expect([await isTold(store, first), await isTold(store, second)]).toEqual([true, false])
    })

    test('a secret of an API has one version once, and the newest comes first', async () => {
      const { audience, secret } = await insertApi()
      const [told, untold] = [event(), event()]
      expect(await store.apis.insertSecret(secret(1), told)).toBe('inserted')
      expect(await store.apis.insertSecret({ ...secret(1), sealedSecret: 'another' }, untold)).toBe('taken')
      expect(await store.apis.insertSecret(secret(2), event())).toBe('inserted')
      expect(await store.apis.listSecrets(audience)).toEqual([secret(2), secret(1)])
      expect(await store.apis.listSecrets('https://nobody.example')).toEqual([])
      expect([await isTold(store, told), await isTold(store, untold)]).toEqual([true, false])
    })

    test('only an API with session keys gets a secret', async () => {
      const { secret } = await insertApi({ sessionKeys: false })
      const untold = event()
      expect(await store.apis.insertSecret(secret(1), untold)).toBe('refused')
      expect(await store.apis.insertSecret({ ...secret(1), audience: 'https://nobody.example' }, untold)).toBe(
        'refused',
      )
      expect([await store.apis.listSecrets(secret(1).audience), await isTold(store, untold)]).toEqual([[], false])
    })

    test('an API is replaced only while it is as it was seen', async () => {
      const { api: before } = await insertApi({ sessionKeys: false })
      const after = api({ ...before, name: 'Another', scopes: ['a'], singleUseScopes: [], alg: 'RS256' })
      const [told, untold] = [event(), event()]
      for (const seen of [{ name: 'x' }, { scopes: ['b', 'a'] }, { alg: 'RS256' }, { singleUseScopes: [] }] as const) {
        expect(await store.apis.replace({ ...before, ...seen }, after, untold)).toBe('lost')
      }
      expect(await store.apis.replace({ ...before, sessionKeys: true }, after, untold)).toBe('lost')
      expect(await store.apis.replace(api(), after, untold)).toBe('lost')
      expect(await store.apis.find(before.audience)).toEqual(before)
      expect(await store.apis.replace(before, after, told)).toBe('replaced')
      expect(await store.apis.find(before.audience)).toEqual(after)
      expect([await isTold(store, told), await isTold(store, untold)]).toEqual([true, false])
    })

    test('of many changes at once that were made of the same API, one happens', async () => {
      const { api: before } = await insertApi()
      const scopes = Array.from({ length: 20 }, (_, index) => `scope-${index}`)
      const answers = await Promise.all(
        scopes.map((scope) => store.apis.replace(before, { ...before, scopes: [scope] }, event())),
      )
      expect(tally(answers.map((status) => ({ status })))).toEqual({ replaced: 1, lost: 19 })
    })

    test('an API without session keys any more has no secrets', async () => {
      const { api: before, secret } = await insertApi()
      await store.apis.insertSecret(secret(1), event())
      await store.apis.replace(before, { ...before, name: 'Another' }, event())
      expect(await store.apis.listSecrets(before.audience)).toHaveLength(1)
      const named = { ...before, name: 'Another' }
      expect(await store.apis.replace(named, { ...named, sessionKeys: false }, event())).toBe('replaced')
      expect(await store.apis.listSecrets(before.audience)).toEqual([])
    })

    test('deleting an API happens once, and ends what could buy or use tokens for it, and nothing else', async () => {
      const { api: gone, secret } = await insertApi()
      const { api: kept } = await insertApi({ audience: `${gone.audience}/more` })
      await store.apis.insertSecret(secret(1), event())
      const clients = [
        client({ audiences: [kept.audience, gone.audience], serves: [] }),
        client({ audiences: [gone.audience, kept.audience], serves: [gone.audience] }),
        client({ audiences: [gone.audience], serves: [kept.audience] }),
        client({ audiences: [], serves: [kept.audience, gone.audience, 'urn:x'] }),
      ]
      const other = client({ audiences: [kept.audience], serves: [kept.audience] })
      for (const each of [...clients, other]) await store.clients.insert(each, event())
      const { newGrant, issueCode, issueFamily } = await signedUp(store)
      const ofIssuer = (await issueCode()).grant
      const ofKept = { ...newGrant(), resource: kept.audience }
      const ofGone = { ...newGrant(), userId: null, resource: gone.audience }
      for (const grant of [ofKept, ofGone]) expect(await store.grants.issueClientGrant(grant, event())).toBe('issued')
      const family = await issueFamily({}, gone.audience)

      const [told, untold] = [event(), event()]
      const deletion = await store.apis.delete(gone.audience, now + 5, told)
      expect(deletion?.grants).toBe(2)
      expect(deletion?.clients.toSorted()).toEqual(clients.map(({ id }) => id).toSorted())
      expect(await store.apis.delete(gone.audience, now + 6, untold)).toBeUndefined()
      expect([await isTold(store, told), await isTold(store, untold)]).toEqual([true, false])

      expect(await store.apis.find(gone.audience)).toBeUndefined()
      expect(await store.apis.listSecrets(gone.audience)).toEqual([])
      expect(await store.apis.find(kept.audience)).toEqual(kept)
      for (const { id } of [ofGone, family.grant]) {
        expect(await store.grants.find(id)).toMatchObject({ revokedAt: now + 5 })
      }
      for (const { id } of [ofIssuer, ofKept]) expect(await store.grants.find(id)).toMatchObject({ revokedAt: null })
      const left = await Promise.all(clients.map(({ id }) => store.clients.find(id)))
      expect(left.map((each) => [each?.audiences, each?.serves])).toEqual([
        [[kept.audience], []],
        [[kept.audience], []],
        [[], [kept.audience]],
        [[], [kept.audience, 'urn:x']],
      ])
      expect(await store.clients.find(other.id)).toEqual(other)
    })

    test('a grant is made only for an API that there is', async () => {
      const { newGrant, issueCode } = await signedUp(store)
      const { code } = await issueCode()
      const { audience } = api()
      const grant = { ...newGrant(), resource: audience }
      const untold = event()
      expect(await store.grants.issueClientGrant({ ...grant, userId: null }, untold)).toBe('refused')
      const another = { ...code, hash: name('code'), grantId: grant.id }
      expect(await store.grants.issueCode(grant, another, untold)).toBe('refused')
      expect([await store.grants.find(grant.id), await isTold(store, untold)]).toEqual([undefined, false])
    })

    test('an API begins with nothing: what a client says of its audience from before is taken away', async () => {
      const next = api()
      const early = client({ audiences: [next.audience, 'urn:x'], serves: [next.audience] })
      await store.clients.insert(early, event())
      await store.apis.insert(next, event())
      expect(await store.clients.find(early.id)).toMatchObject({ audiences: ['urn:x'], serves: [] })
      const later = client({ audiences: [next.audience] })
      await store.clients.insert(later, event())
      expect(await store.apis.insert(next, event())).toBe('taken')
      expect(await store.clients.find(later.id)).toEqual(later)
    })

    async function insertApi(facts: Partial<Api> = {}) {
      const inserted = api(facts)
      await store.apis.insert(inserted, event())
      const { audience } = inserted
      const secret = (version: number) => {
        return { audience, version, sealedSecret: `sealed-${version}`, createdAt: now, activeAt: now + version }
      }
      return { api: inserted, audience, secret }
    }
  })
}

export function roleStoreConformance(storeName: string, makeStore: MakeStore): void {
  describe(`roles in ${storeName}`, () => {
    let store: Store
    beforeAll(async () => void (store = await makeStore()))
    afterAll(() => store.close())

    test('a role is listed as inserted, its name is given once, and it is deleted once', async () => {
      const teller = { name: name('role'), scopes: { 'https://bank.example': ['pay'] }, createdAt: now }
      const [inserted, taken, deleted, gone] = [event(), event(), event(), event()]
      expect(await store.roles.insert(teller, inserted)).toBe('inserted')
      expect(await store.roles.insert({ ...teller, scopes: {} }, taken)).toBe('taken')
      expect(await store.roles.list()).toEqual([teller])
      expect(await store.roles.delete(teller.name, deleted)).toBe('deleted')
      expect(await store.roles.delete(teller.name, gone)).toBe('unknown')
      expect(await store.roles.list()).toEqual([])
      const told = await Promise.all([inserted, taken, deleted, gone].map((each) => isTold(store, each)))
      expect(told).toEqual([true, false, true, false])
    })

    const roleOf = (scopes: Role['scopes']): Role => ({ name: name('role'), scopes, createdAt: now })
    const bank = 'https://bank.example'

    test('a role is deleted only while the roles that it was judged by are there as they were', async () => {
      const [teller, clerk, later] = [roleOf({ [bank]: ['pay'] }), roleOf({ [bank]: ['pay', 'read'] }), roleOf({})]
      for (const role of [teller, clerk]) await store.roles.insert(role, event())
      const seen = [teller, clerk]
      const other = { ...clerk, scopes: { [bank]: ['read'] } }
      const [refused, told] = [event(), event()]
      expect(await store.roles.delete(teller.name, refused, [teller, other])).toBe('changed')
      expect(await store.roles.delete(teller.name, refused, [...seen, later])).toBe('changed')
      expect(await store.roles.delete(later.name, refused, seen)).toBe('unknown')
      // One that has come since takes nothing away.
      await store.roles.insert(later, event())
      expect(await store.roles.delete(teller.name, told, seen)).toBe('deleted')
      expect(await store.roles.delete(clerk.name, refused, seen)).toBe('changed')
      expect(await store.roles.delete(teller.name, refused, seen)).toBe('unknown')
      expect([await isTold(store, refused), await isTold(store, told)]).toEqual([false, true])
    })

    test('of many deletions at once that were judged by each other’s role, one happens', async () => {
      const seen = Array.from({ length: 20 }, () => roleOf({ [bank]: ['pay'] }))
      for (const role of seen) await store.roles.insert(role, event())
      const answers = await Promise.all(seen.map((role) => store.roles.delete(role.name, event(), seen)))
      expect(tally(answers.map((status) => ({ status })))).toEqual({ deleted: 1, changed: 19 })
    })
  })
}
