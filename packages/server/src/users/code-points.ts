/** Answers the length of a text as people count it, nearly: in Unicode code points (a letter and its accent may be two). */
export function countCodePoints(text: string): number {
  return Array.from(text).length
}
