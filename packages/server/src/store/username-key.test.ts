import fc from 'fast-check'
import { expect, test } from 'vitest'
import { usernameKey } from './username-key.ts'

for (const [a, b] of [
  ['Ann', 'aNN'],
  ['straße', 'STRASSE'],
  ['ΟΔΟΣ', 'οδος'],
  ['οδοσ', 'οδος'],
  ['e\u0301', 'é'],
  ['ｆｕｌｌ', 'full'],
  ['ﬁsh', 'fish'],
  ['a\u200bnn', 'ann'],
  ['a\u00adnn', 'ann'],
  ['K', 'k'],
] as const) {
  test(`${a} and ${b} are the same name`, () => expect(usernameKey(a)).toBe(usernameKey(b)))
}

for (const [a, b] of [
  ['ann', 'anne'],
  ['ann', 'ånn'],
  ['a b', 'ab'],
  ['аnn', 'ann'], // the first letter is Cyrillic: look-alikes are for registration to judge
] as const) {
  test(`${a} and ${b} are different names`, () => expect(usernameKey(a)).not.toBe(usernameKey(b)))
}

test('a key is its own key, and case does not change it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const key = usernameKey(name)
      expect(usernameKey(key)).toBe(key)
      expect(usernameKey(name.toUpperCase())).toBe(key)
    }),
    { numRuns: 500 },
  )
})
