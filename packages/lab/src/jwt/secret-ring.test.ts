import { signJwt, verifyJwtSignature } from '@countersign/tokens'
import { afterEach, expect, test } from 'vitest'

import { openDatabase } from './database.ts'
import type { Database } from './database.ts'
import { openSecretRing } from './secret-ring.ts'
import type { SecretRing, SecretRingOptions } from './secret-ring.ts'

const start = 1_800_000_000
const databases: Database[] = []

function setUp(options: Partial<SecretRingOptions> = {}): { ring: SecretRing; at: (seconds: number) => void } {
  let now = start
  const database = openDatabase(undefined)
  databases.push(database)
  const policy = { rotateEverySeconds: 100, graceSeconds: 50, firstSecret: undefined }
  const ring = openSecretRing({ ...policy, database, now: () => now, ...options })
  return { ring, at: (seconds) => (now = start + seconds) }
}

function sign(ring: SecretRing): string {
  return signJwt({ user: 'alice' }, ring.newest())
}

function isLive(ring: SecretRing, token: string): boolean {
  return ring.live().some((key) => {
    try {
      return verifyJwtSignature(token, key).claims['user'] === 'alice'
    } catch {
      return false
    }
  })
}

afterEach(() => databases.splice(0).forEach((database) => database.close()))

test('a secret signs until it is replaced, and verifies for its grace after that', () => {
  const { ring, at } = setUp()
  const token = sign(ring)
  at(99.9)
  expect(sign(ring)).toBe(token)
  at(100)
  const next = sign(ring)
  expect(next).not.toBe(token)
  at(149.9)
  expect([isLive(ring, token), isLive(ring, next)]).toEqual([true, true])
  at(150)
  expect([isLive(ring, token), isLive(ring, next)]).toEqual([false, true])
})

test('the newest verifies however old it is', () => {
  const { ring, at } = setUp({ rotateEverySeconds: 1_000_000 })
  const token = sign(ring)
  at(999_999)
  expect(isLive(ring, token)).toBe(true)
})

test('a rotation that is due comes without anybody asking for a key', () => {
  const { ring, at } = setUp()
  const token = sign(ring)
  at(100)
  ring.rotateWhenDue()
  at(151)
  expect(isLive(ring, token)).toBe(false)
})

test('a rotation at once replaces the newest, and starts its time anew', () => {
  const { ring, at } = setUp()
  const token = sign(ring)
  at(10)
  ring.rotate()
  const next = sign(ring)
  expect(next).not.toBe(token)
  at(109)
  expect([sign(ring), isLive(ring, token)]).toEqual([next, false])
  at(110)
  expect(sign(ring)).not.toBe(next)
})

test('without grace a replaced secret is gone at once', () => {
  const { ring } = setUp({ graceSeconds: 0 })
  const token = sign(ring)
  ring.rotate()
  expect(isLive(ring, token)).toBe(false)
})

test('a secret that is given is the first alone', () => {
  const firstSecret = Buffer.from('a secret of at least thirty-two bytes')
  const [one, two] = [setUp({ firstSecret }), setUp({ firstSecret })]
  expect(sign(one.ring)).toBe(sign(two.ring))
  one.ring.rotate()
  two.ring.rotate()
  expect(sign(one.ring)).not.toBe(sign(two.ring))
})

test('secrets and their ends outlive the process, which starts with a new one', () => {
  const database = openDatabase(undefined)
  databases.push(database)
  const first = setUp({ database })
  const token = sign(first.ring)
  const second = setUp({ database, graceSeconds: 500 })
  expect(sign(second.ring)).not.toBe(token)
  second.at(499)
  expect(isLive(second.ring, token)).toBe(true)
  second.at(500)
  expect(isLive(second.ring, token)).toBe(false)
})

test('secrets that are gone are deleted', () => {
  const database = openDatabase(undefined)
  databases.push(database)
  const { ring, at } = setUp({ database })
  for (let seconds = 0; seconds <= 1000; seconds += 100) {
    at(seconds)
    ring.rotateWhenDue()
  }
  expect(database.secrets()).toHaveLength(2)
})

test('a clock that is set back finds a secret that signs', () => {
  const { ring, at } = setUp()
  at(-500)
  expect(isLive(ring, sign(ring))).toBe(true)
})
