import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findInFile, findProblemCodes } from './errors-doc/problem-codes.ts'

test('reads codes that are written where the error is made, and that a function is called with', () => {
  const text = `
    throw new ProblemError(404, 'not_found', 'nothing is here')
    throw tryAgain('a', 429, 'too_many')
    throw tryAgain('b', 503, 'busy')
    function tryAgain(detail: string, status: number, code: string): ProblemError {
      return new ProblemError(status, code, detail)
    }`
  const found = findInFile('route.ts', text)
  expect(found).toEqual([
    ['not_found', 404],
    ['too_many', 429],
    ['busy', 503],
  ])
})

for (const [name, text] of [
  ['computed', 'throw new ProblemError(404, name + "_missing", "gone")'],
  ['passed on by what nobody calls', 'function refuse(code: string) { return new ProblemError(404, code, "gone") }'],
  [
    'passed on to what is called with one that is computed',
    'f(pick()); function f(c: string) { new ProblemError(404, c) }',
  ],
] as const) {
  test(`refuses to overlook a code that is ${name}`, () => {
    expect(() => findInFile('route.ts', text)).toThrow('not written out')
  })
}

test('finds the codes of this server, with their statuses', () => {
  const found = findProblemCodes(join(import.meta.dirname, '..'))
  expect(found.get('username_taken')).toBe(409)
  expect(found.get('too_many_requests')).toBe(429)
})
