import { expect, test } from 'vitest'
import { makeEvent } from '../../audit/audit.ts'
import { systemClock } from '../../clock.ts'
import { openStore } from '../../store/open-store.ts'
import type { Store } from '../../store/records.ts'
import { createPasswordHasher, createUser } from '../../users/index.ts'
import type { PasswordHasher } from '../../users/index.ts'
import { createPasswordVerifier } from './verify-password.ts'

const password = 'wr3nch-opal-tunnel'

async function setUp() {
  const store = await openStore({ memory: true })
  const verified: (string | undefined)[] = []
  const real = createPasswordHasher({ memoryKiB: 64, passes: 1 })
  const hasher: PasswordHasher = {
    ...real,
    verify: (passwordHash, text) => {
      verified.push(passwordHash)
      return real.verify(passwordHash, text)
    },
  }
  const deps = { users: store.users, hasher, clock: systemClock }
  for (const username of ['annabel', 'berta', 'disabled']) {
    await createUser(deps, { username, password, email: null }, { actor: 'operator' })
  }
  const disabled = (await store.users.findByUsername('disabled'))!
  const event = makeEvent(systemClock, { type: 'user.disabled', actor: 'operator' })
  await store.users.disable(disabled.id, systemClock(), event)
  return { store, verified, verify: createPasswordVerifier(deps) }
}

test('an unknown name, a wrong password, a disabled user and a right password all cost one hash in the same queue', async () => {
  const { store, verified, verify } = await setUp()
  const annabel = (await store.users.findByUsername('annabel'))!
  const disabled = (await store.users.findByUsername('disabled'))!
  expect(await verify('nobody', password, '192.0.2.1')).toEqual({ status: 'refused', userId: null })
  expect(await verify('annabel', 'wrong', '192.0.2.1')).toEqual({ status: 'refused', userId: annabel.id })
  expect(await verify('disabled', password, '192.0.2.1')).toEqual({ status: 'refused', userId: disabled.id })
  expect(await verify('annabel', password, '192.0.2.1')).toEqual({ status: 'verified', user: annabel })
  expect(verified).toEqual([undefined, annabel.passwordHash, disabled.passwordHash, annabel.passwordHash])
  await store.close()
})

/** A user whose hash was made with smaller parameters than today's, and the sign-in of today. */
async function setUpOutdated(meanwhile: (store: Store, userId: string) => Promise<unknown> = async () => undefined) {
  const store = await openStore({ memory: true })
  const weak = createPasswordHasher({ memoryKiB: 64, passes: 1 })
  await createUser(
    { users: store.users, hasher: weak, clock: systemClock },
    { username: 'annabel', password, email: null },
    { actor: 'operator' },
  )
  const { id } = (await store.users.findByUsername('annabel'))!
  const strong = createPasswordHasher({ memoryKiB: 64, passes: 2 })
  const hasher: PasswordHasher = {
    ...strong,
    // While the renewed hash is made, another sign-in or a change of the password comes first.
    hash: async (text) => {
      await meanwhile(store, id)
      return strong.hash(text)
    },
  }
  const verify = createPasswordVerifier({ users: store.users, hasher })
  return { store, strong, verify: () => verify('annabel', password, '192.0.2.1') }
}

test('sign-ins with an outdated hash answer the renewed one, also when another was first', async () => {
  const { store, strong, verify } = await setUpOutdated()
  const [first, second] = await Promise.all([verify(), verify()])
  const renewed = (await store.users.findByUsername('annabel'))!
  expect(await strong.isOutdated(renewed.passwordHash)).toBe(false)
  for (const verdict of [first, second]) expect(verdict).toEqual({ status: 'verified', user: renewed })
  await store.close()
})

test('a password that is changed while its hash is renewed is no longer right', async () => {
  const event = makeEvent(systemClock, { type: 'user.password_changed', actor: 'operator' })
  const other = await createPasswordHasher({ memoryKiB: 64, passes: 2 }).hash('another-password')
  const { store, verify } = await setUpOutdated((store, id) =>
    store.users.changePassword(id, other, systemClock(), event),
  )
  expect(await verify()).toMatchObject({ status: 'refused' })
  expect(await store.users.findByUsername('annabel')).toMatchObject({ passwordHash: other })
  await store.close()
})

