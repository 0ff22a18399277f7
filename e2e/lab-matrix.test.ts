/** `countersign lab matrix`: every attack on every system and on the product, measured by the command itself. */

import { tmpdir } from 'node:os'
import { attackedNames, attackNames } from '@countersign/lab'
import { expect, test } from 'vitest'
import { runCommand } from './harness/server-process.ts'

test('lab matrix --json has every attack on every system and the product, each as promised', async () => {
  const { exitCode, stdout, stderr } = await runCommand(['lab', 'matrix', '--json'], tmpdir())
  const rows = JSON.parse(stdout) as Readonly<
    Record<'system' | 'attack' | 'outcome' | 'expected' | 'evidence', string>
  >[]

  expect(rows.filter(({ outcome, expected }) => outcome !== expected)).toEqual([])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const cells = attackedNames.flatMap((system) => attackNames.map((attack) => `${system} ${attack}`))
  expect(rows.map(({ system, attack }) => `${system} ${attack}`)).toEqual(cells)
  expect(rows.filter(({ evidence }) => evidence === '')).toEqual([])
})
