/**
 * What a document points to: links to files and headings, also by reference, paths in code marks, npm scripts.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { Doc, Mistake } from './doc.ts'

const link = /\]\(([^)\s]+)\)|^\[[\w-]+\]: +(\S+)/g
const reference = /\]\[([\w-]+)\]/g
const pathInCode = /`((?:\.ci|\.changeset|bench|docs|e2e|examples|packages|scripts)\/[\w./-]*)`/g
const script = /\bnpm (?:run ([\w:-]+)|(start|test)\b)/g

export function checkReferences(root: string, doc: Doc): Mistake[] {
  const { scripts = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts?: Readonly<Record<string, string>>
  }
  const defined = new Set(findAll(/^\[([\w-]+)\]:/gm, doc.text))
  let fenced = false
  return doc.text.split('\n').flatMap((text, index) => {
    if (/^\s*```/.test(text)) fenced = !fenced
    const mistake = (what: string): Mistake => ({ doc: doc.path, line: index + 1, what })
    const missingScripts = findAll(script, text)
      .filter((name) => scripts[name] === undefined)
      .map((name) => mistake(`package.json has no script "${name}"`))
    if (fenced) return missingScripts
    const missingPaths = findAll(pathInCode, text)
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => mistake(`there is no ${path}`))
    const brokenLinks = findAll(link, text).flatMap((target) => {
      const broken = explainBrokenLink(root, doc, target)
      return broken === undefined ? [] : [mistake(broken)]
    })
    const undefinedReferences = findAll(reference, text.replace(/`[^`]*`/g, ''))
      .filter((name) => !defined.has(name))
      .map((name) => mistake(`nothing defines the link [${name}]`))
    return [...missingScripts, ...missingPaths, ...brokenLinks, ...undefinedReferences]
  })
}

/** The first group that matched, of each match. */
function findAll(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '')
}

function explainBrokenLink(root: string, doc: Doc, target: string): string | undefined {
  // The network is not asked: a check that fails when somebody else's site is down gets switched off.
  if (/^[a-z]+:/.test(target)) return undefined
  const [file = '', heading] = target.split('#')
  const path = file === '' ? doc.path : posix.join(posix.dirname(doc.path), decodeURI(file))
  if (!existsSync(join(root, path))) return `the link leads to ${path}, which does not exist`
  if (heading === undefined || !path.endsWith('.md')) return undefined
  const text = path === doc.path ? doc.text : readFileSync(join(root, path), 'utf8')
  return headings(text).includes(heading) ? undefined : `${path} has no heading #${heading}`
}

/** The anchors that GitHub gives to headings. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  )
}