test('who is told to wait costs no hash', async () => {
  const { store, verified, verify } = await setUp()
  for (let failure = 0; failure < 5; failure++) await verify('annabel', 'wrong', '192.0.2.1')
  expect(await verify('annabel', password, '192.0.2.1')).toEqual({ status: 'throttled', retryAfterSeconds: 1 })
  // From elsewhere too: the account is what is guessed at.
  expect(await verify('annabel', password, '198.51.100.9')).toEqual({ status: 'throttled', retryAfterSeconds: 1 })
  expect(verified).toHaveLength(5)
  await store.close()
})

test('a name that begins with many invisible characters can be guessed at no more often than without', async () => {
  const { store, verified, verify } = await setUp()
  const annabel = (await store.users.findByUsername('annabel'))!
  for (const count of [0, 248, 250, 252, 254, 256, 300]) {
    for (let failure = 0; failure < 5; failure++) await verify(`${'\u200b'.repeat(count)}annabel`, 'wrong', '192.0.2.1')
  }
  expect(verified.filter((passwordHash) => passwordHash === annabel.passwordHash)).toHaveLength(5)
  await store.close()
})

test('guessing at an account from elsewhere keeps nobody out who has signed in from where they are', async () => {
  const { store, verify } = await setUp()
  expect(await verify('annabel', password, '198.51.100.9')).toMatchObject({ status: 'verified' })
  for (let failure = 0; failure < 5; failure++) await verify('annabel', 'wrong', '192.0.2.1')
  expect(await verify('annabel', password, '192.0.2.1')).toMatchObject({ status: 'throttled' })
  expect(await verify('annabel', password, '203.0.113.5')).toMatchObject({ status: 'throttled' })
  expect(await verify('annabel', password, '198.51.100.9')).toMatchObject({ status: 'verified' })
  // Which forgives nothing to the one who guesses, and is no licence to guess from there.
  expect(await verify('annabel', password, '192.0.2.1')).toMatchObject({ status: 'throttled' })
  for (let failure = 0; failure < 5; failure++) await verify('annabel', 'wrong', '198.51.100.9')
  expect(await verify('annabel', password, '198.51.100.9')).toEqual({ status: 'throttled', retryAfterSeconds: 1 })
  await store.close()
})

test('an address that guesses at many names has to wait; its success forgives one failure only, and others need not wait', async () => {
  const { store, verify } = await setUp()
  for (let failure = 0; failure < 99; failure++) await verify(`nobody ${failure}`, 'wrong', '2001:db8::1')
  expect(await verify('annabel', password, '2001:db8::2')).toMatchObject({ status: 'verified' })
  expect(await verify('nobody 99', 'wrong', '2001:db8::3')).toMatchObject({ status: 'refused' })
  expect(await verify('berta', password, '2001:db8::4')).toEqual({ status: 'throttled', retryAfterSeconds: 1 })
  expect(await verify('berta', password, '2001:db8:0:1::1')).toMatchObject({ status: 'verified' })
  await store.close()
})

test('guessing at others from an address keeps nobody out who has signed in from there', async () => {
  const { store, verify } = await setUp()
  expect(await verify('annabel', password, '192.0.2.1')).toMatchObject({ status: 'verified' })
  for (let failure = 0; failure < 101; failure++) await verify(`nobody ${failure}`, 'wrong', '192.0.2.1')
  expect(await verify('berta', password, '192.0.2.1')).toMatchObject({ status: 'throttled' })
  expect(await verify('annabel', password, '192.0.2.1')).toMatchObject({ status: 'verified' })
  // Which ends no wait of the others.
  expect(await verify('berta', password, '192.0.2.1')).toMatchObject({ status: 'throttled' })
  await store.close()
})

test('a failure of the store is passed on, and counts for nothing', async () => {
  const { store, verify } = await setUp()
  await store.close()
  for (let time = 0; time < 7; time++) await expect(verify('annabel', password, '192.0.2.1')).rejects.toThrow()
})
