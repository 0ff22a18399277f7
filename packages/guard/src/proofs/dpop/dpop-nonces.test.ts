import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { noon } from '../../guard.fixture.ts'
import { dpopNonces } from './dpop-nonces.ts'

function setUp(secret: Uint8Array = randomBytes(32)) {
  const clock = { now: noon }
  return { clock, secret, nonces: dpopNonces(secret, () => clock.now) }
}

test('a nonce is good for a minute', () => {
  const { clock, nonces } = setUp()
  const nonce = nonces.make()
  expect(nonces.madeAt(nonce)).toBe(noon)
  clock.now = noon + 60
  expect(nonces.check(nonce)).toBe(true)
  clock.now = noon + 61
  expect(nonces.check(nonce)).toBe(false)
  expect(nonces.madeAt(nonce)).toBeUndefined()
})

test('who shares the secret takes it, with a clock that is behind a little; nobody else does', () => {
  const { secret, nonces } = setUp()
  const nonce = nonces.make()
  const behind = setUp(secret)
  behind.clock.now = noon - 5
  expect(behind.nonces.check(nonce)).toBe(true)
  behind.clock.now = noon - 6
  expect(behind.nonces.check(nonce)).toBe(false)
  expect(setUp().nonces.check(nonce)).toBe(false)
})

test('it is the same for a second, then another; also when the clock goes back', () => {
  const { clock, nonces } = setUp()
  const nonce = nonces.make()
  clock.now = noon + 0.9
  expect(nonces.make()).toBe(nonce)
  clock.now = noon + 1
  expect(nonces.make()).not.toBe(nonce)
  clock.now = noon - 100
  expect(nonces.check(nonces.make())).toBe(true)
})

test('whatever else is sent is refused', () => {
  const { nonces } = setUp()
  const nonce = nonces.make()
  const flipped = Array.from(
    nonce,
    (_, at) => nonce.slice(0, at) + (nonce[at] === 'A' ? 'B' : 'A') + nonce.slice(at + 1),
  )
  for (const other of [
    '',
    'x',
    nonce.slice(1),
    `${nonce}A`,
    ` ${nonce.slice(1)}`,
    '='.repeat(30),
    'é'.repeat(30),
    ...flipped,
  ]) {
    expect(nonces.check(other)).toBe(false)
  }
})

test('a short secret is the caller’s mistake', () => {
  expect(() => dpopNonces(randomBytes(31), () => noon)).toThrow(TypeError)
})
