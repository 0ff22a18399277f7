/**
 * One ring of keys for one purpose: knows which of its keys signs, publishes them, rotates when it is due and revokes.
 *
 * Which key does what is decided by dates, in the pure ring of @countersign/tokens. Several processes share a ring
 * through the store: each reads it twice a second, and where two rotate at once the store lets one win.
 */

import { activeKey, keyState, planRevocation, planRotation, publishedKeys } from '@countersign/tokens'
import type { Key, KeyState, RingKey, RingPolicy, RotationPlan } from '@countersign/tokens'
import { makeEvent } from '../audit/audit.ts'
import type { EpochSeconds } from '../clock.ts'
import { KeyRingError } from './key-ring-error.ts'
import { createStoredRing } from './stored-ring.ts'
import type { KeyPair, SigningAlgorithm, StoredRingDeps } from './stored-ring.ts'

export interface RotatingRing {
  /**
   * The active private key of an algorithm: signs now. Makes one if there is none.
   *
   * @throws {KeyRingError} `key_ring_stale`
   */
  signingKey(alg: SigningAlgorithm): Promise<Key>
  /**
   * All keys that live (next, active, retired).
   *
   * @throws {KeyRingError} `key_ring_stale`
   */
  published(): readonly KeyPair[]
  /**
   * Brings a successor into the ring; answers the one that is published already, if there is one. `at-once`: another
   * one, which signs as soon as every process publishes it.
   */
  rotate(alg: SigningAlgorithm, when: 'publish-ahead' | 'at-once'): Promise<{ kid: string; activeAt: EpochSeconds }>
  /** Revokes a key; another takes the place of an active one in the same moment. `false` if unknown or revoked already. */
  revoke(kid: string): Promise<boolean>
  list(): Promise<readonly (RingKey & { readonly state: KeyState })[]>
  close(): void
}

export interface RotatingRingDeps extends StoredRingDeps {
  /** A line of keys for each. The first one's key is there when the ring is open; the others' are made behind. */
  readonly algorithms: readonly [SigningAlgorithm, ...SigningAlgorithm[]]
  readonly policy: RingPolicy
  readonly onError: ((error: unknown) => void) | undefined
}

const readEveryMs = 500
/**
 * From `at-once` until the key signs, one of them lost to whole seconds: every process has read it by then. Else a guard
 * could ask one process for the key with which another has just signed.
 */
const spreadSeconds = 2
/** Guards must hear of a revocation within a minute, so what is older must not be given out as fresh. */
const staleAfterSeconds = 60

/** @throws {KeyRingError} `master_key_mismatch` */
export async function openRotatingRing(deps: RotatingRingDeps): Promise<RotatingRing> {
  const { algorithms, policy, onError, signingKeys, clock, actor } = deps
  const ring = createStoredRing(deps)
  const underWay = new Map<SigningAlgorithm, Promise<unknown>>()
  let closed = false

  const planDue = (alg: SigningAlgorithm): RotationPlan | undefined =>
    planRotation(ring.rows, alg, policy, clock(), 'when-due')

  /** Rotates if it is due; one at a time for each algorithm. */
  function advance(alg: SigningAlgorithm): Promise<unknown> {
    const started = underWay.get(alg)
    if (started !== undefined) return started
    const rotation = ring.place(() => planDue(alg), { type: 'key.rotated' }).finally(() => underWay.delete(alg))
    underWay.set(alg, rotation)
    return rotation
  }

  async function demandActive(alg: SigningAlgorithm): Promise<string> {
    if (activeKey(ring.rows, alg, clock()) === undefined) await advance(alg)
    const active = activeKey(ring.rows, alg, clock())
    if (active === undefined) throw new TypeError(`the ring has no active ${alg} key after one was made`)
    return active.kid
  }

  function demandFresh(): void {
    if (clock() - ring.readAt <= staleAfterSeconds) return
    throw new KeyRingError('key_ring_stale', 'the store has not told of its signing keys for a minute')
  }

  function workBehind(): void {
    const work = ring.read().then(() => Promise.all(algorithms.filter(planDue).map(advance)))
    work.catch((error: unknown) => {
      if (!closed) onError?.(error)
    })
  }

  await ring.read()
  await demandActive(algorithms[0])
  workBehind()
  const timer = setInterval(workBehind, readEveryMs)
  timer.unref()

  return {
    async signingKey(alg) {
      demandFresh()
      const pair = ring.pair(await demandActive(alg))
      if (pair === undefined) throw new TypeError('an active key is among the published')
      return pair.privateKey
    },
    published() {
      demandFresh()
      return publishedKeys(ring.rows, clock()).flatMap(({ kid }) => ring.pair(kid) ?? [])
    },
    async rotate(alg, when) {
      const lead = when === 'at-once' ? spreadSeconds : 0
      const plan = (): RotationPlan | undefined => planRotation(ring.rows, alg, policy, clock() + lead, when)
      const kid = await ring.place(plan, { type: 'key.rotated' })
      const isHeir = (row: RingKey): boolean => row.alg === alg && keyState(row, clock()) === 'next'
      const successor = ring.rows.find(kid === undefined ? isHeir : (row) => row.kid === kid)
      if (successor === undefined) throw new TypeError('where no rotation is due, a successor is published')
      return { kid: successor.kid, activeAt: successor.activeAt }
    },
    async revoke(kid) {
      const plan = (): RotationPlan | undefined => planRevocation(ring.rows, kid, policy, clock())
      if ((await ring.place(plan, { type: 'key.revoked', detail: { kid } })) !== undefined) return true
      if (!ring.rows.some((row) => row.kid === kid)) return false
      const event = makeEvent(clock, { type: 'key.revoked', actor, detail: { kid } })
      const revoked = await signingKeys.revoke(kid, clock(), event)
      await ring.read()
      return revoked
    },
    async list() {
      await ring.read()
      return ring.rows.map((row) => {
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
