import { expect, test } from 'vitest'
import { wrap } from './wrap.ts'

test('a line that is too wide goes on below, indented; columns and longer words stay whole', () => {
  expect(wrap('when  what    a=1 b=2 c=3', 20, 4)).toEqual(['when  what    a=1', '    b=2 c=3'])
  expect(wrap('when  what    a=1  b=2', 17, 4)).toEqual(['when  what    a=1', '    b=2'])
  expect(wrap(`one ${'x'.repeat(30)} two`, 20, 2)).toEqual(['one', `  ${'x'.repeat(30)}`, '  two'])
})

test('a line that fits stays as it is', () => {
  expect(wrap('when  what    a=1 b=2', 21, 4)).toEqual(['when  what    a=1 b=2'])
})
