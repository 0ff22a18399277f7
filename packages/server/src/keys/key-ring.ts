/**
 * The key ring of access and ID tokens, kept in the store.
 *
 * What key does what when is decided by the pure ring of @countersign/tokens; here are time, storage and the making of
 * keys. Several processes share the store: each reads it every second, and where two rotate at once the store lets one
 * win.
 */

import {
  activeKey,
  exportPublicJwk,
  generateKey,
  keyState,
  parseJwk,
  planRevocation,
  planRotation,
  publishedKeys,
} from '@countersign/tokens'
import type { Jwk, Key, KeyState, RingKey, RingPolicy, RotationPlan } from '@countersign/tokens'
import { makeEvent } from '../audit/audit.ts'
import type { Clock, EpochSeconds } from '../clock.ts'
import { longestAccessTokenSeconds } from '../store/records.ts'
import type { SigningKeyRow, Store } from '../store/records.ts'
import { KeyRingError } from './key-ring-error.ts'
import { sealKey, unsealKey } from './sealed-key.ts'

export type SigningAlgorithm = 'ES256' | 'RS256'

export interface KeyRings {
  /** The active private key of an algorithm: signs now. */
  signingKey(alg: SigningAlgorithm): Promise<Key>
  /**
   * Public keys of all that live (next, active, retired).
   *
   * @throws {KeyRingError} `key_ring_stale`
   */
  verificationKeys(): readonly Key[]
  /** The JWK Set document, ready to serve. Waits for the first key of each algorithm. */
  jwks(): Promise<{ keys: Jwk[] }>
  /** Brings a successor into the ring, or answers the one that is published already. */
  rotate(alg: SigningAlgorithm, when: 'publish-ahead' | 'at-once'): Promise<{ kid: string; activeAt: EpochSeconds }>
  /** Revokes a key; another one takes the place of an active one in the same moment. `false` if unknown or revoked already. */
  revoke(kid: string): Promise<boolean>
  list(): Promise<readonly (RingKey & { readonly state: KeyState })[]>
  close(): void
}

export interface KeyRingDeps {
  readonly store: Pick<Store, 'signingKeys'>
  readonly masterKey: Key
  readonly clock: Clock
  /** Told of failures in the background (reading the store, rotating ahead of need), which are tried again. */
  readonly onError?: (error: unknown) => void
  /** Default `defaultRingPolicy`. */
  readonly policy?: RingPolicy
  /** Who rotates and revokes, for the audit trail. Default `system`. */
  readonly actor?: string
}

export const defaultRingPolicy: RingPolicy = {
  rotateEverySeconds: 90 * 24 * 3600,
  // Guards refetch the JWK Set at least every 60 s: a key signs when each has fetched it twice.
  publishAheadSeconds: 120,
  // The last token that the key signed, accepted with clocks a minute apart both ways; the rest is for a process that
  // learns of the rotation late.
  graceSeconds: longestAccessTokenSeconds + 600,
}

const ring = 'token'
const algorithms: readonly SigningAlgorithm[] = ['ES256', 'RS256']
const readEveryMs = 1000
/** A guard must hear of a revocation within a minute, so a ring that is older must not pass for a fresh one. */
const staleAfterSeconds = 60

interface KeyPair {
  readonly privateKey: Key
  readonly publicKey: Key
  readonly publicJwk: Jwk
}

/**
 * Opens the ring. At the first start it makes the ES256 key at once and the RS256 key, which takes a second, behind.
 *
 * @throws {KeyRingError} `master_key_mismatch`
 */
