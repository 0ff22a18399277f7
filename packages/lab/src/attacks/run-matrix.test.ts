import { expect, test } from 'vitest'

import type { AttackedSystem } from '../lab-system.ts'
import { attackNames, blocked } from './attack.ts'
import type { Attack, AttackName } from './attack.ts'
import type { AttackedName } from './promised.ts'
import { runMatrix } from './run-matrix.ts'

test('what measures times runs alone, and the results come in the order of the matrix', async () => {
  const underWay = new Set<string>()
  const beside: Record<string, string[]> = {}
  const watched = (system: AttackedName, name: AttackName): Attack => {
    return async () => {
      const key = `${system} ${name}`
      underWay.add(key)
      await new Promise((resolve) => setImmediate(resolve))
      beside[key] = [...underWay].filter((each) => each !== key)
      underWay.delete(key)
      return blocked('')
    }
  }
  const fake = (name: AttackedName, reasons: Partial<Record<AttackName, string>> = {}): AttackedSystem => {
    const attacks = attackNames.map((attack) => [attack, reasons[attack] ?? watched(name, attack)])
    return {
      name,
      start: async () => ({ url: '', close: async () => undefined }),
      attacks: Object.fromEntries(attacks) as AttackedSystem['attacks'],
    }
  }
  const lines: string[] = []
  const attacked = [fake('sealed'), fake('product', { 'padding-oracle': 'no padding' })]
  const results = await runMatrix(attacked, { progress: (line) => lines.push(line) })

  expect(results.map(({ system, attack }) => `${system} ${attack}`)).toEqual(
    ['sealed', 'product'].flatMap((system) => attackNames.map((attack) => `${system} ${attack}`)),
  )
  for (const key of ['sealed padding-oracle', 'sealed user-enumeration', 'product user-enumeration']) {
    expect([key, beside[key]]).toEqual([key, []])
  }
  expect(beside['sealed no-token']).toEqual(['product no-token'])
  expect(lines).toEqual([
    'attacking sealed, product …',
    'measuring the answers of sealed: padding-oracle, user-enumeration …',
    'measuring the answers of product: user-enumeration …',
  ])
})
