import { expect, test } from 'vitest'

import { effectSize } from './effect-size.ts'

test.each([
  [[1, 2, 3], [1, 2, 3], 0],
  [[1, 2], [3, 4], 1],
  [[3, 4], [1, 2], 1],
  [[1, 3], [2, 4], 0.5],
])('%j and %j lie %d apart', (a, b, effect) => {
  expect(effectSize(a, b)).toBe(effect)
})
