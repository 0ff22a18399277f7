/** Writes structured field values (RFC 9651 §4.1), as much of them as signatures and digests need. Reading is the guard's. */

/** Without a quote or a backslash. */
const plainString = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

/** @throws {TypeError} if the text holds more than printable ASCII. */
export function formatFieldString(text: string): string {
  if (plainString.test(text)) return `"${text}"`
  if (!/^[\x20-\x7e]*$/.test(text)) throw new TypeError('a structured field holds printable ASCII only')
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

/** @throws {TypeError} if it is no integer of at most 15 digits. */
export function formatFieldInteger(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) > 999_999_999_999_999) {
    throw new TypeError('a structured field holds integers of at most 15 digits')
  }
  return `${value}`
}

/** A byte sequence. For keys, digests and signatures: bytes by the megabyte are not for header fields. */
export function formatFieldBytes(bytes: Uint8Array): string {
  return `:${btoa(String.fromCharCode(...bytes))}:`
}
