/**
 * The table of dependencies: each one that is declared has its reason there, and none that is gone.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSourceTree } from '../check-imports/source-tree.ts'
import type { Mistake } from './doc.ts'

const doc = 'docs/decisions/0004-dependencies.md'

export function checkDependencyTable(root: string): Mistake[] {
  const { manifests, devDependencies } = readSourceTree(root)
  const ours = new Set(manifests.map((manifest) => manifest.name))
  const declared = new Set([...manifests.flatMap((manifest) => [...manifest.dependencies]), ...devDependencies])
  const lines = readFileSync(join(root, doc), 'utf8').split('\n')
  const rows = lines.flatMap((text, index) => {
    const cell = /^\| (`.*?) +\|/.exec(text)?.[1] ?? ''
    return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => ({ name, line: index + 1 }))
  })
  const named = new Set(rows.map((row) => row.name))
  return [
    ...[...declared]
      .filter((name) => !ours.has(name) && !name.startsWith('@types/') && !named.has(name))
      .map((name) => ({ doc, line: 1, what: `has no row for ${name}` })),
    ...rows
      .filter(({ name }) => !declared.has(name))
      .map(({ name, line }) => ({ doc, line, what: `nothing declares ${name}` })),
  ]
}
