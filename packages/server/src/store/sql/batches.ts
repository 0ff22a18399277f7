/**
 * Batches: queries that are written once, compiled once, and run as one transaction with new values each time.
 *
 * The query builder only writes text here. Compiling would cost the event loop more than all the rest of a batch, so
 * each batch is compiled at its first use, with marked places where the values go.
 */

import { CamelCasePlugin, Kysely, sql } from 'kysely'
import type { Compilable, Dialect, RawBuilder } from 'kysely'
import type { Executor, Row, Statement, Value } from '../executor.ts'
import type { Tables } from './tables.ts'

/** What a batch is given: single values, and whole rows by name. Every call has the members of the first. */
export type Values = Readonly<Record<string, Value | Readonly<Record<string, Value>>>>

/** The places of values: `at.hash` stands for the value of `hash`, `at.user` for the columns of a row. */
export type Places<V> = { readonly [K in keyof V]: V[K] extends Value ? RawBuilder<V[K]> : Places<V[K]> }

/** The way back: what has to be given for these places. */
type ValuesOf<A> = { readonly [K in keyof A]: A[K] extends RawBuilder<infer V> ? V : ValuesOf<A[K]> }

type Rows<Q> = { readonly [K in keyof Q]: Q[K] extends Compilable<infer O> ? readonly O[] : never }

export interface Batch<V, Q> {
  /** Runs the batch: one transaction. Answers the rows of each query. */
  (values: V): Promise<Rows<Q>>
  /** The statements with these values, to be run along with others. */
  bind(values: V): readonly Statement[]
}

export interface Batches {
  /** Writes queries; executes none. */
  readonly db: Kysely<Tables>
  readonly define: <A, const Q extends readonly Compilable[]>(write: (at: A) => Q) => Batch<ValuesOf<A>, Q>
  /** Runs bound statements as one transaction. */
  readonly run: (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>
}

export function createBatches(executor: Executor, dialect: Dialect): Batches {
  const run: Batches['run'] = async (statements) => {
    const results = await executor.run(statements)
    return results.map((rows) => rows.map(camelCaseRow))
  }
  return {
    db: new Kysely<Tables>({ dialect, plugins: [new CamelCasePlugin()] }),
    run,
    define<A, const Q extends readonly Compilable[]>(write: (at: A) => Q): Batch<ValuesOf<A>, Q> {
      let compiled: readonly { readonly sql: string; readonly parameters: readonly unknown[] }[] | undefined
      const bind = (values: ValuesOf<A>): readonly Statement[] => {
        compiled ??= write(places(values as Values) as A).map((query) => query.compile())
        return compiled.map(({ sql, parameters }) => ({
          sql,
          parameters: parameters.map((parameter) =>
            parameter instanceof Place ? parameter.read(values as Values) : (parameter as Value),
          ),
        }))
      }
      // The shape of the rows follows from the queries; the driver cannot know it.
      return Object.assign(async (values: ValuesOf<A>) => (await run(bind(values))) as unknown as Rows<Q>, { bind })
    },
  }
}

/** Marks where a value goes, among the parameters of a compiled query. */
class Place {
  readonly #path: readonly string[]

  constructor(path: readonly string[]) {
    this.#path = path
  }

  read(values: Values): Value {
    let value: unknown = values
    for (const name of this.#path) value = (value as Readonly<Record<string, unknown>>)[name]
    if (value === undefined) throw new TypeError(`a batch lacks its value ${this.#path.join('.')}`)
    return value as Value
  }
}

function places(values: Values, path: readonly string[] = []): unknown {
  const entries = Object.entries(values).map(([name, value]) => {
    const here = [...path, name]
    return [name, typeof value === 'object' && value !== null ? places(value, here) : sql.val(new Place(here))]
  })
  return Object.fromEntries(entries)
}

const camelCaseNames = new Map<string, string>()

function camelCaseRow(row: Row): Row {
  const renamed: Record<string, Value> = {}
  for (const [column, value] of Object.entries(row)) {
    let name = camelCaseNames.get(column)
    if (name === undefined) {
      name = column.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
      camelCaseNames.set(column, name)
    }
    renamed[name] = value
  }
  return renamed
}
