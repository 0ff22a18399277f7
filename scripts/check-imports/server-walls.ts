/**
 * The walls inside `packages/server/src`: ground, on which all stands; slices, which never import one another; and the
 * composition root, the only place that knows every slice.
 */

import type { SourceFile, SourceTree } from './source-tree.ts'
import type { Breach } from './walls.ts'

const serverSource = 'packages/server/src/'
const ground = new Set([
  'config',
  'http',
  'store',
  'keys',
  'audit',
  'mail',
  'clock',
  'users',
  'client-authentication',
  'client-permissions',
  'dpop',
  'throttle',
])
const composition = new Set(['app', 'index'])
/** Folders whose folders are slices, and folders that are one slice. */
const sliceFolders = new Set(['oauth', 'sign-in'])
const slices = new Set(['account', 'admin', 'events'])

type Place =
  | { readonly kind: 'ground' | 'slice'; readonly name: string }
  /** The root, and tests and fixtures beside it that see the whole server. */
  | { readonly kind: 'composition' }
  | { readonly kind: 'unknown' }

export function checkServerWalls(tree: SourceTree): Breach[] {
  const files = [...tree.files.values()].filter((file) => file.path.startsWith(serverSource))
  return [...files.flatMap((file) => checkFile(tree, file)), ...checkGroundCycles(tree, files)]
}

function placeOf(path: string): Place {
  const [top = '', second = '', third] = path.slice(serverSource.length).split('/')
  const isFile = second === ''
  const name = isFile ? (top.split('.')[0] ?? '') : top
  if (ground.has(name)) return { kind: 'ground', name }
  if (isFile && (composition.has(name) || /\.(test|fixture)\.ts$/.test(top))) return { kind: 'composition' }
  if (slices.has(name) && !isFile) return { kind: 'slice', name }
  if (sliceFolders.has(name) && third !== undefined) return { kind: 'slice', name: `${top}/${second}` }
  return { kind: 'unknown' }
}

function checkFile(tree: SourceTree, file: SourceFile): Breach[] {
  const place = placeOf(file.path)
  if (place.kind === 'unknown') {
    return [
      {
        file: file.path,
        line: 1,
        what: 'is neither ground nor in a slice',
        rule: 'unknown-place',
        mend: 'put it into a slice, or name it ground in scripts/check-imports/server-walls.ts',
      },
    ]
  }
  if (place.kind === 'composition') return []
  return file.imports.flatMap((each) => {
    if (each.target.kind !== 'file' || !each.target.path.startsWith(serverSource)) return []
    const target = placeOf(each.target.path)
    const breach = { file: file.path, line: each.line, what: `imports ${each.specifier}` }
    if (target.kind === 'composition') {
      if (file.isTest && tree.files.get(each.target.path)?.isTest === true) return []
      return [
        { ...breach, rule: 'composition-wall', mend: 'only the root knows the whole: take what you need in your deps' },
      ]
    }
    if (target.kind !== 'slice') return []
    if (place.kind === 'ground') {
      return [{ ...breach, rule: 'ground-wall', mend: 'ground knows no slice: let the slice hand it in' }]
    }
    if (target.name === place.name) return []
    return [
      {
        ...breach,
        rule: 'slice-wall',
        mend: 'slices never import one another: let app.ts hand over a function, or move what both need to ground',
      },
    ]
  })
}

/** Folders of the ground must stand in an order too, or none can be understood alone. */
function checkGroundCycles(tree: SourceTree, files: readonly SourceFile[]): Breach[] {
  const edges = files.flatMap((file) => {
    const from = placeOf(file.path)
    if (from.kind !== 'ground' || file.isTest) return []
    return file.imports.flatMap((each) => {
      if (each.target.kind !== 'file' || !tree.files.has(each.target.path)) return []
      const to = placeOf(each.target.path)
      return to.kind === 'ground' && to.name !== from.name ? [{ from: from.name, to: to.name, file, each }] : []
    })
  })
  const reaches = (start: string, goal: string, seen = new Set<string>()): boolean =>
    edges.some(({ from, to }) => {
      if (from !== start || seen.has(to)) return false
      return to === goal || reaches(to, goal, seen.add(to))
    })
  return edges
    .filter(({ from, to }) => reaches(to, from))
    .map(({ from, to, file, each }) => ({
      file: file.path,
      line: each.line,
      what: `imports ${each.specifier}`,
      rule: 'ground-cycle',
      mend: `${to} needs ${from} as well: turn one way round, or move what both need below them`,
    }))
}
