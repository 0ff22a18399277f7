/** Breaks a line that is wider than people's terminals. */

/** Breaks before words into lines of at most `width` columns; a longer word stays whole. All but the first are indented. */
export function wrap(line: string, width: number, indent: number): readonly string[] {
  const [first = '', ...words] = line.split(/ (?=\S)/)
  const lines: string[] = []
  let last = first
  for (const word of words) {
    if (last.length + 1 + word.trimEnd().length <= width) {
      last += ` ${word}`
    } else {
      lines.push(last.trimEnd())
      last = `${' '.repeat(indent)}${word}`
    }
  }
  return [...lines, last]
}
