/**
 * The page of routes beside the routes of a server: what the page leaves out, and what it makes up. Pure.
 *
 * Headings name the routes of a section, as in "## `GET /health/live`"; tables whose first column is "parameter" or
 * "member" name what these read of a request. What several routes read stands in a section of its own, to which theirs
 * link. Those whose first column is "error" name codes. How a server is asked is in `served-routes.ts`.
 */

import type { Doc, Mistake } from './doc.ts'

/** What each route reads, by `METHOD /path`. */
export type RouteParameters = ReadonlyMap<string, ReadonlySet<string>>

interface Section {
  readonly line: number
  readonly routes: readonly string[]
  readonly parameters: ReadonlyMap<string, number>
}

export function compareHttpPage(page: Doc, served: RouteParameters): Mistake[] {
  const mistake = (line: number, what: string): Mistake => ({ doc: page.path, line, what })
  const sections = findSections(page.text)
  const described = new Set(sections.flatMap(({ routes }) => routes))
  return [
    ...[...served.keys()]
      .filter((route) => !described.has(route))
      .map((route) => mistake(1, `says nothing of ${route}`)),
    ...sections.flatMap(({ line, routes, parameters }) => {
      const unknown = routes.filter((route) => !served.has(route))
      const read = new Set(routes.flatMap((route) => [...(served.get(route) ?? [])]))
      return [
        ...unknown.map((route) => mistake(line, `the server has no ${route}`)),
        ...[...read]
          .filter((name) => !parameters.has(name))
          .map((name) => mistake(line, `${routes.join(', ')} reads ${name}, which the section leaves out`)),
        ...[...parameters]
          .filter(([name]) => unknown.length === 0 && !read.has(name))
          .map(([name, at]) => mistake(at, `${routes.join(', ')} does not read ${name}`)),
      ]
    }),
  ]
}

/** Codes of the page that nothing answers. */
export function checkCodes(page: Doc, known: ReadonlySet<string>): Mistake[] {
  return [...findNames(page.text.split('\n'), 1, ['error'])]
    .filter(([code]) => !known.has(code))
    .map(([code, line]) => ({ doc: page.path, line, what: `nothing answers with ${code}` }))
}

function findSections(text: string): Section[] {
  const parts = text.split(/^(?=## )/m)
  let line = 1
  const all = parts.map((part) => {
    const lines = part.split('\n')
    const title = lines[0] ?? ''
    const routes = [...title.matchAll(/`([A-Z]+ \/[^`]*)`/g)].map(([, route = '']) => route)
    const section = { part, title, line, routes, parameters: findNames(lines, line, ['parameter', 'member']) }
    line += lines.length - 1
    return section
  })
  const shared = all.filter(({ routes, parameters }) => routes.length === 0 && parameters.size > 0)
  return all
    .filter(({ routes }) => routes.length > 0)
    .map(({ part, parameters, ...section }) => {
      const linked = shared.filter(({ title }) => part.includes(`(#${anchorOf(title)})`))
      return {
        ...section,
        parameters: new Map([parameters, ...linked.map((one) => one.parameters)].flatMap((map) => [...map])),
      }
    })
}

function anchorOf(title: string): string {
  return title.replace(/^## /, '').toLowerCase().replaceAll(' ', '-')
}

/** The names in the first columns of tables with these headings, with the lines on which they stand. */
function findNames(lines: readonly string[], firstLine: number, headings: readonly string[]): Map<string, number> {
  const names = new Map<string, number>()
  let inTable = false
  for (const [index, line] of lines.entries()) {
    const [, first] = line.split('|').map((cell) => cell.trim())
    if (first === undefined) inTable = false
    else if (headings.includes(first)) inTable = true
    else if (inTable) for (const [, name = ''] of first.matchAll(/`([^`]+)`/g)) names.set(name, firstLine + index)
  }
  return names
}
