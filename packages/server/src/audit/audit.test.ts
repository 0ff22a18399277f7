import { expect, test } from 'vitest'
import { makeEvent } from './audit.ts'
import { firstEventId, makeEventId } from './event-id.ts'

test('an event says when, what and who, and leaves out nothing', () => {
  const event = makeEvent(() => 1_800_000_000, { type: 'user.created', actor: 'operator', userId: 'u1' })
  expect(event).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/) as string,
    at: 1_800_000_000,
    type: 'user.created',
    actor: 'operator',
    userId: 'u1',
    clientId: null,
    grantId: null,
    address: null,
    detail: {},
  })
})

test('ids sort in the order in which they were made, within a second and when the clock goes back', () => {
  const made = Array.from({ length: 5000 }, () => makeEventId(1_900_000_000))
  made.push(makeEventId(1_900_000_001), makeEventId(1_899_999_999), makeEventId(1_900_000_002))
  expect([...made].sort()).toEqual(made)
  expect(new Set(made).size).toBe(made.length)
})

test('the first id of a second lies between those of the second before and its own', () => {
  const at = 1_950_000_000
  const [before, own] = [makeEventId(at - 1), makeEventId(at)]
  expect([own, firstEventId(at), before].sort()).toEqual([before, firstEventId(at), own])
})

test('an id tells its time (RFC 9562 §5.7)', () => {
  const id = makeEventId(2_000_000_000)
  expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(2_000_000_000_000)
})
