import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signJwt, thumbprint, verifyJwtSignature } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeEvent } from '../audit/audit.ts'
import { openStore } from '../store/open-store.ts'
import type { SigningKeyRow, Store } from '../store/records.ts'
import { defaultRingPolicy, openKeyRings } from './key-ring.ts'
import type { KeyRingDeps, KeyRings } from './key-ring.ts'
import { parseMasterKey } from './master-key.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const masterKey = parseMasterKey(randomBytes(32).toString('hex'))
const { publishAheadSeconds, rotateEverySeconds, graceSeconds } = defaultRingPolicy

async function open(store: Store, time: { now: number }, deps: Partial<KeyRingDeps> = {}): Promise<KeyRings> {
  const rings = await openKeyRings({ store, masterKey, clock: () => time.now, ...deps })
  closers.push(() => rings.close())
  return rings
}

async function setUpFirstStart() {
  const store = await openStore({ memory: true })
  closers.push(() => store.close())
  const time = { now: 1_800_000_000 }
  return { store, time, rings: await open(store, time) }
}

/** The keys of a first start: an RSA key takes a second to make, so the tests of what comes later share these. */
let firstKeys: readonly SigningKeyRow[]
beforeAll(async () => {
  const { store, rings } = await setUpFirstStart()
  await rings.jwks()
  firstKeys = [...(await store.signingKeys.list('token')), ...(await store.signingKeys.list('status'))]
})

async function setUp() {
  const store = await openStore({ memory: true })
  closers.push(() => store.close())
  const time = { now: 1_800_000_000 }
  const made = makeEvent(() => time.now, { type: 'key.rotated', actor: 'system' })
  for (const row of firstKeys) await store.signingKeys.insert(row, [], { ...made, id: row.kid })
  return { store, time, rings: await open(store, time) }
}

const kids = (keys: readonly Key[]) => keys.map(({ kid }) => kid)

describe('the first start', () => {
  test('makes an ES256 and an RS256 key, and signs with each what the JWK Set verifies', async () => {
    const { rings } = await setUpFirstStart()
    const { keys } = await rings.jwks()
    expect(keys.filter((jwk) => jwk.cs_use === undefined).map(({ alg }) => alg)).toEqual(['ES256', 'RS256'])
    for (const alg of ['ES256', 'RS256'] as const) {
      const key = await rings.signingKey(alg)
      expect(key).toMatchObject({ alg, kind: 'private' })
      const token = signJwt({ sub: 'ann' }, key)
      expect(verifyJwtSignature(token, rings.verificationKeys())).toMatchObject({ claims: { sub: 'ann' } })
    }
  })

  test('publishes nothing private', async () => {
    const { rings } = await setUpFirstStart()
    const { keys } = await rings.jwks()
    for (const jwk of keys) {
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(jwk).not.toHaveProperty(member)
      expect(jwk.kid).toBe(thumbprint(jwk))
    }
    for (const key of rings.verificationKeys()) expect(key.kind).toBe('public')
  })

  test('stores private keys sealed, and tells what it made', async () => {
    const { store, rings } = await setUpFirstStart()
    await rings.jwks()
    for (const { sealedPrivateJwk, publicJwk } of await store.signingKeys.list('token')) {
      expect(sealedPrivateJwk).toMatch(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/)
      expect(JSON.parse(publicJwk)).not.toHaveProperty('d')
    }
    const events = await store.audit.list({ limit: 10 })
    expect(new Set(events.map(({ type, actor, detail }) => [type, actor, detail.ring, detail.alg].join(' ')))).toEqual(
      new Set(['key.rotated system token ES256', 'key.rotated system status ES256', 'key.rotated system token RS256']),
    )
    expect(events.map(({ detail }) => detail.generation)).toEqual([1, 1, 1])
  })

  test('of two processes makes one key of each algorithm', async () => {
    const store = await openStore({ memory: true })
    closers.push(() => store.close())
    const time = { now: 1_800_000_000 }
    const both = await Promise.all([open(store, time), open(store, time)])
    const [a, b] = await Promise.all(both.map((rings) => rings.jwks()))
    expect(a).toEqual(b)
    expect(a?.keys).toHaveLength(3)
  })
})

