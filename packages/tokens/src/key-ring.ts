/**
 * Key ring: which key of a set signs now, which still verify, and when the next is due.
 *
 * A key goes `next → active → retired → gone` by its dates alone, or is `revoked`. Each algorithm has its own line of
 * generations, and one ring serves one purpose. Pure: the clock is passed in; making keys, keeping them, and letting
 * one of two planners win (unique generations) is the caller's.
 */

import type { EpochSeconds } from './time.ts'

export interface RingKey {
  readonly kid: string
  readonly alg: string
  /** 1, 2, 3 … within the ring and the algorithm; never used twice. */
  readonly generation: number
  readonly createdAt: EpochSeconds
  readonly activeAt: EpochSeconds
  /** When it stops signing; null while no successor is planned. */
  readonly retiredAt: EpochSeconds | null
  /** When it stops verifying. */
  readonly goneAt: EpochSeconds | null
  readonly revokedAt: EpochSeconds | null
}

export type KeyState = 'next' | 'active' | 'retired' | 'gone' | 'revoked'

export interface RingPolicy {
  /** How long a key signs. */
  readonly rotateEverySeconds: number
  /** How long a key is published before it signs: no less than verifiers keep a key set. */
  readonly publishAheadSeconds: number
  /** How long a key verifies after it stopped signing: no less than a token lives, plus clock skew. */
  readonly graceSeconds: number
}

export type KeyDates = Pick<RingKey, 'kid' | 'activeAt' | 'retiredAt' | 'goneAt' | 'revokedAt'>

/** A key to create, and the dates that other keys get with it: one batch, or the ring has two active keys or none. */
export interface RotationPlan {
  readonly create: Pick<RingKey, 'alg' | 'generation' | 'activeAt'>
  readonly changes: readonly KeyDates[]
}

/**
 * - `when-due`: publishes a successor ahead of the active key's end; heals a ring that has no active key or heir.
 * - `publish-ahead`: publishes a successor now, which takes over after `publishAheadSeconds`.
 * - `at-once`: the successor takes over now; the keys before it keep verifying for the grace.
 */
export type RotationTime = 'when-due' | 'publish-ahead' | 'at-once'

export function keyState(key: RingKey, now: EpochSeconds): KeyState {
  // Whatever its date: a verifier whose clock is behind must not go on trusting a revoked key.
  if (key.revokedAt !== null) return 'revoked'
  if (key.goneAt !== null && key.goneAt <= now) return 'gone'
  if (key.retiredAt !== null && key.retiredAt <= now) return 'retired'
  return key.activeAt <= now ? 'active' : 'next'
}

/** The key that signs now: the newest generation that is active. */
export function activeKey<K extends RingKey>(keys: readonly K[], alg: string, now: EpochSeconds): K | undefined {
  return newest(keys.filter((key) => key.alg === alg && keyState(key, now) === 'active'))
}

/** The keys that a verifier may trust now, of every algorithm: next, active and retired. */
export function publishedKeys<K extends RingKey>(keys: readonly K[], now: EpochSeconds): readonly K[] {
  return keys.filter((key) => {
    const state = keyState(key, now)
    return state !== 'gone' && state !== 'revoked'
  })
}

/**
 * Plans a successor for one algorithm's active key; `undefined` where none is due. A successor that is published
 * already is waited for, except `at-once`. With no active key the new one signs at once, whatever was asked.
 */
export function planRotation(
  keys: readonly RingKey[],
  alg: string,
  policy: RingPolicy,
  now: EpochSeconds,
  when: RotationTime,
): RotationPlan | undefined {
  const line = keys.filter((key) => key.alg === alg)
  const active = activeKey(line, alg, now)
  const activeAt = active === undefined || when === 'at-once' ? now : planSwitch(line, active, policy, now, when)
  if (activeAt === undefined) return undefined
  return {
    create: { alg, generation: (newest(line)?.generation ?? 0) + 1, activeAt },
    // A `next` that is passed over keeps the grace too: a process that has not read the plan yet may still sign with it.
    changes: line
      .filter((key) => ['active', 'next'].includes(keyState(key, now)))
      .map((key) => ({ ...datesOf(key), retiredAt: activeAt, goneAt: activeAt + policy.graceSeconds })),
  }
}

/**
 * Plans the replacement that revoking this key calls for: one that signs at once for the active key, another heir for
 * the next one. The revocation is among the changes. `undefined` where the key can be revoked without replacement.
 */
export function planRevocation(
  keys: readonly RingKey[],
  kid: string,
  policy: RingPolicy,
  now: EpochSeconds,
): RotationPlan | undefined {
  const key = keys.find((candidate) => candidate.kid === kid)
  if (key === undefined || !['active', 'next'].includes(keyState(key, now))) return undefined
  const revoked = { ...key, revokedAt: now }
  const rest = keys.map((other) => (other === key ? revoked : other))
  const plan = planRotation(rest, key.alg, policy, now, 'publish-ahead')
  return plan && { ...plan, changes: [datesOf(revoked), ...plan.changes] }
}

/** When the successor of a healthy active key takes over; `undefined` while there is nothing to do. */
function planSwitch(
  line: readonly RingKey[],
  active: RingKey,
  policy: RingPolicy,
  now: EpochSeconds,
  when: 'when-due' | 'publish-ahead',
): EpochSeconds | undefined {
  if (line.some((key) => keyState(key, now) === 'next')) return undefined
  const soonest = now + policy.publishAheadSeconds
  // Retiring without an heir: its successor was revoked before it began.
  if (when === 'publish-ahead' || active.retiredAt !== null) return soonest
  const end = active.activeAt + policy.rotateEverySeconds
  return end <= soonest ? soonest : undefined
}

function newest<K extends RingKey>(keys: readonly K[]): K | undefined {
  return keys.reduce<K | undefined>((best, key) => (best && best.generation > key.generation ? best : key), undefined)
}

function datesOf({ kid, activeAt, retiredAt, goneAt, revokedAt }: RingKey): KeyDates {
  return { kid, activeAt, retiredAt, goneAt, revokedAt }
}
