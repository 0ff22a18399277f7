/**
 * Fails on an import that crosses a wall of `docs/architecture.md`.
 *
 * Why it exists: npm workspaces resolve any sibling from anywhere, and no linter knows our walls. A wall that nothing
 * checks is gone within a month.
 *
 *     node scripts/check-imports.ts
 */

import { checkCycles } from './check-imports/cycles.ts'
import { checkServerWalls } from './check-imports/server-walls.ts'
import { readSourceTree } from './check-imports/source-tree.ts'
import { checkWalls } from './check-imports/walls.ts'
import type { Breach } from './check-imports/walls.ts'

/** Every breach in the tree below `root`, in the order of files and lines. */
export function checkImports(root: string): Breach[] {
  const tree = readSourceTree(root)
  const breaches = [...checkWalls(tree), ...checkServerWalls(tree), ...checkCycles(tree)]
  return breaches.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
}

if (import.meta.main) {
  const breaches = checkImports(`${import.meta.dirname}/..`)
  for (const { file, line, what, rule, mend } of breaches) console.error(`${file}:${line}: ${what}: ${rule}: ${mend}`)
  if (breaches.length > 0) process.exitCode = 1
  else console.log('no import crosses a wall')
}