describe('the key of status lists', () => {
  test('is published with its purpose, and verifies no token', async () => {
    const { rings } = await setUp()
    const key = await rings.statusKey()
    expect(key).toMatchObject({ alg: 'ES256', kind: 'private' })
    const { keys } = await rings.jwks()
    const purposes = keys.map(({ kid, use, cs_use: purpose }) => ({ kid, use, purpose }))
    expect(purposes).toContainEqual({ kid: key.kid, use: 'sig', purpose: 'status' })
    expect(purposes.filter(({ purpose }) => purpose === undefined)).toHaveLength(2)
    const forged = signJwt({ sub: 'ann' }, key)
    const verify = () => verifyJwtSignature(forged, rings.verificationKeys())
    expect(verify).toThrow(expect.objectContaining({ code: 'token_key_unknown' }))
  })

  test('rotates by itself and at once, in a ring of its own', async () => {
    const { rings, time } = await setUp()
    const [token, { kid }] = [await rings.signingKey('ES256'), await rings.statusKey()]
    const successor = await rings.rotate('ES256', 'at-once', 'status')
    time.now = successor.activeAt
    expect((await rings.statusKey()).kid).toBe(successor.kid)
    expect(await rings.signingKey('ES256')).toBe(token)
    expect((await rings.jwks()).keys.map((jwk) => jwk.kid)).toEqual(expect.arrayContaining([kid, successor.kid]))
    const line = (await rings.list()).filter(({ ring }) => ring === 'status')
    expect(line.map(({ state }) => state)).toEqual(['retired', 'active'])
    await expect(rings.rotate('RS256', 'at-once', 'status')).rejects.toThrow(TypeError)
  })

  test('is revoked by its key ID, and another one takes its place', async () => {
    const { rings } = await setUp()
    const { kid } = await rings.statusKey()
    expect(await rings.revoke(kid!)).toBe(true)
    expect(await rings.revoke(kid!)).toBe(false)
    expect((await rings.statusKey()).kid).not.toBe(kid)
    expect((await rings.jwks()).keys.map((jwk) => jwk.kid)).not.toContain(kid)
  })
})

describe('a restart', () => {
  test('finds the keys that were there', async () => {
    const { store, time, rings } = await setUp()
    const before = await rings.jwks()
    rings.close()
    const again = await open(store, time)
    expect(await again.jwks()).toEqual(before)
  })

  test('under another master key is refused', async () => {
    const { store, time } = await setUp()
    const another = parseMasterKey(randomBytes(32).toString('hex'))
    await expect(open(store, time, { masterKey: another })).rejects.toMatchObject({
      name: 'KeyRingError',
      code: 'master_key_mismatch',
    })
  })

  test('is refused when a sealed key lies in the row of another', async () => {
    const { store, time, rings } = await setUp()
    await rings.jwks()
    const rows = await store.signingKeys.list('token')
    const forged = {
      ...store,
      signingKeys: {
        ...store.signingKeys,
        list: async () =>
          rows.map((row, index) => ({ ...row, sealedPrivateJwk: rows.at(index - 1)!.sealedPrivateJwk })),
      },
    }
    await expect(open(forged, time)).rejects.toMatchObject({ code: 'master_key_mismatch' })
  })

  test('is refused when a key lies in another ring: nobody who can write to the store gives it another purpose', async () => {
    const { store, time } = await setUp()
    for (const [from, to] of [
      ['token', 'status'],
      ['status', 'token'],
    ] as const) {
      const moved = (await store.signingKeys.list(from)).map((row) => ({ ...row, ring: to }))
      const list: Store['signingKeys']['list'] = async (ring) => (ring === to ? moved : store.signingKeys.list(ring))
      const forged = { ...store, signingKeys: { ...store.signingKeys, list } }
      await expect(open(forged, time)).rejects.toMatchObject({ code: 'master_key_mismatch' })
    }
  })

  test('does not trust the public half of a row, only the sealed one', async () => {
    const { store, time, rings } = await setUp()
    const expected = await rings.jwks()
    const list: Store['signingKeys']['list'] = async (ring) =>
      (await store.signingKeys.list(ring)).map((row) => ({ ...row, publicJwk: '{"kty":"EC","x":"of the attacker"}' }))
    const forged = { ...store, signingKeys: { ...store.signingKeys, list } }
    const again = await open(forged, time)
    expect(await again.jwks()).toEqual(expected)
  })
})

