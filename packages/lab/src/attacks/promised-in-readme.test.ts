import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { attackNames } from './attack.ts'
import type { Outcome } from './attack.ts'
import { attackedNames, promisedOutcome } from './promised.ts'

const marks: Readonly<Record<Outcome, string>> = { succeeded: '**in**', blocked: '·', 'not-applicable': '–' }

test.each(['README.md', 'packages/lab/README.md'])('%s shows what is promised', (path) => {
  const text = readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')
  const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  for (const attack of attackNames) {
    const [, , ...cells] = rows.find(([, name]) => name === `\`${attack}\``) ?? []
    expect([attack, ...cells.slice(0, -1)]).toEqual([
      attack,
      ...attackedNames.map((attacked) => marks[promisedOutcome(attacked, attack)]),
    ])
  }
})
