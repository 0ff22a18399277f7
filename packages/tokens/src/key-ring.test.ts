import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { activeKey, keyState, planRevocation, planRotation, publishedKeys } from './key-ring.ts'
import type { RingKey, RingPolicy, RotationPlan, RotationTime } from './key-ring.ts'

const policy: RingPolicy = { rotateEverySeconds: 1000, publishAheadSeconds: 100, graceSeconds: 50 }
const alg = 'ES256'

function ringKey(generation: number, dates: Partial<RingKey> = {}): RingKey {
  const unset = { createdAt: 0, activeAt: 0, retiredAt: null, goneAt: null, revokedAt: null }
  return { kid: `${alg}-${generation}`, alg, generation, ...unset, ...dates }
}

/** What a caller does with a plan: inserts the new key and moves the dates of others. */
function apply(keys: readonly RingKey[], plan: RotationPlan | undefined, now: number): readonly RingKey[] {
  if (plan === undefined) return keys
  const moved = keys.map((key) => ({ ...key, ...plan.changes.find(({ kid }) => kid === key.kid) }))
  return [...moved, ringKey(plan.create.generation, { createdAt: now, ...plan.create })]
}

const kids = (keys: readonly RingKey[]): readonly string[] => keys.map(({ kid }) => kid)

describe('keyState', () => {
  const key = ringKey(1, { activeAt: 10, retiredAt: 20, goneAt: 30 })
  for (const { now, state } of [
    { now: 9, state: 'next' },
    { now: 10, state: 'active' },
    { now: 19, state: 'active' },
    { now: 20, state: 'retired' },
    { now: 29, state: 'retired' },
    { now: 30, state: 'gone' },
  ]) {
    test(`is ${state} at ${now}`, () => {
      expect(keyState(key, now)).toBe(state)
    })
  }

  test('is revoked from the moment that it is marked, also for a clock that is behind', () => {
    expect(keyState({ ...key, revokedAt: 15 }, 14)).toBe('revoked')
  })

  test('stays active while no successor is planned', () => {
    expect(keyState(ringKey(1), Number.MAX_SAFE_INTEGER)).toBe('active')
  })
})

describe('activeKey and publishedKeys', () => {
  const ring = [
    ringKey(1, { retiredAt: 100, goneAt: 150 }),
    ringKey(2, { activeAt: 100 }),
    ringKey(3, { activeAt: 300 }),
    { ...ringKey(4), kid: 'RS256-1', alg: 'RS256' },
  ]

  test('the key of the algorithm that is active signs', () => {
    expect(activeKey(ring, alg, 99)?.generation).toBe(1)
    expect(activeKey(ring, alg, 100)?.generation).toBe(2)
    expect(activeKey(ring, 'Ed25519', 100)).toBeUndefined()
  })

  test('of two that are active the newest generation signs', () => {
    expect(activeKey(ring, alg, 300)?.generation).toBe(3)
  })

  test('next, active and retired keys of every algorithm are published; gone and revoked ones are not', () => {
    expect(kids(publishedKeys(ring, 120))).toEqual(['ES256-1', 'ES256-2', 'ES256-3', 'RS256-1'])
    expect(kids(publishedKeys(ring, 150))).toEqual(['ES256-2', 'ES256-3', 'RS256-1'])
    expect(kids(publishedKeys([ringKey(1, { revokedAt: 1 })], 150))).toEqual([])
  })
})

describe('planRotation', () => {
  for (const when of ['when-due', 'publish-ahead', 'at-once'] as const) {
    test(`an empty ring gets its first key at once (${when})`, () => {
      const plan = planRotation([], alg, policy, 7, when)
      expect(plan).toEqual({ create: { alg, generation: 1, activeAt: 7 }, changes: [] })
    })
  }

  const one = [ringKey(1, { activeAt: 0 })]

  test('nothing is due before the time to publish ahead', () => {
    expect(planRotation(one, alg, policy, 899, 'when-due')).toBeUndefined()
  })

  test('a successor is published ahead of the end, and takes over at the end', () => {
    expect(planRotation(one, alg, policy, 900, 'when-due')).toEqual({
      create: { alg, generation: 2, activeAt: 1000 },
      changes: [{ kid: 'ES256-1', activeAt: 0, retiredAt: 1000, goneAt: 1050, revokedAt: null }],
    })
  })

  test('a rotation that comes late is published ahead all the same', () => {
    expect(planRotation(one, alg, policy, 5000, 'when-due')?.create.activeAt).toBe(5100)
  })

  test('on command a successor is published now', () => {
    expect(planRotation(one, alg, policy, 10, 'publish-ahead')?.create.activeAt).toBe(110)
  })

  test('a successor on its way is waited for', () => {
    const ring = apply(one, planRotation(one, alg, policy, 10, 'publish-ahead'), 10)
    expect(planRotation(ring, alg, policy, 11, 'publish-ahead')).toBeUndefined()
    expect(planRotation(ring, alg, policy, 11, 'when-due')).toBeUndefined()
  })

  test('at once: the old key stops signing now and verifies for the grace; a successor on its way is passed over', () => {
    const ring = apply(one, planRotation(one, alg, policy, 10, 'publish-ahead'), 10)
    expect(planRotation(ring, alg, policy, 20, 'at-once')).toEqual({
      create: { alg, generation: 3, activeAt: 20 },
      changes: [
        { kid: 'ES256-1', activeAt: 0, retiredAt: 20, goneAt: 70, revokedAt: null },
        { kid: 'ES256-2', activeAt: 110, retiredAt: 20, goneAt: 70, revokedAt: null },
      ],
    })
  })

  test('another algorithm has generations of its own and is left alone', () => {
    const ring = [...one, { ...ringKey(8), kid: 'RS256-8', alg: 'RS256' }]
    const plan = planRotation(ring, alg, policy, 20, 'at-once')
    expect(plan?.create.generation).toBe(2)
    expect(plan?.changes.map(({ kid }) => kid)).toEqual(['ES256-1'])
  })

  test('a generation is never used twice, also when the newest is revoked or gone', () => {
    const ring = [ringKey(5, { revokedAt: 1 }), ringKey(4, { retiredAt: 1, goneAt: 2 })]
    expect(planRotation(ring, alg, policy, 20, 'when-due')?.create).toEqual({ alg, generation: 6, activeAt: 20 })
  })

  test('a key that would retire without an heir gets another, and signs until then', () => {
    const ring = [ringKey(1, { retiredAt: 110, goneAt: 160 }), ringKey(2, { activeAt: 110, revokedAt: 50 })]
    expect(planRotation(ring, alg, policy, 60, 'when-due')).toEqual({
      create: { alg, generation: 3, activeAt: 160 },
      changes: [{ kid: 'ES256-1', activeAt: 0, retiredAt: 160, goneAt: 210, revokedAt: null }],
    })
  })
})

