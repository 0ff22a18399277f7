/**
 * A document, and what is wrong with one.
 */

export interface Doc {
  /** From the root, with `/`. */
  readonly path: string
  readonly text: string
}

export interface Mistake {
  readonly doc: string
  readonly line: number
  readonly what: string
}
