import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spendId } from './spend-id.ts'

test('is the SHA-256 of domain and parts, each after its length in two bytes', () => {
  const input = Buffer.concat([
    Buffer.from([0, 2]),
    Buffer.from('at'),
    Buffer.from([0, 18]),
    Buffer.from('https://id.example'),
    Buffer.from([0, 3]),
    Buffer.from('jtx'),
  ])
  expect(spendId('at', 'https://id.example', 'jtx')).toEqual(createHash('sha256').update(input).digest())
})

test('lengths are those in bytes', () => {
  const input = Buffer.concat([Buffer.from([0, 2]), Buffer.from('at'), Buffer.from([0, 2]), Buffer.from('é')])
  expect(spendId('at', 'é')).toEqual(createHash('sha256').update(input).digest())
})

test('no two lists of parts share an id, however their texts are cut', () => {
  const parts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '|', '\0'), maxLength: 4 }), { maxLength: 4 })
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other)
      expect(spendId('at', ...one).equals(spendId('at', ...other))).toBe(isSame)
      expect(spendId('at', ...one).equals(spendId('dpop', ...one))).toBe(false)
    }),
  )
})

test('a part whose length two bytes cannot hold is the caller’s mistake', () => {
  expect(() => spendId('at', 'a'.repeat(65_536))).toThrow(TypeError)
  expect(spendId('at', 'a'.repeat(65_535))).toHaveLength(32)
})
