/** What a database has to do for us: run batches. One implementation per database; the SQL lies in `sql/`. */

export type Value = string | number | null

export interface Statement {
  readonly sql: string
  readonly parameters: readonly Value[]
}

/** A row as the database names its columns. */
export type Row = Readonly<Record<string, Value>>

export interface Executor {
  /**
   * Runs the statements in order as one transaction, and answers the rows of each. When the promise resolves, what they
   * wrote is on disk; when it rejects, none of them had an effect.
   *
   * @throws {StoreError}
   */
  run(batch: readonly Statement[]): Promise<readonly (readonly Row[])[]>
  /** Ends after what is under way. Later calls of `run` are refused. */
  close(): Promise<void>
}