export async function openKeyRings(deps: KeyRingDeps): Promise<KeyRings> {
  const { store, masterKey, clock, onError, policy = defaultRingPolicy, actor = 'system' } = deps
  let rows: readonly SigningKeyRow[] = []
  let pairs = new Map<string, KeyPair>()
  let readAt: EpochSeconds = 0
  let reads = 0
  let lastRead = 0
  let closed = false

  async function read(): Promise<void> {
    const turn = ++reads
    const [found, now] = [await store.signingKeys.list(ring), clock()]
    // An answer that was overtaken by a later one must not bring a revoked key back.
    if (turn < lastRead) return
    // The public key is taken from the sealed private one: a row that was not made under the master key is never trusted.
    pairs = new Map(publishedKeys(found, now).map((row) => [row.kid, pairs.get(row.kid) ?? openPair(row, masterKey)]))
    rows = found
    lastRead = turn
    readAt = now
  }

  /** Makes and inserts the key that `plan` asks for, if it still does when the key is made. */
  async function place(plan: () => RotationPlan | undefined, type: string, facts = {}): Promise<string | undefined> {
    await read()
    const first = plan()
    if (first === undefined) return undefined
    const key = await generateKey(first.create.alg as SigningAlgorithm)
    const kid = key.kid
    if (kid === undefined) throw new TypeError('a generated signing key has a key ID')
    for (;;) {
      await read()
      const planned = plan()
      if (planned === undefined) return undefined
      const { create, changes } = planned
      const row: SigningKeyRow = {
        ...create,
        kid,
        ring,
        publicJwk: JSON.stringify(exportPublicJwk(key)),
        sealedPrivateJwk: sealKey(key, kid, masterKey),
        createdAt: clock(),
        retiredAt: null,
        goneAt: null,
        revokedAt: null,
      }
      const event = makeEvent(clock, { type, actor, detail: { ...facts, ...create, newKid: kid } })
      if ((await store.signingKeys.insert(row, changes, event)) === 'inserted') break
    }
    await read()
    return kid
  }

  const underWay = new Map<SigningAlgorithm, Promise<unknown>>()

  /** Rotates if it is due; one at a time for each algorithm. */
  function advance(alg: SigningAlgorithm): Promise<unknown> {
    const plan = (): RotationPlan | undefined => planRotation(rows, alg, policy, clock(), 'when-due')
    const rotation = underWay.get(alg) ?? place(plan, 'key.rotated').finally(() => underWay.delete(alg))
    underWay.set(alg, rotation)
    return rotation
  }

  async function demandActive(alg: SigningAlgorithm): Promise<SigningKeyRow> {
    if (activeKey(rows, alg, clock()) === undefined) await advance(alg)
    const active = activeKey(rows, alg, clock())
    if (active === undefined) throw new TypeError(`the ring has no active ${alg} key after one was made`)
    return active
  }

  function demandFresh(): void {
    if (clock() - readAt <= staleAfterSeconds) return
    throw new KeyRingError('key_ring_stale', 'the store has not told of its signing keys for a minute')
  }

  function published(): readonly KeyPair[] {
    demandFresh()
    return publishedKeys(rows, clock()).flatMap(({ kid }) => pairs.get(kid) ?? [])
  }

  async function tick(): Promise<void> {
    await read()
    const due = algorithms.filter((alg) => planRotation(rows, alg, policy, clock(), 'when-due') !== undefined)
    await Promise.all(due.map(advance))
  }

  await read()
  await demandActive('ES256')
  const inBackground = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => {
      if (!closed) onError?.(error)
    })
  }
  inBackground(tick())
  const timer = setInterval(() => inBackground(tick()), readEveryMs)
  timer.unref()

  return {
    async signingKey(alg) {
      demandFresh()
      const { kid } = await demandActive(alg)
      const pair = pairs.get(kid)
      if (pair === undefined) throw new TypeError('the active key is not open')
      return pair.privateKey
    },
    verificationKeys: () => published().map(({ publicKey }) => publicKey),
    async jwks() {
      await Promise.all(algorithms.map(demandActive))
      return { keys: published().map(({ publicJwk }) => publicJwk) }
    },
    async rotate(alg, when) {
      const kid = await place(() => planRotation(rows, alg, policy, clock(), when), 'key.rotated')
      const isHeir = (row: SigningKeyRow): boolean => row.alg === alg && keyState(row, clock()) === 'next'
      const successor = rows.find(kid === undefined ? isHeir : (row) => row.kid === kid)
      if (successor === undefined) throw new TypeError('a rotation that is not due has a successor already')
      return { kid: successor.kid, activeAt: successor.activeAt }
    },
    async revoke(kid) {
      const plan = (): RotationPlan | undefined => planRevocation(rows, kid, policy, clock())
      const replacement = await place(plan, 'key.revoked', { kid })
      if (replacement !== undefined) return true
      const event = makeEvent(clock, { type: 'key.revoked', actor, detail: { kid } })
      const revoked = await store.signingKeys.revoke(kid, clock(), event)
      await read()
      return revoked
    },
    async list() {
      await read()
      return rows.map((row) => {
        const { kid, alg, generation, createdAt, activeAt, retiredAt, goneAt, revokedAt } = row
        const state = keyState(row, clock())
        return { kid, alg, generation, createdAt, activeAt, retiredAt, goneAt, revokedAt, state }
      })
    },
    close() {
      closed = true
      clearInterval(timer)
    },
  }
}

function openPair(row: SigningKeyRow, masterKey: Key): KeyPair {
  const privateKey = unsealKey(row.sealedPrivateJwk, row.kid, masterKey)
  const publicJwk = exportPublicJwk(privateKey)
  return { privateKey, publicJwk, publicKey: parseJwk(publicJwk) }
}
