import { afterAll, describe, expect, test } from 'vitest'

import { startCommand } from '../product/start-command.fixture.ts'
import { createProduct } from '../product/system.ts'
import { systems } from '../systems.ts'
import { attackNames } from './attack.ts'
import { runAttacks } from './run-attacks.ts'

const product = createProduct(startCommand)
afterAll(() => product.close())

describe.each([...systems, product].map((system) => ({ name: system.name, system })))('$name', ({ system }) => {
  test.each(attackNames)('%s ends as promised', { timeout: 30_000 }, async (attack) => {
    for await (const { outcome, expected, evidence } of runAttacks(system, { attacks: [attack] })) {
      expect({ outcome, evidence }).toEqual({ outcome: expected, evidence })
      expect(evidence).not.toBe('')
    }
  })
})
