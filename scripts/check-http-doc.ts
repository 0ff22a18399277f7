/**
 * Fails where docs/reference/http.md and the server disagree about which routes there are, what they read, and which codes
 * there are.
 *
 * Why it exists: the page is written by hand, because a table of routes does not say what they are for; so nothing but a
 * running server can tell that it has become wrong.
 *
 *     node --conditions=source scripts/check-http-doc.ts
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { guardErrors } from '@countersign/guard'
import { oauthErrors } from '@countersign/protocol'
import { checkCodes, compareHttpPage } from './check-docs/http-page.ts'
import type { Mistake } from './check-docs/doc.ts'
import { findServedRoutes } from './check-docs/served-routes.ts'
import { findProblemCodes } from './errors-doc/problem-codes.ts'

const path = 'docs/reference/http.md'

export async function checkHttpPage(root: string): Promise<Mistake[]> {
  const page = { path, text: readFileSync(join(root, path), 'utf8') }
  const codes = [...Object.keys(oauthErrors), ...Object.keys(guardErrors), ...findProblemCodes(root).keys()]
  return [...compareHttpPage(page, await findServedRoutes()), ...checkCodes(page, new Set(codes))]
}

if (import.meta.main) {
  const mistakes = await checkHttpPage(join(import.meta.dirname, '..'))
  for (const { doc, line, what } of mistakes) console.error(`${doc}:${line}: ${what}`)
  if (mistakes.length > 0) process.exitCode = 1
}
