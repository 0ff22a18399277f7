import { expect, test } from 'vitest'
import { isUserId, makeUserId } from './user-id.ts'

test('the id of a user is told from that of a client, in upper case too', () => {
  const id = makeUserId()
  for (const text of [id, id.toUpperCase()]) expect(isUserId(text)).toBe(true)
  for (const text of ['', 'shop', 'orders-service', id.slice(1), `${id}0`, id.replaceAll('-', '')]) {
    expect(isUserId(text)).toBe(false)
  }
})
