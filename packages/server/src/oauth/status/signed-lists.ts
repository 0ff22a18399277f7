/** Signs status lists, and keeps what it signed for as long as it is the newest that could be said. */

import { hash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { statusListBase, statusListClaims, statusListType } from '@countersign/protocol'
import { signJwt } from '@countersign/tokens'
import type { Clock, EpochSeconds } from '../../clock.ts'
import type { KeyRings } from '../../keys/key-ring.ts'
import type { RevokedPlaces } from './revoked-places.ts'

export interface SignedListsDeps {
  readonly issuer: string
  readonly keys: Pick<KeyRings, 'statusKey'>
  readonly clock: Clock
  readonly places: Pick<RevokedPlaces, 'bits' | 'version'>
}

export interface SignedList {
  readonly text: string
  /** A strong entity tag (RFC 9110 §8.8.3). */
  readonly etag: string
}

/** When a guard should ask again, and when it must not rely on the list any more. */
const ttlSeconds = 2
const lifetimeSeconds = 60

/** Answers what signs a list as it is now: again when something was revoked, and when a second has gone by. */
export function signedLists({ issuer, keys, clock, places }: SignedListsDeps): (list: number) => Promise<SignedList> {
  const kept = new Map<number, SignedList & { readonly issuedAt: EpochSeconds; readonly packed: Packed }>()
  return async (list) => {
    const version = places.version(list)
    const issuedAt = clock()
    const last = kept.get(list)
    if (last?.packed.version === version && last.issuedAt === issuedAt) return last
    // Packing costs more than signing, and is needed after a change only.
    const packed = last?.packed.version === version ? last.packed : { version, lst: pack(places.bits(list)) }
    const uri = `${statusListBase(issuer)}${list}`
    const times = { issuedAt, expiresAt: issuedAt + lifetimeSeconds, ttlSeconds }
    const claims = statusListClaims({ uri, ...times, bits: places.bits(list) }, () => packed.lst)
    const text = signJwt({ ...claims }, await keys.statusKey(), { typ: statusListType })
    const signed = { text, etag: `"${hash('sha256', text, 'base64url')}"`, issuedAt, packed }
    kept.set(list, signed)
    return signed
  }
}

interface Packed {
  readonly version: number
  readonly lst: string
}

function pack(bits: Uint8Array): string {
  return deflateSync(bits, { level: 9 }).toString('base64url')
}
