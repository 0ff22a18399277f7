/**
 * Reads dictionaries (RFC 9651 §3.2) strictly: one value, one spelling.
 *
 * What is not spelled as a serializer would spell it is refused. So nobody on the way reads another signature or digest
 * out of the same bytes: no member or parameter comes twice, no base64 has two forms, no number has zeros in front.
 */

import { parseDictionary, serializeDictionary } from 'structured-headers'
import type { Dictionary } from 'structured-headers'

/** Far above what a signature and its parameters need. */
const maxCharacters = 8192

/** Answers the dictionary that these lines of one field are; undefined if they are none, in their one spelling. */
export function parseStrictDictionary(lines: readonly string[]): Dictionary | undefined {
  const value = lines.join(', ')
  if (value.length > maxCharacters) return undefined
  try {
    const dictionary = parseDictionary(value)
    return serializeDictionary(dictionary) === value ? dictionary : undefined
  } catch {
    // The parser throws errors of its own and, where a value ends too soon, those of the language.
    return undefined
  }
}
