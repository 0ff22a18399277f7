import { expect, test } from 'vitest'
import { createPasswordHasher, HashingBusyError } from './password-hasher.ts'

const cheap = { memoryKiB: 64, passes: 1 }

test('hashes are argon2id with 19 MiB and 2 passes by default', async () => {
  expect(await createPasswordHasher().hash('correct horse')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

for (const { name, password, other } of [
  { name: 'the 73rd byte', password: `${'x'.repeat(72)}a`, other: `${'x'.repeat(72)}b` },
  { name: 'what follows a NUL', password: 'wrench\0opal', other: 'wrench\0ruby' },
  { name: 'a NUL and what follows it', password: 'wrench', other: 'wrench\0opal' },
  { name: 'a trailing space', password: 'wrench-opal ', other: 'wrench-opal' },
  { name: 'the case', password: 'Wrench-Opal', other: 'wrench-opal' },
  { name: 'composition', password: 'Rene\u0301', other: 'Ren\u00e9' },
  { name: 'the 128th character', password: `${'ξ'.repeat(127)}a`, other: `${'ξ'.repeat(127)}b` },
]) {
  test(`passwords that differ in ${name} are different`, async () => {
    const hasher = createPasswordHasher(cheap)
    const hash = await hasher.hash(password)
    expect(await hasher.verify(hash, password)).toBe(true)
    expect(await hasher.verify(hash, other)).toBe(false)
  })
}

test('without a hash no password is right', async () => {
  expect(await createPasswordHasher(cheap).verify(undefined, 'correct horse')).toBe(false)
})

test('without a hash a password waits its turn like any other', async () => {
  const hasher = createPasswordHasher({ ...cheap, concurrency: 1, maxWaiting: 0 })
  const hash = await hasher.hash('correct horse')
  await hasher.verify(undefined, 'first')
  const unknown = hasher.verify(undefined, 'correct horse')
  await expect(hasher.verify(hash, 'correct horse')).rejects.toBeInstanceOf(HashingBusyError)
  expect(await unknown).toBe(false)
  const known = hasher.verify(hash, 'correct horse')
  await expect(hasher.verify(undefined, 'correct horse')).rejects.toBeInstanceOf(HashingBusyError)
  expect(await known).toBe(true)
})

test('so many hash at once, so many wait, and the next one is told to come back', async () => {
  const hasher = createPasswordHasher({ ...cheap, concurrency: 2, maxWaiting: 3 })
  const outcomes = await Promise.allSettled(Array.from({ length: 7 }, () => hasher.hash('correct horse')))
  expect(outcomes.map(({ status }) => status)).toEqual([...new Array(5).fill('fulfilled'), 'rejected', 'rejected'])
  expect(outcomes[5]).toMatchObject({ reason: { name: 'HashingBusyError', retryAfterSeconds: 2 } })
  await expect(hasher.hash('correct horse')).resolves.toBeTypeOf('string')
})

test('a hash that cannot be read fails, and its place in the queue is free again', async () => {
  const hasher = createPasswordHasher({ ...cheap, concurrency: 1, maxWaiting: 0 })
  await expect(hasher.verify('not a hash', 'correct horse')).rejects.toThrow()
  await expect(hasher.hash('correct horse')).resolves.toBeTypeOf('string')
})

test('a hash made with other parameters is outdated', async () => {
  const hash = await createPasswordHasher(cheap).hash('correct horse')
  expect(await createPasswordHasher(cheap).isOutdated(hash)).toBe(false)
  expect(await createPasswordHasher({ ...cheap, passes: 2 }).isOutdated(hash)).toBe(true)
  expect(await createPasswordHasher({ ...cheap, memoryKiB: 128 }).isOutdated(hash)).toBe(true)
})