describe('rotation', () => {
  test('publishes the successor ahead, switches in time, and keeps the old key for its grace', async () => {
    const { rings, time } = await setUp()
    const old = await rings.signingKey('ES256')
    const { kid, activeAt } = await rings.rotate('ES256', 'publish-ahead')
    expect(activeAt).toBe(time.now + publishAheadSeconds)
    expect(await rings.rotate('ES256', 'publish-ahead')).toEqual({ kid, activeAt })
    expect(await rings.signingKey('ES256')).toBe(old)
    expect(kids(rings.verificationKeys())).toEqual(expect.arrayContaining([old.kid, kid]))

    time.now = activeAt
    await rings.list()
    expect((await rings.signingKey('ES256')).kid).toBe(kid)
    time.now = activeAt + graceSeconds - 1
    await rings.list()
    expect(kids(rings.verificationKeys())).toContain(old.kid)
    time.now = activeAt + graceSeconds
    await rings.list()
    expect(kids(rings.verificationKeys())).not.toContain(old.kid)
  })

  test('at once switches as soon as every process publishes the key; the old one goes on verifying', async () => {
    const { store, rings, time } = await setUp()
    const other = await open(store, time)
    const old = await rings.signingKey('ES256')
    const { kid, activeAt } = await rings.rotate('ES256', 'at-once')
    expect(activeAt).toBe(time.now + 2)
    expect((await rings.signingKey('ES256')).kid).toBe(old.kid)
    await expect.poll(() => kids(other.verificationKeys()), { timeout: 2000 }).toContain(kid)
    time.now = activeAt
    expect((await rings.signingKey('ES256')).kid).toBe(kid)
    expect(kids(rings.verificationKeys())).toEqual(expect.arrayContaining([old.kid, kid]))
  })

  test('by two processes at once brings two generations, never two of one', async () => {
    const { store, time, rings } = await setUp()
    const other = await open(store, time)
    await Promise.all([rings.rotate('ES256', 'at-once'), other.rotate('ES256', 'at-once')])
    time.now += 2
    const line = (await rings.list()).filter(({ ring, alg }) => ring === 'token' && alg === 'ES256')
    expect(line.map(({ generation, state }) => [generation, state])).toEqual([
      [1, 'retired'],
      [2, 'retired'],
      [3, 'active'],
    ])
    await other.list()
    expect((await other.signingKey('ES256')).kid).toBe((await rings.signingKey('ES256')).kid)
  })

  test('comes by itself, ahead of need', async () => {
    const { rings, time } = await setUp()
    await rings.jwks()
    time.now += rotateEverySeconds - publishAheadSeconds
    await expect
      .poll(async () => (await rings.list()).map(({ ring, alg, state }) => `${ring} ${alg} ${state}`), {
        timeout: 10_000,
      })
      .toEqual([
        'token ES256 active',
        'token ES256 next',
        'token RS256 active',
        'token RS256 next',
        'status ES256 active',
        'status ES256 next',
      ])
  })
})

describe('revocation', () => {
  test('of the active key brings another at once, and is told', async () => {
    const { rings, store } = await setUp()
    const { kid } = await rings.signingKey('ES256')
    expect(await rings.revoke(kid!)).toBe(true)
    const { kid: newKid } = await rings.signingKey('ES256')
    expect(newKid).not.toBe(kid)
    expect(kids(rings.verificationKeys())).not.toContain(kid)
    expect(kids(rings.verificationKeys())).toContain(newKid)
    expect(await rings.revoke(kid!)).toBe(false)
    const told = (await store.audit.list({ limit: 100 })).filter(({ type }) => type === 'key.revoked')
    expect(told).toMatchObject([{ detail: { kid, newKid } }])
  })

  test('of a retired key needs no other; of an unknown one does nothing', async () => {
    const { rings, time } = await setUp()
    const { kid } = await rings.signingKey('ES256')
    time.now = (await rings.rotate('ES256', 'at-once')).activeAt
    const before = (await rings.list()).length
    expect(await rings.revoke(kid!)).toBe(true)
    expect(await rings.revoke('unknown')).toBe(false)
    expect(kids(rings.verificationKeys())).not.toContain(kid)
    expect((await rings.list()).filter(({ alg }) => alg === 'ES256').length).toBeLessThanOrEqual(before)
  })

  test('by the command line reaches a running server within two seconds', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'countersign-keys-'))
    const [serverStore, commandStore] = [await openStore({ dataFolder }), await openStore({ dataFolder })]
    closers.push(
      () => serverStore.close(),
      () => commandStore.close(),
    )
    const time = { now: 1_800_000_000 }
    const server = await open(serverStore, time)
    const { kid } = await server.signingKey('ES256')
    const command = await open(commandStore, time, { actor: 'operator' })
    await command.revoke(kid!)
    await expect.poll(() => kids(server.verificationKeys()), { timeout: 2000 }).not.toContain(kid)
    expect((await server.signingKey('ES256')).kid).toBe((await command.signingKey('ES256')).kid)
  })
})

test('a ring that the store has not told of for a minute refuses, and recovers', async () => {
  const { store, time } = await setUp()
  const errors: unknown[] = []
  const state = { down: false }
  const list: Store['signingKeys']['list'] = (ring) =>
    state.down ? Promise.reject(new Error('down')) : store.signingKeys.list(ring)
  const flaky = { ...store, signingKeys: { ...store.signingKeys, list } }
  const rings = await open(flaky, time, { onError: (error) => errors.push(error) })
  await rings.jwks()
  state.down = true
  await expect.poll(() => errors.length, { timeout: 5000 }).toBeGreaterThan(0)
  time.now += 60
  expect(rings.verificationKeys()).toHaveLength(2)
  time.now += 1
  expect(() => rings.verificationKeys()).toThrow(expect.objectContaining({ code: 'key_ring_stale' }))
  await expect(rings.signingKey('ES256')).rejects.toMatchObject({ code: 'key_ring_stale' })
  await expect(rings.jwks()).rejects.toMatchObject({ code: 'key_ring_stale' })
  state.down = false
  await rings.list()
  expect(rings.verificationKeys()).toHaveLength(2)
})
