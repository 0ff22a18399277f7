/**
 * Cycles among files, type imports included: files in a ring can only be read, tested and moved together.
 */

import type { Import, SourceTree } from './source-tree.ts'
import type { Breach } from './walls.ts'

export function checkCycles(tree: SourceTree): Breach[] {
  return findRings(tree).map((ring) => {
    const [file = '', next = ''] = ring
    const edge = edgesOf(tree, file).find(({ path }) => path === next)?.each
    return {
      file,
      line: edge?.line ?? 1,
      what: `imports ${edge?.specifier ?? next}`,
      rule: 'cycle',
      mend: `move what both need into a file of its own (${[...ring, file].join(' -> ')})`,
    }
  })
}

function edgesOf(tree: SourceTree, path: string): { readonly path: string; readonly each: Import }[] {
  return (tree.files.get(path)?.imports ?? []).flatMap((each) => {
    const { target } = each
    const to = target.kind === 'file' ? target.path : target.kind === 'package' ? target.entry : undefined
    return to !== undefined && tree.files.has(to) ? [{ path: to, each }] : []
  })
}

/** Depth first; an edge back to a file that is still open closes a ring. One ring is told for each such edge. */
function findRings(tree: SourceTree): string[][] {
  const rings: string[][] = []
  const done = new Set<string>()
  const open: string[] = []
  const visit = (path: string): void => {
    if (done.has(path)) return
    const start = open.indexOf(path)
    if (start !== -1) {
      rings.push(open.slice(start))
      return
    }
    open.push(path)
    for (const edge of edgesOf(tree, path)) visit(edge.path)
    open.pop()
    done.add(path)
  }
  for (const path of [...tree.files.keys()].sort()) visit(path)
  return rings
}
