/**
 * Fails where the documents and the repository no longer agree: links, paths, commands, code examples, settings, routes,
 * error codes.
 *
 * Why it exists: nobody notices a document that has become wrong, but the person who trusts it.
 *
 *     node scripts/check-docs.ts
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkDependencyTable } from './check-docs/dependencies.ts'
import { checkExamples } from './check-docs/examples.ts'
import { checkReferences } from './check-docs/references.ts'
import type { Doc, Mistake } from './check-docs/doc.ts'

export function checkDocs(root: string, docs: readonly Doc[]): Mistake[] {
  return [...docs.flatMap((doc) => checkReferences(root, doc)), ...checkExamples(root, docs)]
}

/** Documents under version control, or about to be. */
export function readDocs(root: string): Doc[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '*.md'], {
    cwd: root,
  })
  return listed
    .toString()
    .split('\0')
    .filter((path) => path !== '' && !path.includes('/vectors/'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const docs = readDocs(root)
  const mistakes = [...checkDocs(root, docs), ...checkDependencyTable(root)]
  for (const { doc, line, what } of mistakes) console.error(`${doc}:${line}: ${what}`)
  // They run from source, and say themselves what differs, and how to mend it.
  const pages = ['generate-settings-doc.ts', 'generate-errors-doc.ts', 'check-http-doc.ts'].map((script) =>
    spawnSync(process.execPath, ['--conditions=source', join('scripts', script), '--check'], {
      cwd: root,
      stdio: 'inherit',
    }),
  )
  if (mistakes.length > 0 || pages.some(({ status }) => status !== 0)) process.exitCode = 1
  else console.log(`${docs.length} documents agree with the repository`)
}
