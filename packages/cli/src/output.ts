/**
 * What a command prints: for people, or as JSON for programs. Answers go to standard output, all else to standard error.
 */

export type Row = Readonly<Record<string, unknown>>

export interface Output {
  /** One answer: JSON as it stands, or lines for people. */
  answer(value: unknown, lines: readonly string[]): void
  /** A list: a JSON array, or a table with these columns. `empty` is said where there is nothing. */
  list(rows: readonly Row[], columns: readonly string[], empty: string): void
}

export function createOutput(
  json: boolean,
  write: (text: string) => void = (text) => process.stdout.write(text),
): Output {
  const print = (lines: readonly string[]): void => {
    write(lines.map((line) => `${line}\n`).join(''))
  }
  return {
    answer: (value, lines) => {
      print(json ? [JSON.stringify(value, null, 2)] : lines)
    },
    list: (rows, columns, empty) => {
      if (json) print([JSON.stringify(rows, null, 2)])
      else print(rows.length === 0 ? [empty] : formatTable(rows, columns))
    },
  }
}

/** Lets `countersign … | head` end quietly: who reads no further wants no more. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}

/** Says something to a person without touching the answer. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** An instant as people read it, in UTC; `-` for none. */
export function formatInstant(at: number | null): string {
  return at === null ? '-' : new Date(at * 1000).toISOString().replace('.000', '')
}

function formatTable(rows: readonly Row[], columns: readonly string[]): readonly string[] {
  const cells = [columns, ...rows.map((row) => columns.map((column) => formatCell(row[column])))]
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)))
  return cells.map((line) =>
    line
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function formatCell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-'
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.join(' ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
