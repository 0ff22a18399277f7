/** Bytes as text and back: base64url without padding (RFC 4648 §5), and UTF-8. */

/** Bytes in memory of their own, as WebCrypto takes them. */
export type Bytes = Uint8Array<ArrayBuffer>

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text)
}

export function encodeBase64url(bytes: Uint8Array): string {
  let binary = ''
  // In pieces: all at once is more arguments than an engine takes.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  }
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** @throws {SyntaxError} unless it is the one spelling of some bytes. */
export function decodeBase64url(text: string): Bytes {
  const bytes = /^[\w-]*$/.test(text) ? decode(text) : undefined
  // Spare bits and lengths that `atob` lets pass have another spelling.
  if (bytes === undefined || encodeBase64url(bytes) !== text) throw new SyntaxError('not base64url')
  return bytes
}

export function encodeJson(value: unknown): string {
  return encodeBase64url(utf8(JSON.stringify(value)))
}

function decode(text: string): Bytes | undefined {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
