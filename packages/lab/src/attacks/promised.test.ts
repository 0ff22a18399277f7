import { describe, expect, test } from 'vitest'

import { product } from '../product/system.ts'
import { systems } from '../systems.ts'
import { attackNames } from './attack.ts'
import { runAttacks } from './run-attacks.ts'

describe.each([...systems, product].map((system) => ({ name: system.name, system })))('$name', ({ system }) => {
  test.each(attackNames)('%s ends as promised', { timeout: 30_000 }, async (attack) => {
    for await (const { outcome, expected, evidence } of runAttacks(system, { attacks: [attack] })) {
      expect({ outcome, evidence }).toEqual({ outcome: expected, evidence })
      expect(evidence).not.toBe('')
    }
  })
})
