/**
 * A refusal of a message, in words that every transport puts into its own shape: `[!] Malformed message.` in a line.
 */

const longestEchoedName = 64

/** Its message is what the sender is told, without the full stop. */
export class MessageRefusal extends Error {
  override readonly name = 'MessageRefusal'
}

/** A name that somebody sent, fit for an answer: no control characters, and not all of a long one. */
export function echoName(name: string): string {
  return Array.from(name)
    .slice(0, longestEchoedName)
    .join('')
    .replace(/\p{Cc}/gu, '?')
}
