import { expect, test } from 'vitest'
import { boundedMemory } from './bounded-memory.ts'

test('it knows what it was told, until told to forget', () => {
  const memory = boundedMemory<number>(10)
  memory.set('a', 1)
  expect([memory.get('a'), memory.get('b')]).toEqual([1, undefined])
  memory.delete('a')
  expect(memory.get('a')).toBeUndefined()
})

test('it holds no more than it may, and keeps what is in use', () => {
  const memory = boundedMemory<number>(10)
  memory.set('in use', -1)
  for (let index = 0; index < 100; index++) {
    memory.set(`${index}`, index)
    expect(memory.get('in use')).toBe(-1)
  }
  const known = Array.from({ length: 100 }, (_, index) => memory.get(`${index}`)).filter((value) => value !== undefined)
  expect(known.length).toBeLessThan(10)
})

test('with room for none it knows nothing', () => {
  const memory = boundedMemory<number>(0)
  memory.set('a', 1)
  expect(memory.get('a')).toBeUndefined()
})
