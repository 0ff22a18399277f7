/** Ids of users: UUIDs. Clients have ids of another form, as either may be the subject of a token (RFC 9700 §4.15). */

import { randomUUID } from 'node:crypto'

export function makeUserId(): string {
  return randomUUID()
}

/** Whether a text could be the id of a user. */
export function isUserId(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
