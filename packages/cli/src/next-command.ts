/** A command for people to type next, so that it works when it is pasted where they are. */

/**
 * Answers `countersign …`. Words are quoted for a shell where they need it.
 *
 * Where npm runs this command, it is in no `PATH` but npm's: there the answer begins with `npx`.
 */
export function nextCommand(...words: readonly string[]): string {
  const program = process.env['npm_command'] === undefined ? 'countersign' : 'npx countersign'
  return [program, ...words.map(shellWord)].join(' ')
}

/** One word of a shell, whatever is in it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
