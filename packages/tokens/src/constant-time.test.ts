import fc from 'fast-check'
import { expect, test } from 'vitest'

import { equalsConstantTime } from './constant-time.ts'

test('is true of equal texts and bytes, in any pairing, and of no others', () => {
  const unit = fc.constantFrom('a', 'b', 'é', '𝒳')
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 3 }), fc.string({ unit, maxLength: 3 }), (a, b) => {
      expect(equalsConstantTime(a, b)).toBe(a === b)
      expect(equalsConstantTime(Buffer.from(a), b)).toBe(a === b)
      expect(equalsConstantTime(a, Buffer.from(b))).toBe(a === b)
      expect(equalsConstantTime(Buffer.from(a), Buffer.from(b))).toBe(a === b)
    }),
  )
})
