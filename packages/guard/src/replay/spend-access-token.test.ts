import { expect, test } from 'vitest'
import { invalidToken, makeKey, noon, setUpGuard } from '../guard.fixture.ts'
import type { GuardSetUp } from '../guard.fixture.ts'
import type { GuardOptions } from '../guard.ts'
import { memoryReplayStore } from './memory-replay-store.ts'
import type { ReplayStore } from './replay-store.ts'

const key = await makeKey('k1')
const singleUse = { single_use: true, iat: noon + 10, nbf: noon, exp: noon + 300 }

function setUpSpending(options: Partial<GuardOptions> = {}): GuardSetUp {
  const setup = setUpGuard(key, { replay: 'memory-one-process', ...options })
  // The store was born at noon: later by more than the skew, it trusts its memory.
  setup.clock.now = noon + 10
  return setup
}
const replayed = invalidToken('token_replayed', 'the token has been used')

test('the second use is refused', async () => {
  const { authenticateWith } = setUpSpending()
  expect((await authenticateWith(singleUse, { singleUse: true })).tokenId).toBe('token-1')
  await expect(authenticateWith(singleUse, { singleUse: true })).rejects.toMatchObject(replayed)
})

test('a single-use token is spent where none is demanded, and by other bytes with the same "jti"', async () => {
  const { authenticateWith } = setUpSpending()
  await authenticateWith(singleUse)
  await expect(authenticateWith({ ...singleUse, exp: noon + 299 })).rejects.toMatchObject(replayed)
})

test('of a hundred uses at once, one is let through', async () => {
  const { authenticateWith } = setUpSpending()
  const uses = await Promise.allSettled(Array.from({ length: 100 }, () => authenticateWith(singleUse)))
  expect(uses.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const use of uses) if (use.status === 'rejected') expect(use.reason).toMatchObject(replayed)
})

test('what one guard of a process has spent, another does not take', async () => {
  const clock = { now: noon }
  const now = (): number => clock.now
  const [first, second] = [setUpSpending({ clock: now }), setUpSpending({ clock: now })]
  clock.now = noon + 10
  await first.authenticateWith(singleUse)
  await expect(second.authenticateWith(singleUse)).rejects.toMatchObject(replayed)
})

test('a refusal for another reason does not burn it', async () => {
  const { authenticateWith } = setUpSpending()
  for (const demands of [{ scope: 'admin' }, { maxAgeSeconds: 1 }, { acr: 'urn:example:passkey' }]) {
    await expect(authenticateWith(singleUse, demands)).rejects.toMatchObject({ name: 'GuardError' })
  }
  expect((await authenticateWith(singleUse)).tokenId).toBe('token-1')
})

test('it stays spent for as long as it could be taken', async () => {
  const { clock, authenticateWith } = setUpSpending()
  await authenticateWith(singleUse)
  clock.now = singleUse.exp + 4.9
  await expect(authenticateWith(singleUse)).rejects.toMatchObject(replayed)
  clock.now = singleUse.exp + 5
  await expect(authenticateWith(singleUse)).rejects.toMatchObject({ code: 'token_expired' })
})

test('it stays spent also for a guard on the same store that allows more clock skew', async () => {
  const clock = { now: noon }
  const shared = { clock: () => clock.now, replay: memoryReplayStore({ clock: () => clock.now }) }
  const strict = setUpSpending({ ...shared, clockSkewSeconds: 0 })
  const lax = setUpSpending({ ...shared, clockSkewSeconds: 60 })
  const late = { ...singleUse, iat: noon + 61, nbf: noon }
  clock.now = noon + 100
  await strict.authenticateWith(late)
  clock.now = singleUse.exp + 59
  await expect(lax.authenticateWith(late)).rejects.toMatchObject(replayed)
})

test('what was issued before the memory of the store begins is refused, skew included', async () => {
  const { authenticateWith } = setUpSpending()
  const reset = invalidToken('replay_store_reset', 'the token is older than the memory of the replay store')
  for (const iat of [noon - 100, noon, noon + 5]) {
    await expect(authenticateWith({ ...singleUse, iat })).rejects.toMatchObject(reset)
  }
  expect((await authenticateWith({ ...singleUse, iat: noon + 6 })).tokenId).toBe('token-1')
})

test('without a store it is refused, and reusable tokens are not', async () => {
  const { authenticateWith } = setUpGuard(key)
  const missing = { name: 'GuardError', code: 'replay_store_missing', status: 503, headers: {} }
  await expect(authenticateWith({ ...singleUse, iat: noon })).rejects.toMatchObject(missing)
  expect((await authenticateWith({})).tokenId).toBe('token-1')
})

test('a full store refuses', async () => {
  const clock = () => noon + 10
  const replay: ReplayStore = { ...memoryReplayStore({ maxEntries: 1, clock }), bornAt: noon }
  const { authenticateWith } = setUpSpending({ replay })
  await authenticateWith(singleUse)
  await expect(authenticateWith({ ...singleUse, jti: 'token-2' })).rejects.toMatchObject({
    code: 'replay_store_full',
    status: 503,
    headers: { 'Retry-After': '5' },
  })
})

test('a store that fails, or answers something else, refuses', async () => {
  const failed = setUpSpending({
    replay: { bornAt: noon, spend: () => Promise.reject(new Error('connection lost')) },
  })
  await expect(failed.authenticateWith(singleUse)).rejects.toMatchObject({
    code: 'replay_store_unavailable',
    status: 503,
    headers: { 'Retry-After': '5' },
  })
  const strange = { bornAt: noon, spend: () => undefined } as unknown as ReplayStore
  await expect(setUpSpending({ replay: strange }).authenticateWith(singleUse)).rejects.toMatchObject(replayed)
  const ageless = { bornAt: Number.NaN, spend: () => 'spent' as const }
  await expect(setUpSpending({ replay: ageless }).authenticateWith(singleUse)).rejects.toMatchObject({
    code: 'replay_store_reset',
  })
})

test('two guards that share a store spend as one', async () => {
  const replay = memoryReplayStore({ clock: () => noon })
  const [one, other] = [setUpSpending({ replay }), setUpSpending({ replay })]
  await one.authenticateWith(singleUse)
  await expect(other.authenticateWith(singleUse)).rejects.toMatchObject(replayed)
})
