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
  const print = (value: unknown, lines: readonly string[]): void => {
    write(json ? `${JSON.stringify(value, null, 2)}\n` : lines.map((line) => `${visibleLines(line)}\n`).join(''))
  }
  return {
    answer: print,
    list: (rows, columns, empty) => {
      print(rows, rows.length === 0 ? [empty] : formatTable(rows, columns))
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
  process.stderr.write(`${visibleLines(text)}\n`)
}

/**
 * One line as a terminal shows it and nothing else: what is a command to terminals, or turns the reading direction, is
 * spelled out. Names, tokens and answers of others are printed, and must not rewrite what stands beside them.
 */
export function visible(line: string): string {
  return line.replace(/\p{C}/gu, (unit) => `\\u{${unit.codePointAt(0)?.toString(16) ?? ''}}`)
}

function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n')
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
