/**
 * Vectors of others, from `packages/tokens/vectors`.
 */

import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../vectors/', import.meta.url)

/** The content of a file of vectors; the caller says what form it has. */
export function readVectors(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, folder), 'utf8'))
}

/** The files of a folder of vectors. */
export function listVectors(path: string): readonly string[] {
  return readdirSync(new URL(path, folder)).map((name) => `${path}/${name}`)
}
