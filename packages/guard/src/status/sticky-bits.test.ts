import { expect, test } from 'vitest'
import { stickyBits } from './sticky-bits.ts'

const [none, first, second] = [Uint8Array.of(0, 0), Uint8Array.of(1, 0), Uint8Array.of(0, 2)]
const both = Uint8Array.of(1, 2)

test('what is set in any of the last lists is set', () => {
  const { add } = stickyBits()
  expect(add(first, { now: 0, holdSeconds: 10 })).toEqual(first)
  expect(add(second, { now: 1, holdSeconds: 10 })).toEqual(both)
  expect(add(none, { now: 9, holdSeconds: 10 })).toEqual(both)
})

test('a bit is held for so long after it was last set, and never twice as long', () => {
  for (let setAt = 0; setAt < 30; setAt++) {
    const { add } = stickyBits()
    for (let now = 0; now < setAt + 40; now++) {
      const bits = add(now === setAt ? first : none, { now, holdSeconds: 10 })
      if (now < setAt) expect(bits).toEqual(none)
      else if (now < setAt + 10) expect(bits).toEqual(first)
      else if (now >= setAt + 20) expect(bits).toEqual(none)
    }
  }
})

test('after a rest, what was set long before it is forgotten', () => {
  const { add } = stickyBits()
  add(first, { now: 0, holdSeconds: 10 })
  expect(add(none, { now: 10, holdSeconds: 10 })).toEqual(first)
  expect(add(none, { now: 30, holdSeconds: 10 })).toEqual(none)
})

test('the lists that are added stay as they are', () => {
  const { add } = stickyBits()
  const bits = add(first, { now: 0, holdSeconds: 10 })
  add(second, { now: 1, holdSeconds: 10 })
  expect([first, bits]).toEqual([Uint8Array.of(1, 0), Uint8Array.of(1, 0)])
})
