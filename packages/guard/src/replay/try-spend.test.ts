import { expect, test } from 'vitest'
import { GuardError } from '../guard-error.ts'
import { memoryReplayStore } from './memory-replay-store.ts'
import { spendId } from './spend-id.ts'
import { trySpend } from './try-spend.ts'

const noon = 1_800_000_000
const proof = { id: spendId('dpop', 'jkt', 'jti'), issuedAt: noon + 6, expiresAt: noon + 60 }

test('what is spent stays so until it ends, plus twice the largest skew that anybody may allow', async () => {
  const clock = { now: noon }
  const options = { replay: memoryReplayStore({ clock: () => clock.now }), clockSkewSeconds: 0 }
  expect(await trySpend(proof, options)).toBe('spent')
  clock.now = noon + 60 + 119
  expect(await trySpend(proof, options)).toBe('replayed')
  clock.now = noon + 60 + 120
  expect(await trySpend({ ...proof, expiresAt: clock.now }, options)).toBe('spent')
})

for (const { name, issuedAt, outcome } of [
  { name: 'before the store was born', issuedAt: noon - 1, outcome: 'too_old' },
  { name: 'by a clock that may be ahead of it', issuedAt: noon + 5, outcome: 'too_old' },
  { name: 'later than that', issuedAt: noon + 5.1, outcome: 'spent' },
  { name: 'at no time that is a number', issuedAt: NaN, outcome: 'too_old' },
  { name: 'certainly since', issuedAt: Infinity, outcome: 'spent' },
]) {
  test(`issued ${name}: ${outcome}`, async () => {
    const replay = memoryReplayStore({ clock: () => noon })
    expect(await trySpend({ ...proof, issuedAt }, { replay, clockSkewSeconds: 5 })).toBe(outcome)
  })
}

test('an answer that is none of a replay store is no permission', async () => {
  const replay = { bornAt: noon, spend: () => 'OK' as 'spent' }
  expect(await trySpend(proof, { replay, clockSkewSeconds: 5 })).toBe('replayed')
})

for (const { name, error, code } of [
  { name: 'a refusal of the store', error: new GuardError('replay_store_full', 'full'), code: 'replay_store_full' },
  { name: 'any other failure', error: new Error('ECONNREFUSED'), code: 'replay_store_unavailable' },
]) {
  test(`${name}: ${code}`, async () => {
    for (const spend of [
      () => Promise.reject(error),
      () => {
        throw error
      },
    ]) {
      const spending = trySpend(proof, { replay: { bornAt: noon, spend }, clockSkewSeconds: 5 })
      await expect(spending).rejects.toMatchObject({ name: 'GuardError', code })
    }
  })
}
