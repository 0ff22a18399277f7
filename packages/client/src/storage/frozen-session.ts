/** A session as JSON: the same, its keys as JWKs. */

import { exportStoredKey, importStoredKey } from '../crypto.ts'
import type { StoredSession } from './client-storage.ts'

/** JSON. Where the session has a key, it has `{ "jwk": … }`. */
export type FrozenSession = Readonly<Record<string, unknown>>

export async function freezeSession(session: StoredSession): Promise<FrozenSession> {
  const freeze = async (value: unknown): Promise<unknown> => {
    if (value instanceof CryptoKey) return { jwk: await exportStoredKey(value) }
    return mapMembers(value, freeze)
  }
  return (await freeze(session)) as FrozenSession
}

/** @throws {TypeError} if a key in it is none. */
export async function thawSession(frozen: FrozenSession): Promise<StoredSession> {
  const thaw = async (value: unknown): Promise<unknown> => {
    if (isFrozenKey(value)) return importStoredKey(value.jwk)
    return mapMembers(value, thaw)
  }
  return (await thaw(frozen)) as StoredSession
}

async function mapMembers(value: unknown, map: (member: unknown) => Promise<unknown>): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Promise.all(value.map(map))
  const members = Object.entries(value).map(async ([name, member]) => [name, await map(member)] as const)
  return Object.fromEntries(await Promise.all(members))
}

function isFrozenKey(value: unknown): value is { readonly jwk: JsonWebKey } {
  return typeof value === 'object' && value !== null && 'jwk' in value
}
