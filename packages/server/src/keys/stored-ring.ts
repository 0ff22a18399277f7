/**
 * A key ring in the store: what is read of it, and the making and inserting of keys. When that is due is decided in
 * `key-ring.ts`.
 */

import { exportPublicJwk, generateKey, parseJwk, publishedKeys } from '@countersign/tokens'
import type { Jwk, Key, RotationPlan } from '@countersign/tokens'
import { makeEvent } from '../audit/audit.ts'
import type { Clock, EpochSeconds } from '../clock.ts'
import type { AuditEvent, SigningKeyRow, SigningKeyStore } from '../store/records.ts'
import { sealKey, unsealKey } from './sealed-key.ts'

export type SigningAlgorithm = 'ES256' | 'RS256'

export interface KeyPair {
  readonly privateKey: Key
  readonly publicKey: Key
  readonly publicJwk: Jwk
}

export interface StoredRing {
  /** All keys of the ring as last read, by algorithm and generation. */
  readonly rows: readonly SigningKeyRow[]
  /** When that was. */
  readonly readAt: EpochSeconds
  /** The handles of a key that was published at the last read. */
  pair(kid: string): KeyPair | undefined
  /** @throws {KeyRingError} `master_key_mismatch` */
  read(): Promise<void>
  /**
   * Makes and inserts the key that `plan` asks for, unless another process was first and nothing is left to do. Answers
   * its `kid`.
   */
  place(plan: () => RotationPlan | undefined, event: RingEvent): Promise<string | undefined>
}

export interface RingEvent {
  readonly type: string
  readonly detail?: AuditEvent['detail']
}

export interface StoredRingDeps {
  readonly ring: string
  readonly signingKeys: SigningKeyStore
  readonly masterKey: Key
  readonly clock: Clock
  readonly actor: string
}

export function createStoredRing(deps: StoredRingDeps): StoredRing {
  const { ring, signingKeys, masterKey, clock, actor } = deps
  let rows: readonly SigningKeyRow[] = []
  let pairs = new Map<string, KeyPair>()
  let readAt: EpochSeconds = 0
  let readsBegun = 0
  let readShown = 0

  async function read(): Promise<void> {
    const turn = ++readsBegun
    const found = await signingKeys.list(ring)
    // An answer that a later one has overtaken must not bring a revoked key back.
    if (turn < readShown) return
    const now = clock()
    pairs = new Map(publishedKeys(found, now).map((row) => [row.kid, pairs.get(row.kid) ?? openPair(row, masterKey)]))
    rows = found
    readAt = now
    readShown = turn
  }

  function toRow(key: Key, kid: string, create: RotationPlan['create']): SigningKeyRow {
    return {
      ...create,
      kid,
      ring,
      publicJwk: JSON.stringify(exportPublicJwk(key)),
      sealedPrivateJwk: sealKey(key, { kid, ring }, masterKey),
      createdAt: clock(),
      retiredAt: null,
      goneAt: null,
      revokedAt: null,
    }
  }

  async function place(plan: () => RotationPlan | undefined, { type, detail }: RingEvent): Promise<string | undefined> {
    await read()
    const due = plan()
    if (due === undefined) return undefined
    const key = await generateKey(due.create.alg as SigningAlgorithm)
    const kid = key.kid
    if (kid === undefined) throw new TypeError('a generated signing key has a key ID')
    for (;;) {
      // Making a key takes a while, in which another process may have acted: plan again.
      await read()
      const planned = plan()
      if (planned === undefined) return undefined
      const { create, changes } = planned
      const event = makeEvent(clock, { type, actor, detail: { ...detail, ring, ...create, newKid: kid } })
      if ((await signingKeys.insert(toRow(key, kid, create), changes, event)) === 'inserted') break
    }
    await read()
    return kid
  }

  return {
    get rows() {
      return rows
    },
    get readAt() {
      return readAt
    },
    pair: (kid) => pairs.get(kid),
    read,
    place,
  }
}

/** The public key comes from the sealed private one: a row that was not made under the master key is never trusted. */
function openPair({ kid, ring, sealedPrivateJwk }: SigningKeyRow, masterKey: Key): KeyPair {
  const privateKey = unsealKey(sealedPrivateJwk, { kid, ring }, masterKey)
  const publicJwk = exportPublicJwk(privateKey)
  return { privateKey, publicJwk, publicKey: parseJwk(publicJwk) }
}