describe('planRevocation', () => {
  const ring = [ringKey(1, { retiredAt: 100, goneAt: 150 }), ringKey(2, { activeAt: 100 })]

  test('the active key is replaced at once, its heir passed over', () => {
    const published = apply(ring, planRotation(ring, alg, policy, 110, 'publish-ahead'), 110)
    expect(planRevocation(published, 'ES256-2', policy, 120)).toEqual({
      create: { alg, generation: 4, activeAt: 120 },
      changes: [
        { kid: 'ES256-2', activeAt: 100, retiredAt: 210, goneAt: 260, revokedAt: 120 },
        { kid: 'ES256-3', activeAt: 210, retiredAt: 120, goneAt: 170, revokedAt: null },
      ],
    })
  })

  test('the next key is replaced by another that is published ahead; the active one signs until then', () => {
    const published = apply(ring, planRotation(ring, alg, policy, 110, 'publish-ahead'), 110)
    const plan = planRevocation(published, 'ES256-3', policy, 120)
    expect(plan?.create).toEqual({ alg, generation: 4, activeAt: 220 })
    expect(plan?.changes).toContainEqual({
      kid: 'ES256-2',
      activeAt: 100,
      retiredAt: 220,
      goneAt: 270,
      revokedAt: null,
    })
  })

  for (const kid of ['ES256-1', 'unknown']) {
    test(`no replacement for a key that neither signs nor will (${kid})`, () => {
      expect(planRevocation(ring, kid, policy, 120)).toBeUndefined()
    })
  }
})

/** One step of a ring's life: time passes, then somebody acts. */
const step = fc.record({
  elapsed: fc.oneof(fc.constantFrom(0, 1, 49, 50, 99, 100, 900, 1000), fc.nat({ max: 2000 })),
  act: fc.oneof(
    fc.constantFrom<RotationTime>('when-due', 'publish-ahead', 'at-once'),
    fc.record({ revoke: fc.nat(), replace: fc.boolean() }),
  ),
})

test('across any rotations at any times: one key signs, what it signed verifies for the grace, a revoked key never', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let now = 0
      let keys = apply([], planRotation([], alg, policy, now, 'when-due'), now)
      /** When each key signed last: what it signed before is dead no later. */
      const signedAt = new Map<string, number>()

      for (const { elapsed, act } of steps) {
        // Look at every second at which a date falls, and beside it, before the next act changes the dates.
        const dates = keys.flatMap((key) => [key.activeAt, key.retiredAt ?? 0, key.goneAt ?? 0])
        const instants = dates.flatMap((at) => [at - 1, at, at + 1]).filter((at) => at > now && at < now + elapsed)
        for (const at of [now, ...instants.toSorted((a, b) => a - b), now + elapsed]) observe(at)
        now += elapsed
        if (typeof act === 'string') keys = apply(keys, planRotation(keys, alg, policy, now, act), now)
        else revoke(act)
        observe(now)
      }

      function observe(at: number): void {
        const active = keys.filter((key) => keyState(key, at) === 'active')
        expect(active).toHaveLength(1)
        expect(activeKey(keys, alg, at)).toBe(active[0])
        if (active[0]) signedAt.set(active[0].kid, at)
        const published = new Set(kids(publishedKeys(keys, at)))
        for (const { kid, revokedAt } of keys) {
          if (revokedAt !== null) expect(published).not.toContain(kid)
          else if (at < (signedAt.get(kid) ?? -Infinity) + policy.graceSeconds) expect(published).toContain(kid)
        }
      }

      function revoke({ revoke: index, replace }: { readonly revoke: number; readonly replace: boolean }): void {
        const target = keys[index % keys.length] as RingKey
        const plan = replace ? planRevocation(keys, target.kid, policy, now) : undefined
        if (plan) keys = apply(keys, plan, now)
        else keys = keys.map((key) => (key === target ? { ...key, revokedAt: key.revokedAt ?? now } : key))
        // A bare revocation leaves a gap that the next look at the schedule heals.
        if (!replace) keys = apply(keys, planRotation(keys, alg, policy, now, 'when-due'), now)
      }
    }),
    { numRuns: 200 },
  )
})
